import { Buffer } from "node:buffer";
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomFillSync,
} from "node:crypto";

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
  const nonce = nextNonce();
  const cipher = createCipheriv(ALGORITHM, keyObjectOf(key), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(context);
  const sealed = cipher.update(plain);
  // In this mode nothing is left over: it makes the tag.
  cipher.final();
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]);
}

/** Keys that were used before: a key in this form costs a fifth of its bytes, each time. They go with the bytes. */
const keyObjects = new WeakMap<Uint8Array, KeyObject>();

function keyObjectOf(key: Uint8Array): KeyObject {
  const known = keyObjects.get(key);
  if (known !== undefined) return known;
  const made = createSecretKey(key);
  keyObjects.set(key, made);
  return made;
}

/** Random bytes are drawn for some hundred nonces at a time: drawing twelve costs ten times as much as using them. */
const nonces = Buffer.alloc(NONCE_BYTES * 256);
let nextNonceAt = nonces.length;

/** Valid until the next one is asked for. */
function nextNonce(): Buffer {
  if (nextNonceAt === nonces.length) {
    randomFillSync(nonces);
    nextNonceAt = 0;
  }
  nextNonceAt += NONCE_BYTES;
  return nonces.subarray(nextNonceAt - NONCE_BYTES, nextNonceAt);
}

/**
 * What is in a box; `null` where the key, the context or any of its bytes is not the one that it was sealed with. In this mode all
 * of it comes at once, and the end only says whether it is so.
 */
export function openBox(key: Uint8Array, box: Uint8Array, context: Uint8Array): Buffer | null {
  if (box.length < BOX_OVERHEAD) return null;
  const decipher = createDecipheriv(ALGORITHM, keyObjectOf(key), box.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(context);
  decipher.setAuthTag(box.subarray(box.length - TAG_BYTES));
  try {
    const plain = decipher.update(box.subarray(NONCE_BYTES, box.length - TAG_BYTES));
    decipher.final();
    return plain;
  } catch {
    return null;
  }
}
