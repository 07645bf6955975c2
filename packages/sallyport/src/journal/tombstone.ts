import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import { originOf } from "./journal-keys.ts";
import { bitsOf, HASH_BYTES, MerkleFrontier } from "./merkle-frontier.ts";
import { readNote, signNote } from "./signed-note.ts";

/** Why a segment went: it was older, or the journal larger, than what is retained. */
export type RetireReason = "age" | "size";

/** What is left of a segment that was retired. The journal's key vouches that it was sound, and what continues it. */
export interface Tombstone {
  /** Of the journal, 16 bytes in hex. */
  readonly journal: string;
  /** Of the segment. */
  readonly number: number;
  /** Its SHA-256 in hex, which was its name. */
  readonly hash: string;
  /** Its first frame. */
  readonly first: number;
  /** The tree after its last frame: what is left of the journal is proven from there. */
  readonly tree: MerkleFrontier;
  /** The chain after its last frame. */
  readonly chain: Buffer;
  readonly records: number;
  readonly bytes: number;
  /** The times of its first and its last record, milliseconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** When it was retired by the clock of the writer, milliseconds since 1970. */
  readonly time: number;
  readonly reason: RetireReason;
}

/** What a text that should be a tombstone is. */
export type TombstoneRead =
  | { readonly ok: true; readonly tombstone: Tombstone; readonly vouched: boolean }
  | { readonly ok: false; readonly problem: string };

/** What the name of a tombstone ends in, after the SHA-256 of its segment. */
export const TOMBSTONE = ".tombstone";

const number = String.raw`(0|[1-9]\d{0,14})`;
const base64 = "([A-Za-z0-9+/]+={0,2})";
const timePattern = String.raw`(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)`;
const FORM = new RegExp(
  [
    "^sallyport/journal/([0-9a-f]{32})/retired",
    `segment ${number} ([0-9a-f]{64})`,
    `frames ${number} ${number}`,
    `holds ${number} ${number}`,
    `time ${timePattern} ${timePattern}`,
    `retired ${timePattern} (age|size)`,
    `chain ${base64}`,
    `tree ${base64}`,
    "$",
  ].join("\n"),
);
/** The last moment with a year of four digits. */
const LAST_MOMENT = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * A tombstone as a note that is signed as checkpoints are (C2SP signed-note). Its first line ends in `/retired`, so that it is never
 * taken for a checkpoint, nor a checkpoint for it.
 */
export function signTombstone(tombstone: Tombstone, privateKey: KeyObject): string {
  return signNote(textOf(tombstone), originOf(tombstone.journal), privateKey);
}

/** Reads a tombstone: only the one text that its values have. @param publicKey of the journal */
export function readTombstone(note: string, publicKey: KeyObject): TombstoneRead {
  const read = readNote(note, (text) => text.slice(0, text.indexOf("/retired\n")), publicKey);
  if (!read.ok) return read;
  const tombstone = parse(read.text);
  if (tombstone === null || textOf(tombstone) !== read.text)
    return { ok: false, problem: "it is not a tombstone of a segment" };
  return { ok: true, tombstone, vouched: read.vouched };
}

function textOf(tombstone: Tombstone): string {
  const { journal, tree, chain } = tombstone;
  return [
    `${originOf(journal)}/retired`,
    `segment ${tombstone.number} ${tombstone.hash}`,
    `frames ${tombstone.first} ${tree.size - 1}`,
    `holds ${tombstone.records} ${tombstone.bytes}`,
    `time ${iso(tombstone.from)} ${iso(tombstone.to)}`,
    `retired ${iso(tombstone.time)} ${tombstone.reason}`,
    `chain ${chain.toString("base64")}`,
    `tree ${Buffer.concat(tree.subtrees).toString("base64")}`,
    "",
  ].join("\n");
}

function parse(text: string): Tombstone | null {
  const [, journal = "", segment, hash = "", first, last, records, bytes, ...rest] = FORM.exec(text) ?? [];
  const [from = "", to = "", time = "", reason, chain = "", tree = ""] = rest;
  const subtrees = Buffer.from(tree, "base64");
  const size = Number(last) + 1;
  const isTree = subtrees.length === bitsOf(size) * HASH_BYTES && Number(first) < size;
  const end = Buffer.from(chain, "base64");
  const areMoments = [from, to, time].every((moment) => !Number.isNaN(Date.parse(moment)));
  if (segment === undefined || !isTree || end.length !== HASH_BYTES || !areMoments) return null;
  const hashes = Array.from({ length: bitsOf(size) }, (_, at) =>
    subtrees.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
  return {
    journal,
    number: Number(segment),
    hash,
    first: Number(first),
    tree: new MerkleFrontier(size, hashes),
    chain: end,
    records: Number(records),
    bytes: Number(bytes),
    from: Date.parse(from),
    to: Date.parse(to),
    time: Date.parse(time),
    reason: reason === "age" ? "age" : "size",
  };
}

/** A clock may say anything: what has no year of four digits is the moment next to it that has one. */
function iso(time: number): string {
  return new Date(Math.min(Math.max(0, time), LAST_MOMENT)).toISOString();
}
