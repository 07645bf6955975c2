import { type Check, found, notApplicable, passed } from "../../check.ts";
import { peerCertificate } from "./peer-certificate.ts";

/** What other checks say of it. */
const TOLD_ELSEWHERE = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);

/** Anybody could have made this certificate. */
export const certificateUntrusted: Check = {
  id: "certificate-untrusted",
  group: "transport",
  title: "The certificate is of nobody that clients trust",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "A self-signed certificate, or one whose chain is not complete, makes clients refuse the connection, or makes their developers switch the verification off, after which anybody on the way can be the server.",
  decides:
    "By the verification of the chain against the authorities of this machine and those of --ca. Info on loopback, where development certificates are the rule.",
  sends: "one TLS handshake",
  remedy: {
    summary:
      "Take a certificate of a public authority, and send the whole chain; inside a company, give its authority with --ca.",
    nginx: "ssl_certificate fullchain.pem;",
    sallyport:
      "listen: [{ address: 0.0.0.0:443, tls: { acme: { domains: [ws.example.com], email: ops@example.com } } }]",
  },
  references: { cwe: [295, 296], asvs: ["12.2.2"], rfc: ["RFC 5280 6", "RFC 6455 10.6"] },
  withoutControl: true,
  async run(context) {
    if (!context.target.isTls) return notApplicable("the target has no TLS: see answers-in-plaintext");
    const { distrust, exchange } = await peerCertificate(context);
    if (distrust === null) return passed("the chain is trusted");
    if (TOLD_ELSEWHERE.has(distrust)) return passed("its dates are another check's: see certificate-expired");
    const isLocal = context.target.isLoopback;
    return found({
      detail: `The chain is not trusted: ${distrust}.`,
      evidence: [exchange],
      ...(isLocal ? { severity: "info", cvss: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N" } : {}),
    });
  },
};
