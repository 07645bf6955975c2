import { createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { Emit, GateEvent } from "../events.ts";
import { problemOf } from "../problem-of.ts";
import { certificateNames } from "./certificate-names.ts";

/** A certificate chain and its key, as `node:tls` takes them. */
export interface CertificatePair {
  /** PEM, the server's certificate first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** PEM of the CAs whose client certificates count; absent: none is asked for. */
  readonly ca?: string;
}

/** What a certificate source needs. */
export interface CertificateSourceOptions {
  /** PEM file with the server's certificate first and the chain behind it. */
  readonly certificateFile: string;
  /** PEM file with its key, not encrypted. */
  readonly keyFile: string;
  /** PEM file with the CAs that client certificates must come from; absent: clients need none. */
  readonly clientCaFile?: string | undefined;
  readonly emit: Emit;
  /** Milliseconds between two looks at the files; default 5 s. */
  readonly intervalMs?: number;
  /** Wall clock, milliseconds since the epoch; default the present. */
  wallNow?(): number;
}

/** A certificate that follows its files. */
export interface CertificateSource {
  /** The pair in force. Set it together with `tlsOptions`: `setSecureContext` forgets all options that it is not given. */
  current(): CertificatePair;
  /** The names it is for: lower case, `*.` labels, IPv6 in brackets. */
  names(): readonly string[];
  /** When it ends, milliseconds since the epoch. */
  notAfter(): number;
  /** Calls the listener after each change; the answer stops that. */
  onChange(listener: (pair: CertificatePair) => void): () => void;
  /** Stops looking at the files. */
  close(): void;
}

interface Loaded {
  readonly pair: CertificatePair;
  readonly names: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
}

const DEFAULT_INTERVAL_MS = 5000;
/** A certificate of 90 days is renewed 30 days before its end: with 14 left, something has stopped. */
const WARN_BEFORE_MS = 14 * 86_400_000;

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new Error(`${file} cannot be read: ${problemOf(cause)}`, { cause });
  }
}

function parseCertificate(file: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new Error(`${file} does not begin with a certificate in PEM`, { cause });
  }
}

function parseKey(file: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new Error(`${file} does not hold a private key in PEM without a passphrase`, { cause });
  }
}

/** What OpenSSL refuses to serve with: a key that is too short, a chain that cannot be read. */
function checkUsable(file: string, pair: CertificatePair): void {
  try {
    createSecureContext(pair);
  } catch (cause) {
    throw new Error(`${file} cannot be served: ${problemOf(cause)}`, { cause });
  }
}

type Files = Pick<CertificateSourceOptions, "certificateFile" | "keyFile" | "clientCaFile">;

function filesOf({ certificateFile, keyFile, clientCaFile }: Files): string[] {
  return [certificateFile, keyFile, ...(clientCaFile === undefined ? [] : [clientCaFile])];
}

/** Node ignores what it cannot read in a list of CAs: an empty one would let nobody in, without a word. */
async function readAuthorities(file: string): Promise<string> {
  const pem = await read(file);
  parseCertificate(file, pem);
  return pem;
}

async function load({ certificateFile, keyFile, clientCaFile }: Files): Promise<Loaded> {
  const authorities = clientCaFile === undefined ? {} : { ca: await readAuthorities(clientCaFile) };
  const pair = { cert: await read(certificateFile), key: await read(keyFile), ...authorities };
  const certificate = parseCertificate(certificateFile, pair.cert);
  if (!certificate.checkPrivateKey(parseKey(keyFile, pair.key)))
    throw new Error(`${keyFile} is not the key of the certificate in ${certificateFile}`);
  checkUsable(certificateFile, pair);
  return {
    pair,
    names: certificateNames(certificate),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  };
}

