import { Buffer } from "node:buffer";
import { compress, decompress } from "./compression.ts";
import { BOX_OVERHEAD, openBox, sealBox } from "./sealed-box.ts";

/** A key that seals what one user said on one day. */
export interface PayloadKey {
  /** 8 bytes in hex. */
  readonly id: string;
  readonly key: Uint8Array;
}

/** The content of one message of a block. */
export interface Payload {
  /** Of its record in the block. */
  readonly position: number;
  readonly bytes: Uint8Array;
}

/** What a bundle is sealed from. */
export interface BundleContents {
  readonly count: number;
  /** Of each payload the position of its record and its length, u32 both. */
  readonly table: Uint8Array;
  /** One behind the other. */
  readonly contents: Uint8Array;
}

/** Payloads of one user, sealed. */
export interface SealedBundle {
  readonly keyId: string;
  readonly box: Buffer;
}

/** Where a bundle stands. */
export interface BundlePlace {
  readonly journal: string;
  /** The index of its frame. */
  readonly frame: number;
}

const ID_BYTES = 8;
const HEAD_BYTES = ID_BYTES + 4;
/** A call that compresses takes 45 µs, and memory, whatever it is given: of less than this more than all else that is done with it. */
const COMPRESS_FROM_BYTES = 16_384;

/**
 * Seals what one user said in one block under that user's key of the day: key id (8), length of the box (u32), box. In it: 0 or,
 * compressed, 1; then a count, position and length of each, and their bytes. Nobody else's bytes are compressed with them, so that
 * its length tells nothing of theirs.
 */
export function sealBundle(payloads: BundleContents, { id, key }: PayloadKey, place: BundlePlace): Buffer {
  const plain = plainOf(payloads);
  const packed = plain.length > COMPRESS_FROM_BYTES;
  if (packed) plain[0] = 1;
  const content = packed ? Buffer.concat([plain.subarray(0, 1), compress(plain.subarray(1))]) : plain;
  const box = sealBox(key, content, context(id, place));
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(id, "hex");
  head.writeUInt32LE(box.length, ID_BYTES);
  return Buffer.concat([head, box]);
}

/** What a bundle says, not compressed, in one piece: a byte that says so, the table, the contents. */
function plainOf({ count, table, contents }: BundleContents): Buffer {
  const plain = Buffer.allocUnsafe(5 + table.length + contents.length);
  plain[0] = 0;
  plain.writeUInt32LE(count, 1);
  plain.set(table, 5);
  plain.set(contents, 5 + table.length);
  return plain;
}

/** Whether bytes are bundles, one behind the other: who only verifies a journal does not need them one by one. */
export function areBundles(bytes: Buffer): boolean {
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < HEAD_BYTES + BOX_OVERHEAD) return false;
    at += HEAD_BYTES + bytes.readUInt32LE(at + ID_BYTES);
  }
  return at === bytes.length;
}

/** The bundles of a block; none where its bytes are not bundles. */
export function readBundles(bytes: Buffer): SealedBundle[] {
  const bundles: SealedBundle[] = [];
  if (!areBundles(bytes)) return bundles;
  for (let at = 0; at < bytes.length;) {
    const end = at + HEAD_BYTES + bytes.readUInt32LE(at + ID_BYTES);
    bundles.push({
      keyId: bytes.toString("hex", at, at + ID_BYTES),
      box: bytes.subarray(at + HEAD_BYTES, end),
    });
    at = end;
  }
  return bundles;
}

/** Where a bundle stands, and what is looked for in it. */
export interface BundleSearch extends BundlePlace {
  /** A bundle in which these bytes do not stand is empty: they are looked for in all of it at once. */
  readonly needle?: Buffer | null;
}

/** What is in a bundle; `null` where the key does not open it there. */
export function openBundle(
  { keyId, box }: SealedBundle,
  key: Uint8Array,
  { needle, ...place }: BundleSearch,
): Payload[] | null {
  const content = openBox(key, box, context(keyId, place));
  if (content === null) return null;
  const plain = content[0] === 1 ? decompress(content.subarray(1)) : content.subarray(1);
  if (needle !== null && needle !== undefined && !plain.includes(needle)) return [];
  const count = plain.readUInt32LE();
  const payloads: Payload[] = [];
  let at = 4 + count * 8;
  for (let entry = 4; entry < 4 + count * 8; entry += 8) {
    const end = at + plain.readUInt32LE(entry + 4);
    payloads.push({ position: plain.readUInt32LE(entry), bytes: plain.subarray(at, end) });
    at = end;
  }
  return payloads;
}

function context(id: string, { journal, frame }: BundlePlace): Buffer {
  return Buffer.from(`sallyport journal payloads\n${journal}\n${id}\n${frame}\n`);
}
