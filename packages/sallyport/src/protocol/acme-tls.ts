import { Buffer } from "node:buffer";

/** The protocol of TLS-ALPN-01 (RFC 8737 6.2). */
export const ACME_TLS_PROTOCOL = "acme-tls/1";

/** What the first bytes of a connection say: whether an ACME authority asks (RFC 8737), or more of them must come. */
export type AcmeTlsQuestion = "acme" | "other" | "incomplete";

const RECORD_HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const EXTENSION_ALPN = 16;
const RECORD_HEADER = 5;
/** A record's payload (RFC 8446 5.1); a ClientHello longer than that is no authority's. */
const MAX_PAYLOAD = 16_384;
/** Of the ClientHello: the version and the random before the session id (RFC 8446 4.1.2). */
const BEFORE_SESSION_ID = 34;

/** Reads forward in bytes that a peer sent; beyond their end everything is 0, and `failed`. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;
  failed = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  number(octets: number): number {
    const bytes = this.take(octets);
    return bytes.reduce((value, byte) => value * 256 + byte, 0);
  }

  take(length: number): Uint8Array {
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.failed ||= taken.length < length;
    this.#at += length;
    return taken;
  }

  /** A vector whose length stands before it. */
  vector(lengthOctets: number): Cursor {
    return new Cursor(this.take(this.number(lengthOctets)));
  }
}

/**
 * Whether the first bytes of a TLS connection are a ClientHello that offers `acme-tls/1` and nothing else, as RFC 8737 3 has
 * it. Anything that cannot be read so is `other`: what is wrong with it, TLS says. At most one record is waited for.
 */
export function readAcmeTlsQuestion(bytes: Uint8Array): AcmeTlsQuestion {
  if (bytes.length > 0 && bytes[0] !== RECORD_HANDSHAKE) return "other";
  if (bytes.length < RECORD_HEADER) return "incomplete";
  const record = new Cursor(bytes.subarray(1));
  record.take(2);
  const length = record.number(2);
  if (length > MAX_PAYLOAD) return "other";
  if (bytes.length < RECORD_HEADER + length) return "incomplete";
  const protocols = offeredProtocols(record.take(length));
  return protocols.length === 1 && protocols[0] === ACME_TLS_PROTOCOL ? "acme" : "other";
}

/** The protocols of the ALPN extension (RFC 7301 3.1); none where it is not there, or something is cut off. */
function offeredProtocols(payload: Uint8Array): readonly string[] {
  const message = new Cursor(payload);
  if (message.number(1) !== CLIENT_HELLO) return [];
  const hello = message.vector(3);
  hello.take(BEFORE_SESSION_ID);
  hello.vector(1);
  hello.vector(2);
  hello.vector(1);
  const extensions = hello.vector(2);
  if (message.failed || hello.failed) return [];
  while (!extensions.atEnd) {
    const type = extensions.number(2);
    const data = extensions.vector(2);
    if (extensions.failed) return [];
    if (type === EXTENSION_ALPN) return readNames(data);
  }
  return [];
}

function readNames(data: Cursor): readonly string[] {
  const list = data.vector(2);
  const names: string[] = [];
  while (!list.atEnd) names.push(Buffer.from(list.take(list.number(1))).toString("latin1"));
  return data.failed || list.failed ? [] : names;
}
