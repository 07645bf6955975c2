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
/** Less than this is not worth the call that compresses it. */
const COMPRESS_FROM_BYTES = 1024;

/**
 * Seals what one user said in one block under that user's key of the day: key id (8), length of the box (u32), box. In it: 0 or,
 * compressed, 1; then a count, position and length of each, and their bytes. Nobody else's bytes are compressed with them, so that
 * its length tells nothing of theirs.
 */
export function sealBundle(
  payloads: readonly Payload[],
  { id, key }: PayloadKey,
  place: BundlePlace,
): Buffer {
  const table = Buffer.alloc(4 + payloads.length * 8);
  table.writeUInt32LE(payloads.length);
  payloads.forEach(({ position, bytes }, at) => {
    table.writeUInt32LE(position, 4 + at * 8);
    table.writeUInt32LE(bytes.length, 8 + at * 8);
  });
  const plain = Buffer.concat([table, ...payloads.map(({ bytes }) => bytes)]);
  const packed = plain.length >= COMPRESS_FROM_BYTES;
  const content = Buffer.concat([Uint8Array.of(packed ? 1 : 0), packed ? compress(plain) : plain]);
  const box = sealBox(key, content, context(id, place));
  const head = Buffer.alloc(HEAD_BYTES);
  head.write(id, "hex");
  head.writeUInt32LE(box.length, ID_BYTES);
  return Buffer.concat([head, box]);
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
