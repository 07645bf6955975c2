// oxlint-disable-next-line import/no-unassigned-import -- @peculiar/x509 needs it loaded first
import "reflect-metadata";
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { isIP, isIPv6 } from "node:net";
import { join } from "node:path";
import { domainToASCII } from "node:url";
import * as x509 from "@peculiar/x509";
import { certificateNames } from "./certificate-names.ts";
import { preparePrivateDirectory, readIfThere, writeWhole } from "./private-files.ts";

/** What the development CA needs. */
export interface DevelopmentCertificateOptions {
  /** Where the CA and its certificate are kept; made, for the owner alone, when it is not there. */
  readonly directory: string;
  /** Names besides localhost, 127.0.0.1 and ::1: DNS names, which may begin with `*.`, or IP addresses. */
  readonly names: readonly string[];
  /** Wall clock, milliseconds since the epoch; default the present. */
  readonly wallNow?: number;
}

/** A certificate of the development CA, with its key. */
export interface DevelopmentCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** The CA's certificate, which clients must trust. */
  readonly caPem: string;
  /** The file that holds `caPem`. */
  readonly caFile: string;
}

interface KeyedCertificate {
  readonly certificatePem: string;
  readonly keyPem: string;
  readonly certificate: X509Certificate;
}

const DAY_MS = 86_400_000;
/** Clocks of other machines may be behind. */
const BACKDATE_MS = 3_600_000;
const AUTHORITY_DAYS = 3650;
/** Below the 398 days that browsers accept (CA/Browser Forum BR 6.3.2). */
const SERVER_DAYS = 365;
const RENEW_BEFORE_DAYS = 30;
const LOCAL_NAMES = ["localhost", "127.0.0.1", "::1"];
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNATURE = { name: "ECDSA", hash: "SHA-256" };
const { KeyUsageFlags } = x509;

/** How a certificate names the host: what `certificateNames` reads back. */
function normalizeName(name: string): string {
  const bare = name.replace(/^\[(.*)\]$/, "$1");
  if (isIP(bare) !== 0) return isIPv6(bare) ? new URL(`http://[${bare}]`).hostname : bare;
  const wildcard = bare.startsWith("*.") ? "*." : "";
  const ascii = domainToASCII(bare.slice(wildcard.length));
  if (/[\s\p{Cc}]/u.test(name) || !/^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/.test(ascii))
    throw new Error(`development certificate: ${JSON.stringify(name)} is not a host name or an IP address`);
  return wildcard + ascii;
}

const withoutBrackets = (name: string): string => name.replace(/^\[(.*)\]$/, "$1");

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ format: "pem", type: "pkcs8" })
    .toString();
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);

const validity = (wallNow: number, days: number): { notBefore: Date; notAfter: Date } => ({
  notBefore: new Date(wallNow - BACKDATE_MS),
  notAfter: new Date(wallNow + days * DAY_MS),
});

/** A positive serial number of 127 random bits (RFC 5280 4.1.2.2: at most 20 octets). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes.toString("hex");
}

/** A CA that may sign end certificates and nothing else: path length 0 (RFC 5280 4.2.1.9). */
async function createAuthority(wallNow: number): Promise<string> {
  const keys = await newKeys();
  const serial = serialNumber();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial,
    name: `CN=Sallyport development CA ${serial.slice(0, 8)}`,
    keys,
    signingAlgorithm: SIGNATURE,
    ...validity(wallNow, AUTHORITY_DAYS),
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return `${certificate.toString("pem")}\n${await keyPem(keys.privateKey)}`;
}

async function createServerCertificate(
  authority: KeyedCertificate,
  names: readonly string[],
  wallNow: number,
): Promise<string> {
  const der = createPrivateKey(authority.keyPem).export({ format: "der", type: "pkcs8" });
  const signingKey = await webcrypto.subtle.importKey("pkcs8", new Uint8Array(der), CURVE, false, ["sign"]);
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const keys = await newKeys();
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: "CN=Sallyport development server",
    issuer: issuer.subjectName,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: SIGNATURE,
    ...validity(wallNow, SERVER_DAYS),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map((name) => ({
          type: isIP(withoutBrackets(name)) === 0 ? "dns" : "ip",
          value: withoutBrackets(name),
        })),
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return `${certificate.toString("pem")}\n${await keyPem(keys.privateKey)}`;
}

