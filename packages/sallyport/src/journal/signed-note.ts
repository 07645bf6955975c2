import { Buffer } from "node:buffer";
import { createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";

/** What a text that should be a signed note is. `vouched`: the key signed it. */
export type NoteRead =
  | { readonly ok: true; readonly text: string; readonly vouched: boolean }
  | { readonly ok: false; readonly problem: string };

/** The algorithm's byte of a signed note: Ed25519. */
const ED25519 = Uint8Array.of(0x01);
/** The 12 bytes before the 32 of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410 4). */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
/** The largest note looked at: the journal's have some 300 to 3000 bytes, and witnesses add a line of 100 each. */
const MAX_NOTE = 16 * 1024;

/** Signs a text that ends in a line feed (C2SP signed-note). @param name of the key, as its verifiers know it */
export function signNote(text: string, name: string, privateKey: KeyObject): string {
  const key = rawPublicKey(createPublicKey(privateKey));
  const signature = Buffer.concat([keyHash(name, key), sign(null, Buffer.from(text), privateKey)]);
  return `${text}\n\u2014 ${name} ${signature.toString("base64")}\n`;
}

/** Reads a note. Lines of other signers are left alone. @param nameOf the name that the key should have signed this text by */
export function readNote(note: string, nameOf: (text: string) => string, publicKey: KeyObject): NoteRead {
  if (note.length > MAX_NOTE) return { ok: false, problem: "it is too long for a signed note" };
  const end = note.indexOf("\n\n");
  if (end < 0) return { ok: false, problem: "it is not a signed note" };
  const text = note.slice(0, end + 1);
  const vouched = signaturesOf(note.slice(end + 2), nameOf(text), rawPublicKey(publicKey)).some((signature) =>
    verify(null, Buffer.from(text), publicKey, signature),
  );
  return { ok: true, text, vouched };
}

/** The signatures of a note that one key may have made, by its name and hash. */
function signaturesOf(lines: string, name: string, key: Uint8Array): Buffer[] {
  const own = keyHash(name, key);
  return lines
    .split("\n")
    .filter((line) => line.startsWith(`\u2014 ${name} `))
    .map((line) => Buffer.from(line.slice(name.length + 3), "base64"))
    .filter((bytes) => bytes.length === 4 + 64 && bytes.subarray(0, 4).equals(own))
    .map((bytes) => bytes.subarray(4));
}

/** The public key as verifiers take it (C2SP signed-note): name, hash and key, with `+` between. */
export function verifierKey(name: string, publicKey: KeyObject): string {
  const key = rawPublicKey(publicKey);
  const id = keyHash(name, key).toString("hex");
  return `${name}+${id}+${Buffer.concat([ED25519, key]).toString("base64")}`;
}

/** The key of a verifier's text; `null` where it is none. */
export function publicKeyOf(verifier: string): KeyObject | null {
  const [name = "", id = "", text = "", ...more] = verifier.trim().split("+");
  // Base64 has `+` too.
  const bytes = Buffer.from([text, ...more].join("+"), "base64");
  const key = bytes.subarray(1);
  if (bytes.length !== 33 || bytes[0] !== ED25519[0] || keyHash(name, key).toString("hex") !== id)
    return null;
  return createPublicKey({ key: Buffer.concat([SPKI, key]), format: "der", type: "spki" });
}

function rawPublicKey(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: "der", type: "spki" }).subarray(SPKI.length);
}

function keyHash(name: string, key: Uint8Array): Buffer {
  const bytes = Buffer.concat([Buffer.from(`${name}\n`), ED25519, key]);
  return hash("sha256", bytes, "buffer").subarray(0, 4);
}
