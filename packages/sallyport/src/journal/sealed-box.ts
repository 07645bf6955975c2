import { Buffer } from "node:buffer";
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Bytes that a box has beside what is in it. */
export const BOX_OVERHEAD: number = NONCE_BYTES + TAG_BYTES;

/**
 * Encrypts and authenticates: nonce (12 bytes), ciphertext, tag (16), AES-256-GCM (NIST SP 800-38D). The nonce is random, so
 * that a write that is torn and done again never repeats one; a key seals far fewer than the 2^32 boxes that allows (8.3).
 *
 * @param key 32 bytes
 * @param context what the box is, and where: it does not open anywhere else
 */
export function sealBox(key: Uint8Array, plain: Uint8Array, context: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(context);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** What is in a box; `null` where the key, the context or any of its bytes is not the one that it was sealed with. */
export function openBox(key: Uint8Array, box: Uint8Array, context: Uint8Array): Buffer | null {
  if (box.length < BOX_OVERHEAD) return null;
  const decipher = createDecipheriv(ALGORITHM, key, box.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(context);
  decipher.setAuthTag(box.subarray(box.length - TAG_BYTES));
  try {
    return Buffer.concat([
      decipher.update(box.subarray(NONCE_BYTES, box.length - TAG_BYTES)),
      decipher.final(),
    ]);
  } catch {
    return null;
  }
}
