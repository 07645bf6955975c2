import { Buffer } from "node:buffer";
import type { FramePlace } from "./block-body.ts";
import { compress, decompress } from "./compression.ts";
import { openBox, sealBox } from "./sealed-box.ts";

/** What an index says of one block. */
export interface IndexEntry {
  /** Where in the file its frame begins. */
  readonly offset: number;
  readonly bytes: number;
  readonly records: number;
  readonly minTime: number;
  readonly maxTime: number;
  /** Sorted. */
  readonly fingerprints: Uint32Array;
}

/** What the last frame of a sealed segment carries. */
export interface SegmentFoot {
  /** How many records the segment has. */
  readonly records: number;
  /** The checkpoint of everything before this frame, as text. */
  readonly checkpoint: string;
  /** Its index, sealed. */
  readonly box: Buffer;
}

const HEAD_BYTES = 12;
const TAIL_BYTES = 4;
const ENTRY_BYTES = 4 + 4 + 4 + 8 + 8 + 4;

/**
 * The body of the last frame: records (u64), length of the checkpoint (u32), checkpoint, box of the compressed index, and
 * the length of all that (u32), by which it is found from the end of a file.
 */
export function sealFoot(
  index: readonly IndexEntry[],
  checkpoint: string,
  { dataKey, ...place }: FramePlace & { readonly dataKey: Uint8Array },
): Buffer {
  const note = Buffer.from(checkpoint);
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeBigUInt64LE(BigInt(index.reduce((sum, { records }) => sum + records, 0)));
  head.writeUInt32LE(note.length, 8);
  const box = sealBox(dataKey, compress(encodeIndex(index)), context(place));
  const length = Buffer.alloc(TAIL_BYTES);
  length.writeUInt32LE(head.length + note.length + box.length + TAIL_BYTES);
  return Buffer.concat([head, note, box, length]);
}

/** Takes a foot apart; `null` where it is none. */
export function readFoot(body: Buffer): SegmentFoot | null {
  const tail = body.length - TAIL_BYTES;
  if (tail < HEAD_BYTES || body.readUInt32LE(tail) !== body.length) return null;
  const records = Number(body.readBigUInt64LE());
  const end = HEAD_BYTES + body.readUInt32LE(8);
  if (end > tail || !Number.isSafeInteger(records)) return null;
  return { records, checkpoint: body.toString("utf8", HEAD_BYTES, end), box: body.subarray(end, tail) };
}

/** The index in a foot; `null` where it was not sealed with this key for this place. */
export function openIndex({ box }: SegmentFoot, dataKey: Uint8Array, place: FramePlace): IndexEntry[] | null {
  const packed = openBox(dataKey, box, context(place));
  return packed === null ? null : decodeIndex(decompress(packed));
}

function encodeIndex(index: readonly IndexEntry[]): Buffer {
  return Buffer.concat(
    index.map((entry) => {
      const head = Buffer.alloc(ENTRY_BYTES);
      head.writeUInt32LE(entry.offset, 0);
      head.writeUInt32LE(entry.bytes, 4);
      head.writeUInt32LE(entry.records, 8);
      head.writeDoubleLE(entry.minTime, 12);
      head.writeDoubleLE(entry.maxTime, 20);
      head.writeUInt32LE(entry.fingerprints.length, 28);
      const { buffer, byteOffset, byteLength } = entry.fingerprints;
      return Buffer.concat([head, Buffer.from(buffer, byteOffset, byteLength)]);
    }),
  );
}

function decodeIndex(bytes: Buffer): IndexEntry[] {
  const index: IndexEntry[] = [];
  let at = 0;
  while (at < bytes.length) {
    const count = bytes.readUInt32LE(at + 28);
    const from = at + ENTRY_BYTES;
    index.push({
      offset: bytes.readUInt32LE(at),
      bytes: bytes.readUInt32LE(at + 4),
      records: bytes.readUInt32LE(at + 8),
      minTime: bytes.readDoubleLE(at + 12),
      maxTime: bytes.readDoubleLE(at + 20),
      fingerprints: new Uint32Array(Uint8Array.from(bytes.subarray(from, from + count * 4)).buffer),
    });
    at = from + count * 4;
  }
  return index;
}

/** Whether an index knows a fingerprint in a block. */
export function mentions({ fingerprints }: IndexEntry, print: number): boolean {
  let low = 0;
  let high = fingerprints.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((fingerprints[middle] ?? 0) < print) low = middle + 1;
    else high = middle;
  }
  return fingerprints[low] === print;
}

function context({ journal, frame }: FramePlace): Buffer {
  return Buffer.from(`sallyport journal index\n${journal}\n${frame}\n`);
}
