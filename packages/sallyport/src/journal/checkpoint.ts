import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import { readNote, signNote } from "./signed-note.ts";

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
  return signNote(text, origin, privateKey);
}

/**
 * Reads a checkpoint. `vouched`: the key signed it. Lines of other signers are left alone.
 *
 * @param publicKey of the journal
 */
export function readCheckpoint(note: string, publicKey: KeyObject): CheckpointRead {
  const read = readNote(note, (text) => text.slice(0, text.indexOf("\n")), publicKey);
  if (!read.ok) return read;
  const [origin = "", size = "", root = "", ...extensions] = read.text.split("\n");
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
  return { ok: true, checkpoint, vouched: read.vouched };
}

function extension(lines: readonly string[], name: string): string {
  return lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? "";
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
