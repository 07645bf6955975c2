import { type Check, found, notApplicable, passed } from "../../check.ts";
import { peerCertificate } from "./peer-certificate.ts";

const DAY_MS = 86_400_000;
const SOON_DAYS = 7;

/** A certificate has its time. */
export const certificateExpired: Check = {
  id: "certificate-expired",
  group: "transport",
  title: "The certificate is not valid now",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "Clients refuse a certificate that is over, and those that were told to look away accept any: whoever still connects does not know to whom.",
  decides: `By the dates in the certificate, against the clock of this machine. Info where fewer than ${SOON_DAYS} days are left.`,
  sends: "one TLS handshake",
  remedy: {
    summary: "Renew it, by a program and not by a calendar (ACME), and watch the days that are left.",
    sallyport:
      "listen: [{ address: 0.0.0.0:443, tls: { acme: { domains: [ws.example.com], email: ops@example.com } } }]",
  },
  references: { cwe: [298], asvs: ["12.2.2"], rfc: ["RFC 5280 4.1.2.5"] },
  withoutControl: true,
  async run(context) {
    if (!context.target.isTls) return notApplicable("the target has no TLS: see answers-in-plaintext");
    const { certificate, exchange } = await peerCertificate(context);
    const { validFromDate, validToDate } = certificate;
    const now = Date.now();
    const days = Math.floor((validToDate.getTime() - now) / DAY_MS);
    if (now < validFromDate.getTime())
      return found({ detail: `It begins to be valid at ${certificate.validFrom}.`, evidence: [exchange] });
    if (now > validToDate.getTime())
      return found({ detail: `It was valid until ${certificate.validTo}.`, evidence: [exchange] });
    if (days >= SOON_DAYS) return passed(`${days} days are left`);
    return found({
      detail: `It is valid for ${days} days more.`,
      evidence: [exchange],
      severity: "info",
      cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N",
    });
  },
};
