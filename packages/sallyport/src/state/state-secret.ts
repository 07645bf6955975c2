import { hash } from "node:crypto";
import { readKeyBytes } from "../journal/master-key.ts";
import { derive } from "../journal/role-keys.ts";
import { openBox, sealBox } from "../journal/sealed-box.ts";

/**
 * What all nodes of a gate know and their engine does not (`state.redis.keyFile`). Each use has a key of its own, which follows from it by
 * HKDF-SHA256 (RFC 5869) and tells nothing of any other.
 */
export interface StateSecret {
  /** Names it without telling anything of it. */
  readonly id: string;
  /** A secret of 32 bytes for one use. @param use what it is for, in words of ours */
  secretFor(use: string): Uint8Array;
  /** Encrypts and authenticates a text. @param place where it will be kept: it opens nowhere else */
  seal(text: string, place: string): string;
  /** What was sealed; `null` where it was not sealed with this secret, for this place, or was changed since. */
  open(sealed: string, place: string): string | null;
}

/** @throws where the text is no key; the error tells nothing of it */
export function createStateSecret(text: string): StateSecret {
  const read = readKeyBytes(text);
  if (!read.ok) throw new Error(read.problem);
  const secretFor = (use: string): Uint8Array => derive(read.bytes, `sallyport state\n${use}\n`);
  const key = secretFor("what nodes keep");
  return {
    id: hash("sha256", secretFor("name"), "hex").slice(0, 16),
    secretFor,
    seal: (plain, place) => sealBox(key, Buffer.from(plain), Buffer.from(place)).toString("base64"),
    open: (sealed, place) =>
      openBox(key, Buffer.from(sealed, "base64"), Buffer.from(place))?.toString() ?? null,
  };
}
