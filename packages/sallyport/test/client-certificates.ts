// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs it loaded first
import "reflect-metadata";
import { createPrivateKey, randomBytes, webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";

/** A certificate in PEM, and its key. */
export interface KeyedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A CA for client certificates. */
export interface ClientAuthority {
  /** PEM. */
  readonly ca: string;
  /** Issues a certificate for the subject `CN=name,O=Example`. */
  issue(name: string, parts?: IssueParts): Promise<KeyedCertificate>;
}

/** What a certificate has besides. */
export interface IssueParts {
  readonly subject?: string;
  readonly alternativeNames?: readonly { readonly type: "dns" | "url" | "email"; readonly value: string }[];
  /** From now, milliseconds; below zero: it has ended. Default: an hour. */
  readonly endsInMs?: number;
  /** Since when it is valid, milliseconds ago. Default: half a day. */
  readonly bornMs?: number;
  /** Default: a new key on P-256. */
  readonly keys?: webcrypto.CryptoKeyPair;
  /** Default: it is for clients. */
  readonly usage?: "client" | "server";
}

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
const DAY_MS = 86_400_000;

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ format: "pem", type: "pkcs8" })
    .toString();
}

/** Makes a CA with a key of its own. */
export async function createClientAuthority(name = "Devices"): Promise<ClientAuthority> {
  const keys = await newKeys();
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: randomBytes(8).toString("hex"),
    name: `CN=${name},O=Example`,
    keys,
    signingAlgorithm: SIGNATURE,
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + DAY_MS),
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  return {
    ca: authority.toString("pem"),
    async issue(
      commonName,
      {
        subject,
        alternativeNames = [],
        endsInMs = 3_600_000,
        bornMs = DAY_MS / 2,
        usage = "client",
        keys: given,
      } = {},
    ) {
      const own = given ?? (await newKeys());
      const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
      const certificate = await x509.X509CertificateGenerator.create({
        serialNumber: randomBytes(8).toString("hex"),
        subject: subject ?? `CN=${commonName},O=Example`,
        issuer: authority.subjectName,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: SIGNATURE,
        notBefore: new Date(Date.now() - bornMs),
        notAfter: new Date(Date.now() + endsInMs),
        extensions: [
          new x509.ExtendedKeyUsageExtension([usage === "client" ? clientAuth : serverAuth]),
          ...(alternativeNames.length === 0
            ? []
            : [new x509.SubjectAlternativeNameExtension([...alternativeNames])]),
        ],
      });
      return { cert: certificate.toString("pem"), key: await keyPem(own.privateKey) };
    },
  };
}