/** Changes when a file was replaced or written; a file that is gone has a signature too. */
async function signature(files: readonly string[]): Promise<string> {
  const found = await Promise.allSettled(files.map((file) => stat(file)));
  return found
    .map((result) =>
      result.status === "rejected"
        ? "gone"
        : `${result.value.dev}:${result.value.ino}:${result.value.size}:${result.value.mtimeMs}`,
    )
    .join(" ");
}

/** What is wrong with the dates, for the operator; `null` for nothing. */
function dateProblem({ notBefore, notAfter }: Loaded, wallNow: number): string | null {
  const end = new Date(notAfter).toISOString();
  if (wallNow >= notAfter) return `the certificate ended at ${end}`;
  if (wallNow < notBefore) return `the certificate is not valid before ${new Date(notBefore).toISOString()}`;
  return notAfter - wallNow < WARN_BEFORE_MS ? `the certificate ends soon, at ${end}` : null;
}

class WatchedCertificate implements CertificateSource {
  readonly #options: CertificateSourceOptions;
  readonly #listeners = new Set<(pair: CertificatePair) => void>();
  readonly #timer: NodeJS.Timeout;
  #loaded: Loaded;
  #signature: string;
  #told = "";
  #looking = false;
  #closed = false;

  constructor(options: CertificateSourceOptions, loaded: Loaded, seen: string) {
    this.#options = options;
    this.#loaded = loaded;
    this.#signature = seen;
    this.#checkDates();
    this.#timer = setInterval(() => void this.#look(), options.intervalMs ?? DEFAULT_INTERVAL_MS);
    this.#timer.unref();
  }

  current(): CertificatePair {
    return this.#loaded.pair;
  }

  names(): readonly string[] {
    return this.#loaded.names;
  }

  notAfter(): number {
    return this.#loaded.notAfter;
  }

  onChange(listener: (pair: CertificatePair) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  /** One look at a time; never rejects. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    const seen = await signature(filesOf(this.#options));
    if (seen !== this.#signature && !this.#closed) await this.#reload(seen);
    else this.#checkDates();
    this.#looking = false;
  }

  async #reload(seen: string): Promise<void> {
    this.#signature = seen;
    try {
      const loaded = await load(this.#options);
      if (loaded.notAfter <= this.#wallNow())
        throw new Error(`the certificate ended at ${new Date(loaded.notAfter).toISOString()}`);
      this.#swap(loaded);
    } catch (error) {
      this.#tell(
        "error",
        "certificate: the new files cannot be used, the old certificate stays",
        problemOf(error),
      );
    }
  }

  #swap(loaded: Loaded): void {
    if (this.#closed) return;
    this.#loaded = loaded;
    this.#tell("info", "certificate: reloaded", `valid until ${new Date(loaded.notAfter).toISOString()}`);
    this.#checkDates();
    for (const listener of this.#listeners) listener(loaded.pair);
  }

  #wallNow(): number {
    return this.#options.wallNow?.() ?? Date.now();
  }

  #checkDates(): void {
    const problem = dateProblem(this.#loaded, this.#wallNow());
    if (problem !== null) this.#tell("warn", "certificate: look at its dates", problem);
  }

  /** Once for each distinct problem in a row. */
  #tell(level: GateEvent["level"], text: string, detail: string): void {
    if (this.#closed || this.#told === detail) return;
    this.#told = detail;
    this.#options.emit({
      type: "gate",
      level,
      message: text,
      detail: `${this.#options.certificateFile}: ${detail}`,
    });
  }
}

/**
 * Reads a certificate and its key and follows the files: every few seconds it looks whether they changed, and swaps only to
 * a pair that was read whole, belongs together and has not ended. A bad pair leaves the old one in force and emits one `gate` event for each
 * distinct problem; so does a certificate that has ended or is about to.
 *
 * @throws Error at the start when a file cannot be read or parsed, or the key is not the certificate's
 */
export async function createCertificateSource(options: CertificateSourceOptions): Promise<CertificateSource> {
  const seen = await signature(filesOf(options));
  const loaded = await load(options);
  return new WatchedCertificate(options, loaded, seen);
}
