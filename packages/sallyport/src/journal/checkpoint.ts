import { Buffer } from "node:buffer";
import { createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";

/** A state of the journal that its key vouches for. */
export interface Checkpoint {
  /** Whose: `sallyport/journal/` and the journal's id in hex. */
  readonly origin: string;
  /** How many frames it covers. */
  readonly size: number;
  /** The root of the Merkle tree over them, 32 bytes. */
  readonly root: Uint8Array;
  /** The chain after the last of them, 32 bytes. */
  readonly chain: Uint8Array;
  /** When it was made by the clock of the writer, milliseconds since 1970. */
  readonly time: number;
}

/** What a text that should be a checkpoint is. */
export type CheckpointRead =
  | { readonly ok: true; readonly checkpoint: Checkpoint; readonly vouched: boolean }
  | { readonly ok: false; readonly problem: string };

/** The algorithm's byte of a signed note: Ed25519. */
const ED25519 = Uint8Array.of(0x01);
/** The 12 bytes before the 32 of an Ed25519 key in its SubjectPublicKeyInfo (RFC 8410 4). */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
/** The largest text looked at: a checkpoint has some 300 bytes, and witnesses add a line of 100 each. */
const MAX_TEXT = 16 * 1024;

/**
 * A checkpoint as a signed note: the format of C2SP tlog-checkpoint and signed-note, so that other tools and witnesses read
 * it. Its extension lines are `chain` (base64) and `time` (ISO 8601).
 */
export function signCheckpoint(checkpoint: Checkpoint, privateKey: KeyObject): string {
  const { origin, size, root, chain, time } = checkpoint;
  const text = [
    origin,
    String(size),
    base64(root),
    `chain ${base64(chain)}`,
    `time ${new Date(time).toISOString()}`,
    "",
  ].join("\n");
  const key = rawPublicKey(createPublicKey(privateKey));
  const signature = Buffer.concat([keyHash(origin, key), sign(null, Buffer.from(text), privateKey)]);
  return `${text}\n\u2014 ${origin} ${base64(signature)}\n`;
}

/**
 * Reads a checkpoint. `vouched`: the key signed it. Lines of other signers are left alone.
 *
 * @param publicKey of the journal
 */
export function readCheckpoint(note: string, publicKey: KeyObject): CheckpointRead {
  if (note.length > MAX_TEXT) return { ok: false, problem: "it is too long for a checkpoint" };
  const end = note.indexOf("\n\n");
  if (end < 0) return { ok: false, problem: "it is not a signed note" };
  const text = note.slice(0, end + 1);
  const [origin = "", size = "", root = "", ...extensions] = text.split("\n");
  const chain = extension(extensions, "chain");
  const time = Date.parse(extension(extensions, "time"));
  const checkpoint: Checkpoint = {
    origin,
    size: Number(size),
    root: Buffer.from(root, "base64"),
    chain: Buffer.from(chain, "base64"),
    time,
  };
  const sound =
    /^sallyport\/journal\/[0-9a-f]{32}$/.test(origin) &&
    /^(0|[1-9]\d{0,14})$/.test(size) &&
    checkpoint.root.length === 32 &&
    checkpoint.chain.length === 32 &&
    !Number.isNaN(time);
  if (!sound) return { ok: false, problem: "it is not a checkpoint of a journal" };
  const vouched = signaturesOf(note.slice(end + 2), origin, rawPublicKey(publicKey)).some((signature) =>
    verify(null, Buffer.from(text), publicKey, signature),
  );
  return { ok: true, checkpoint, vouched };
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

function extension(lines: readonly string[], name: string): string {
  return lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? "";
}

/** The public key as verifiers take it (C2SP signed-note): name, hash and key, with `+` between. */
export function verifierKey(origin: string, publicKey: KeyObject): string {
  const key = rawPublicKey(publicKey);
  const id = keyHash(origin, key).toString("hex");
  return `${origin}+${id}+${base64(Buffer.concat([ED25519, key]))}`;
}

/** The key of a verifier's text; `null` where it is none. */
export function publicKeyOf(verifier: string): KeyObject | null {
  const [origin = "", id = "", text = "", ...more] = verifier.trim().split("+");
  // Base64 has `+` too.
  const bytes = Buffer.from([text, ...more].join("+"), "base64");
  const key = bytes.subarray(1);
  if (bytes.length !== 33 || bytes[0] !== ED25519[0] || keyHash(origin, key).toString("hex") !== id)
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

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
