import { hash, randomBytes } from "node:crypto";

const KEY_BYTES = 32;
/** 128 bits: no two credentials that a gate sees have the same. */
const BYTES = 16;
/** What SHA-256 takes at a time (FIPS 180-4). */
const BLOCK_BYTES = 64;
const INNER = 0x36;
const OUTER = 0x5c;

/** A key for fingerprints, in base64: new with every start of a gate, and the same in all its processes. */
export function newFingerprintKey(): string {
  return randomBytes(KEY_BYTES).toString("base64");
}

/** Makes what names credentials: the same for the same one, while who reads it can neither use nor guess what it stands for. */
export function createFingerprint(key: string): (credential: string) => string {
  const inner = padded(key, INNER);
  const outer = padded(key, OUTER);
  // HMAC (RFC 2104 2) of two hashes in one call each: an object for each handshake would keep memory outside of the heap until the
  // heap is collected, which does not know of it.
  return (credential) => {
    const first = hash("sha256", Buffer.concat([inner, Buffer.from(credential)]), "buffer");
    return hash("sha256", Buffer.concat([outer, first]), "buffer")
      .subarray(0, BYTES)
      .toString("base64url");
  };
}

function padded(key: string, pad: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES, pad);
  for (const [index, byte] of Buffer.from(key, "base64").entries()) block[index] = byte ^ pad;
  return block;
}
