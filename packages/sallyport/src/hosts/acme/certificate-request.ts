// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs it loaded first
import "reflect-metadata";
import { createPrivateKey, generateKeyPairSync, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };

/** A new private key, in PEM: P-256, which every authority takes. */
export function newKeyPem(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ format: "pem", type: "pkcs8" }).toString();
}

/** A key of Web Crypto's, in PEM. */
export async function exportKeyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ format: "pem", type: "pkcs8" })
    .toString();
}

/** A request for a certificate of these names with this key (RFC 2986, RFC 8555 7.4), in PEM. It has no subject: names are alternative names. */
export async function createCertificateRequest(domains: readonly string[], keyPem: string): Promise<string> {
  const key = createPrivateKey(keyPem);
  const [privateKey, publicKey] = await Promise.all([importKey(key, ["sign"]), importKey(key, ["verify"])]);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    keys: { privateKey, publicKey },
    signingAlgorithm: SIGNATURE,
    extensions: [
      new x509.SubjectAlternativeNameExtension(domains.map((value) => ({ type: "dns" as const, value }))),
    ],
  });
  return request.toString("pem");
}

async function importKey(
  key: ReturnType<typeof createPrivateKey>,
  usages: webcrypto.KeyUsage[],
): Promise<webcrypto.CryptoKey> {
  const { d, ...jwk } = key.export({ format: "jwk" });
  const whole = usages.includes("sign") ? { ...jwk, d } : jwk;
  return await webcrypto.subtle.importKey("jwk", whole as webcrypto.JsonWebKey, CURVE, true, usages);
}
