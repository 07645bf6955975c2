import { Buffer } from "node:buffer";
import { Block } from "./block.ts";
import type { BuiltBlock } from "./block-builder.ts";
import { compress, decompress } from "./compression.ts";
import { areBundles, readBundles, type SealedBundle } from "./payload-bundle.ts";
import { openBox, sealBox } from "./sealed-box.ts";

/** What a block's frame carries, still sealed. */
export interface BlockBody {
  /** How many records it says it has. */
  readonly records: number;
  readonly box: Buffer;
  readonly bundles: readonly SealedBundle[];
}

/** Which frame of which journal. */
export interface FramePlace {
  readonly journal: string;
  readonly frame: number;
}

const HEAD_BYTES = 8;

/** The body of a block's frame: number of records (u32), length of the box (u32), box of the compressed block, bundles. */
export function sealBlock(
  { plain, records }: Pick<BuiltBlock, "plain" | "records">,
  bundles: readonly Uint8Array[],
  { dataKey, ...place }: FramePlace & { readonly dataKey: Uint8Array },
): Buffer {
  const box = sealBox(dataKey, compress(plain), context(place));
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32LE(records, 0);
  head.writeUInt32LE(box.length, 4);
  return Buffer.concat([head, box, ...bundles]);
}

/** Takes a block's body apart; `null` where it is none. */
export function readBlockBody(body: Buffer): BlockBody | null {
  if (body.length < HEAD_BYTES) return null;
  const end = HEAD_BYTES + body.readUInt32LE(4);
  if (end > body.length) return null;
  const rest = body.subarray(end);
  if (!areBundles(rest)) return null;
  return {
    records: body.readUInt32LE(0),
    box: body.subarray(HEAD_BYTES, end),
    // One by one only for who asks for them.
    get bundles() {
      return readBundles(rest);
    },
  };
}

/** Whether a block was sealed with this key for this place: what is in it is not looked at. */
export function isSealedBlock({ box }: BlockBody, dataKey: Uint8Array, place: FramePlace): boolean {
  return openBox(dataKey, box, context(place)) !== null;
}

/** The records of a block; `null` where it was not sealed with this key for this place, or does not hold what it says. */
export function openBlock({ box, records }: BlockBody, dataKey: Uint8Array, place: FramePlace): Block | null {
  const packed = openBox(dataKey, box, context(place));
  if (packed === null) return null;
  const block = new Block(decompress(packed));
  return block.records === records ? block : null;
}

function context({ journal, frame }: FramePlace): Buffer {
  return Buffer.from(`sallyport journal block\n${journal}\n${frame}\n`);
}
