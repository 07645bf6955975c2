import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject } from "node:crypto";
import type { RoleKeys } from "./role-keys.ts";

/** The keys of a journal as far as a reader has them. Only bytes and texts, so that they can be given to a thread. */
export interface ReadingKeys {
  /** The journal's id, 16 bytes in hex. */
  readonly journal: string;
  /** The keys that wrap data keys and payload keys, of every rotation, by its id; the last is the one in use. */
  readonly keys: ReadonlyMap<string, RoleKeys>;
  /** What verifiers need: name, hash and public key. */
  readonly verifier: string;
}

/** The keys of a journal, unwrapped: all of them, with which it is written. */
export interface Keyring extends ReadingKeys {
  /** The rotation whose keys are in use. */
  readonly current: string;
  /** Ed25519, PKCS #8. */
  readonly signingKey: Uint8Array;
}

/** The name of a journal in its checkpoints. */
export function originOf(journal: string): string {
  return `sallyport/journal/${journal}`;
}

/** The key that signs checkpoints. */
export function privateKeyOf(signingKey: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(signingKey), format: "der", type: "pkcs8" });
}
