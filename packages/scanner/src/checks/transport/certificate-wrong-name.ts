import { isIP } from "node:net";
import { type Check, found, notApplicable, passed } from "../../check.ts";
import { peerCertificate } from "./peer-certificate.ts";

/** A certificate of another host. */
export const certificateWrongName: Check = {
  id: "certificate-wrong-name",
  group: "transport",
  title: "The certificate is that of another host",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:L/A:N",
  about:
    "Clients refuse a certificate without the name that they asked for. Where the endpoint works for its users all the same, they do not verify names, and any certificate of anybody passes.",
  decides:
    "By the names in the certificate, against the host of the URL; the subject's common name is not one of them (RFC 9525).",
  sends: "one TLS handshake",
  remedy: {
    summary:
      "Take a certificate with this host among its subject alternative names, or use the name that it has.",
    sallyport:
      "listen: [{ address: 0.0.0.0:443, tls: { acme: { domains: [ws.example.com], email: ops@example.com } } }]",
  },
  references: { cwe: [297], asvs: ["12.2.2"], rfc: ["RFC 9525 6"] },
  withoutControl: true,
  async run(context) {
    const { isTls, host } = context.target;
    if (!isTls) return notApplicable("the target has no TLS: see answers-in-plaintext");
    const { certificate, exchange } = await peerCertificate(context);
    const name =
      isIP(host) === 0 ? certificate.checkHost(host, { subject: "never" }) : certificate.checkIP(host);
    if (name !== undefined) return passed(`it is for ${name}`);
    return found({
      detail: `The certificate is not for ${host}; it is for ${certificate.subjectAltName ?? "no name at all"}.`,
      evidence: [exchange],
    });
  },
};
