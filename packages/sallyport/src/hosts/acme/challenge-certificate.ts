// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs it loaded first
import "reflect-metadata";
import { createHash, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { exportKeyPem } from "./certificate-request.ts";
import type { ChallengeCertificate } from "./acme-board.ts";

/** `id-pe-acmeIdentifier` (RFC 8737 3). */
const ACME_IDENTIFIER = "1.3.6.1.5.5.7.1.31";
/** A SHA-256 as a DER octet string. */
const OCTET_STRING_OF_32 = [0x04, 0x20];
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
/** Longer than an authority may take to ask, with an hour for clocks that differ. */
const LIFE_MS = 24 * 3_600_000;
const BACKDATE_MS = 3_600_000;

/** The certificate with which a challenge of TLS-ALPN-01 is answered: of the domain alone, with the hash of the key authorization (RFC 8737 3). */
export async function createChallengeCertificate(
  domain: string,
  keyAuthorization: string,
  wallNow: number,
): Promise<ChallengeCertificate> {
  const keys = await webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
  const hash = createHash("sha256").update(keyAuthorization).digest();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=acme-tls",
    keys,
    signingAlgorithm: SIGNATURE,
    notBefore: new Date(wallNow - BACKDATE_MS),
    notAfter: new Date(wallNow + LIFE_MS),
    extensions: [
      new x509.SubjectAlternativeNameExtension([{ type: "dns", value: domain }]),
      new x509.Extension(ACME_IDENTIFIER, true, Uint8Array.from([...OCTET_STRING_OF_32, ...hash])),
    ],
  });
  return { domain, cert: certificate.toString("pem"), key: await exportKeyPem(keys.privateKey) };
}
