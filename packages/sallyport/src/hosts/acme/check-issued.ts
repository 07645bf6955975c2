import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { problemOf } from "../../problem-of.ts";
import type { CertificatePair } from "../certificate.ts";

/** More certificates than any chain has. */
const MAX_CHAIN = 10;
/** Room for ten of them with the longest keys and a hundred names. */
const MAX_CHARACTERS = 256 * 1024;
/** Our clock may be behind that of an authority that does not date back. */
const SKEW_MS = 3_600_000;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** What must be true of a certificate before it serves. */
export interface IssuedFor {
  readonly domains: readonly string[];
  /** Milliseconds since the epoch. */
  readonly wallNow: number;
}

/** The life of a certificate that may serve. */
export interface IssuedLife {
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/**
 * Looks at a certificate before it serves: it can be read, the key is its own, it is for every domain, it is valid now, each certificate of
 * the chain was signed by the next, and OpenSSL would serve with it. Answers its life.
 *
 * @throws Error with what is wrong with it; never with anything of the key
 */
export function checkIssued(pair: CertificatePair, { domains, wallNow }: IssuedFor): IssuedLife {
  const chain = readChain(pair.cert);
  const [leaf] = chain;
  if (leaf === undefined) throw new Error("what was issued is not a certificate in PEM");
  if (!leaf.checkPrivateKey(createPrivateKey(pair.key)))
    throw new Error("the certificate is for another key");
  const missing = domains.filter((domain) => leaf.checkHost(domain, { subject: "never" }) === undefined);
  if (missing.length > 0) throw new Error(`the certificate is not for ${missing.join(", ")}`);
  const [notBefore, notAfter] = [leaf.validFromDate.getTime(), leaf.validToDate.getTime()];
  if (!(notAfter > wallNow)) throw new Error(`the certificate ended at ${leaf.validTo}`);
  if (!(notBefore <= wallNow + SKEW_MS))
    throw new Error(`the certificate is not valid before ${leaf.validFrom}`);
  chain.slice(1).forEach((issuer, index) => checkLink(chain[index] ?? leaf, issuer));
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw new Error(`the certificate cannot be served: ${problemOf(cause)}`, { cause });
  }
  return { notBefore, notAfter };
}

function readChain(pem: string): readonly X509Certificate[] {
  if (pem.length > MAX_CHARACTERS) throw new Error("what was issued is too long for a certificate");
  const texts = pem.match(CERTIFICATE) ?? [];
  // OpenSSL takes other labels for certificates, too: it would serve with one that was not looked at.
  if (pem.replace(CERTIFICATE, "").includes("-----BEGIN"))
    throw new Error("what was issued holds something else than certificates");
  if (texts.length > MAX_CHAIN) throw new Error(`the chain has ${texts.length} certificates`);
  try {
    return texts.map((text) => new X509Certificate(text));
  } catch (cause) {
    throw new Error("what was issued is not a certificate in PEM", { cause });
  }
}

function checkLink(certificate: X509Certificate, issuer: X509Certificate): void {
  if (!certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
    throw new Error("the chain is broken: a certificate was not signed by the next");
}
