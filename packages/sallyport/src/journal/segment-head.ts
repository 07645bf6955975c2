import { Buffer } from "node:buffer";
import { BOX_OVERHEAD, openBox, sealBox } from "./sealed-box.ts";
import { bitsOf, HASH_BYTES, MerkleFrontier } from "./merkle-frontier.ts";

/** What a segment says of itself in its first frame. */
export interface SegmentHead {
  /** Of the journal, 16 bytes in hex. */
  readonly journal: string;
  /** Of the segment, from 1, without a gap. */
  readonly number: number;
  /** When it was begun by the clock of its writer, milliseconds since 1970. */
  readonly time: number;
  /** SHA-256 of the whole segment before it, which is its name; zeros in the first. */
  readonly previous: Buffer;
  /** The chain before its first frame. */
  readonly chain: Buffer;
  /** The Merkle tree before its first frame: segments can be checked without those before them. */
  readonly tree: MerkleFrontier;
  /** Which of the journal's keys wraps its data key, 8 bytes in hex. */
  readonly keyId: string;
  /** The data key, wrapped. */
  readonly wrappedKey: Buffer;
}

const FORMAT = Buffer.from("sallyport journal 1\n");
const ID_BYTES = 16;
const KEY_ID_BYTES = 8;
const WRAPPED_BYTES = 32 + BOX_OVERHEAD;
const FIXED_BYTES = FORMAT.length + ID_BYTES + 8 + 8 + HASH_BYTES + HASH_BYTES + KEY_ID_BYTES + WRAPPED_BYTES;

/** The body of the first frame; the size of its tree is the frame's index. */
export function encodeSegmentHead(head: SegmentHead): Buffer {
  const numbers = Buffer.alloc(16);
  numbers.writeBigUInt64LE(BigInt(head.number), 0);
  numbers.writeBigUInt64LE(BigInt(head.time), 8);
  return Buffer.concat([
    FORMAT,
    Buffer.from(head.journal, "hex"),
    numbers,
    head.previous,
    head.chain,
    Buffer.from(head.keyId, "hex"),
    head.wrappedKey,
    ...head.tree.subtrees,
  ]);
}

/**
 * Reads the body of a first frame; `null` where it is none of this format.
 *
 * @param index of the frame, which is the size of the tree before it
 */
export function readSegmentHead(body: Buffer, index: number): SegmentHead | null {
  if (body.length !== FIXED_BYTES + bitsOf(index) * HASH_BYTES) return null;
  if (!body.subarray(0, FORMAT.length).equals(FORMAT)) return null;
  let at = FORMAT.length;
  const take = (bytes: number): Buffer => body.subarray(at, (at += bytes));
  const journal = take(ID_BYTES).toString("hex");
  const number = Number(take(8).readBigUInt64LE());
  const time = Number(take(8).readBigUInt64LE());
  const previous = take(HASH_BYTES);
  const chain = take(HASH_BYTES);
  const keyId = take(KEY_ID_BYTES).toString("hex");
  const wrappedKey = take(WRAPPED_BYTES);
  const subtrees: Buffer[] = [];
  while (at < body.length) subtrees.push(take(HASH_BYTES));
  if (!Number.isSafeInteger(number) || !Number.isSafeInteger(time)) return null;
  const tree = new MerkleFrontier(index, subtrees);
  return { journal, number, time, previous, chain, keyId, wrappedKey, tree };
}

/** Where a wrapped data key belongs: to this segment of this journal. */
function wrapContext(journal: string, number: number): Buffer {
  return Buffer.from(`sallyport journal data key\n${journal}\n${number}\n`);
}

/** Wraps the data key of a segment with one of the journal's keys. */
export function wrapDataKey(
  dataKey: Uint8Array,
  key: Uint8Array,
  { journal, number }: Pick<SegmentHead, "journal" | "number">,
): Buffer {
  return sealBox(key, dataKey, wrapContext(journal, number));
}

/** The data key of a segment; `null` where the key is not the one that wrapped it. */
export function unwrapDataKey({ journal, number, wrappedKey }: SegmentHead, key: Uint8Array): Buffer | null {
  return openBox(key, wrappedKey, wrapContext(journal, number));
}
