import { createHmac, randomBytes } from "node:crypto";

const KEY_BYTES = 32;
/** 128 bits: no two credentials that a gate sees have the same. */
const BYTES = 16;

/** A key for fingerprints, in base64: new with every start of a gate, and the same in all its processes. */
export function newFingerprintKey(): string {
  return randomBytes(KEY_BYTES).toString("base64");
}

/** Makes what names credentials: the same for the same one, while who reads it can neither use nor guess what it stands for. */
export function createFingerprint(key: string): (credential: string) => string {
  const secret = Buffer.from(key, "base64");
  return (credential) =>
    createHmac("sha256", secret).update(credential).digest().subarray(0, BYTES).toString("base64url");
}
