import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject } from "node:crypto";

/** The keys of a journal, unwrapped. Only bytes and texts, so that it can be given to a thread. */
export interface Keyring {
  /** The journal's id, 16 bytes in hex. */
  readonly journal: string;
  /** The keys that wrap data keys and payload keys, by their id; the last is the one in use. */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly current: string;
  /** Ed25519, PKCS #8. */
  readonly signingKey: Uint8Array;
  /** What verifiers need: name, hash and public key. */
  readonly verifier: string;
}

/** The name of a journal in its checkpoints. */
export function originOf(journal: string): string {
  return `sallyport/journal/${journal}`;
}

/** The key that signs checkpoints. */
export function privateKeyOf(signingKey: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.from(signingKey), format: "der", type: "pkcs8" });
}
