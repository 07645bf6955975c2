import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { openBox, sealBox } from "./sealed-box.ts";

/**
 * What wraps the keys of a journal: bytes from a file or the environment, or something that keeps them to itself, such as a
 * key-management service. It is asked once when a journal is opened, and once when its keys are changed; never for a record. What it
 * rejects with is told, and nothing is left half done: it must end by itself, and tell no secret.
 */
export interface MasterKey {
  /** Names it without telling anything of it; at most 256 characters. */
  readonly id: string;
  /** Encrypts 32 bytes. @param context binds them to their place: additional authenticated data, or an encryption context */
  wrap(plain: Uint8Array, context: Uint8Array): Promise<Uint8Array>;
  /** Decrypts them; `null` where this is not the key, or the context is another. */
  unwrap(wrapped: Uint8Array, context: Uint8Array): Promise<Uint8Array | null>;
}

/** A master key, or what is wrong with the text that should be one. */
export type MasterKeyRead =
  | { readonly ok: true; readonly key: MasterKey }
  | { readonly ok: false; readonly problem: string };

const KEY_BYTES = 32;
const HOW = "write 32 random bytes in base64 into it: openssl rand -base64 32";

/** Reads a master key from the text of a file or a variable: 32 bytes in base64, base64url or hex. */
export function readMasterKey(text: string): MasterKeyRead {
  const read = readKeyBytes(text);
  return read.ok ? { ok: true, key: localMasterKey(read.bytes) } : read;
}

/** The bytes of a key, or what is wrong with the text that should be one. */
export type KeyBytesRead =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly problem: string };

/** Reads the bytes of a key from such a text. */
export function readKeyBytes(text: string): KeyBytesRead {
  const trimmed = text.trim();
  if (trimmed === "") return { ok: false, problem: `there is no key in it: ${HOW}` };
  const bytes = /^[0-9a-fA-F]{64}$/.test(trimmed)
    ? Buffer.from(trimmed, "hex")
    : Buffer.from(trimmed, "base64");
  const alphabet = /^[A-Za-z0-9+/_-]+={0,2}$/;
  if (!alphabet.test(trimmed) || bytes.length !== KEY_BYTES)
    return { ok: false, problem: `it is not a key of 32 bytes: ${HOW}` };
  if (new Set(bytes).size < 8) return { ok: false, problem: `nobody chose it at random: ${HOW}` };
  return { ok: true, bytes };
}

/** A master key whose bytes are known to this process. */
export function localMasterKey(bytes: Uint8Array): MasterKey {
  return {
    id: hash("sha256", Buffer.concat([Buffer.from("sallyport master key\n"), bytes]), "hex").slice(0, 16),
    wrap: (plain, context) => Promise.resolve(sealBox(bytes, plain, context)),
    unwrap: (wrapped, context) => Promise.resolve(openBox(bytes, wrapped, context)),
  };
}
