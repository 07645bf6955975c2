import type { KeyObject } from "node:crypto";
import { type Check, found, notApplicable, passed } from "../../check.ts";
import { peerCertificate } from "./peer-certificate.ts";

const LEAST_RSA_BITS = 2048;
/** Curves with fewer than 128 bits of security. */
const WEAK_CURVES = new Set(["prime192v1", "secp192r1", "secp192k1", "secp224r1", "secp224k1", "secp160r1"]);

/** A key that can be computed. */
export const certificateWeakKey: Check = {
  id: "certificate-weak-key",
  group: "transport",
  title: "The certificate's key is too short",
  severity: "medium",
  cvss: "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:L/I:L/A:N",
  about:
    "An RSA key of fewer than 2048 bits, or a curve of fewer than 256, is within reach of whoever has the machines: with the key anybody can be this host.",
  decides: "By the kind and size of the public key in the certificate.",
  sends: "one TLS handshake",
  remedy: {
    summary: "Make a new key: ECDSA on P-256, or RSA of 2048 bits or more.",
    sallyport: "listen: [{ address: 0.0.0.0:443, tls: { certificate: cert.pem, key: key.pem } }]",
  },
  references: { cwe: [326], asvs: ["11.2.3"], rfc: ["RFC 9325 4.5"] },
  withoutControl: true,
  async run(context) {
    if (!context.target.isTls) return notApplicable("the target has no TLS: see answers-in-plaintext");
    const { certificate, exchange } = await peerCertificate(context);
    const { words, isWeak } = strengthOf(certificate.publicKey);
    if (!isWeak) return passed(words);
    return found({ detail: `The key is ${words}.`, evidence: [exchange] });
  },
};

function strengthOf({ asymmetricKeyType, asymmetricKeyDetails = {} }: KeyObject): {
  readonly words: string;
  readonly isWeak: boolean;
} {
  const { modulusLength = 0, namedCurve = "" } = asymmetricKeyDetails;
  const kind = asymmetricKeyType ?? "of an unknown kind";
  if (kind.startsWith("rsa"))
    return { words: `RSA of ${modulusLength} bits`, isWeak: modulusLength < LEAST_RSA_BITS };
  if (kind === "ec") return { words: `ECDSA on ${namedCurve}`, isWeak: WEAK_CURVES.has(namedCurve) };
  return { words: kind, isWeak: kind === "dsa" };
}