/** Splits a file that holds a certificate and its key. @throws Error when it does not, or when they do not belong together */
function parseKeyedCertificate(text: string): KeyedCertificate {
  const [certificatePem = ""] = /-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n/s.exec(text) ?? [];
  const [key = ""] = /-----BEGIN PRIVATE KEY-----.+?-----END PRIVATE KEY-----\n/s.exec(text) ?? [];
  const certificate = new X509Certificate(certificatePem);
  if (!certificate.checkPrivateKey(createPrivateKey(key)))
    throw new Error("the key is not the certificate's");
  return { certificatePem, keyPem: key, certificate };
}

const endsAfter = ({ certificate }: KeyedCertificate, time: number): boolean =>
  certificate.validToDate.getTime() > time;

/** The CA of this directory: the one that is kept, or, when there is none or it is about to end, a new one. */
async function loadAuthority(directory: string, wallNow: number): Promise<KeyedCertificate> {
  const file = join(directory, "authority-key.pem");
  const kept = await readIfThere(file);
  const authority = kept === null ? null : readKept(file, kept);
  if (authority !== null && endsAfter(authority, wallNow + SERVER_DAYS * DAY_MS)) return authority;
  await writeWhole(file, await createAuthority(wallNow), { mode: 0o600, exclusive: authority === null });
  return readKept(file, await readFile(file, "utf8"));
}

function readKept(file: string, text: string): KeyedCertificate {
  try {
    return parseKeyedCertificate(text);
  } catch (cause) {
    throw new Error(`development certificate: ${file} is damaged: delete it, and a new CA is made`, {
      cause,
    });
  }
}

/** Whether a kept certificate can go on serving: of this CA, for these names, and not about to end. */
function serves(
  text: string,
  authority: KeyedCertificate,
  needs: { names: readonly string[]; until: number },
): boolean {
  try {
    const kept = parseKeyedCertificate(text);
    const has = new Set(certificateNames(kept.certificate));
    const isOurs = kept.certificate.verify(authority.certificate.publicKey);
    return isOurs && endsAfter(kept, needs.until) && needs.names.every((name) => has.has(name));
  } catch {
    return false;
  }
}

/**
 * A certificate for development, from a CA that is made once and kept: P-256 keys, the CA for ten years, the server's
 * certificate for one, renewed 30 days before its end or when names are missing. Keys are readable by their owner alone; files are
 * written whole or not at all, and processes that start at the same time end up with the same CA. Whoever trusts the CA trusts
 * whoever can read its key: it is for one machine, never for a service.
 *
 * @throws Error when the directory is not the user's own, a name is not a host name, or the kept CA is damaged
 */
export async function loadDevelopmentCertificate(
  options: DevelopmentCertificateOptions,
): Promise<DevelopmentCertificate> {
  const { directory, wallNow = Date.now() } = options;
  const names = [...new Set([...LOCAL_NAMES, ...options.names].map((name) => normalizeName(name)))];
  await preparePrivateDirectory(directory, "development certificate");
  const authority = await loadAuthority(directory, wallNow);
  const caFile = join(directory, "authority.pem");
  const caPem = authority.certificatePem;
  if ((await readIfThere(caFile)) !== caPem)
    await writeWhole(caFile, caPem, { mode: 0o644, exclusive: false });
  const file = join(directory, "server.pem");
  const kept = await readIfThere(file);
  const needs = { names, until: wallNow + RENEW_BEFORE_DAYS * DAY_MS };
  const isKept = kept !== null && serves(kept, authority, needs);
  const text = isKept ? kept : await createServerCertificate(authority, names, wallNow);
  if (!isKept) await writeWhole(file, text, { mode: 0o600, exclusive: false });
  const server = parseKeyedCertificate(text);
  return { certificatePem: server.certificatePem, keyPem: server.keyPem, caPem, caFile };
}
