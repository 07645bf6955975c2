import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { HASH_BYTES, leafHash } from "./merkle-frontier.ts";

/** What a segment is made of: one head, blocks of records, and one foot when it is sealed. */
export type FrameKind = "head" | "block" | "foot";

/** One frame as it stands in a segment. */
export interface Frame {
  readonly kind: FrameKind;
  /** Its number in the whole journal, from 0: its leaf in the Merkle tree. */
  readonly index: number;
  /** Where in the file it begins and ends. */
  readonly offset: number;
  readonly end: number;
  readonly body: Buffer;
  /** Its leaf hash, over all of it but the chain. */
  readonly leaf: Buffer;
  /** The chain after it, as it stands there. */
  readonly chain: Buffer;
}

/** What stands at a place in a file. `unfinished`: the file ends before the frame does. */
export type FrameRead =
  | { readonly ok: true; readonly frame: Frame }
  | { readonly ok: false; readonly unfinished: boolean; readonly problem: string };

/** A new frame. */
export interface NewFrame {
  readonly bytes: Buffer;
  readonly leaf: Buffer;
  readonly chain: Buffer;
}

/** Kind, length, index, and a CRC of these. */
export const FRAME_HEAD_BYTES = 20;
/** Bytes of a frame beside its body. */
export const FRAME_OVERHEAD: number = FRAME_HEAD_BYTES + HASH_BYTES;
/** The largest body: no writer makes a larger one, and no reader believes one. */
export const MAX_BODY_BYTES: number = 64 * 1024 * 1024;
/** The chain before the first frame of a journal. */
export const FIRST_CHAIN: Buffer = Buffer.alloc(HASH_BYTES);

const CRC_AT = 16;
const CHAIN = Uint8Array.of(0x02);
const magics: Readonly<Record<FrameKind, string>> = { head: "SPJH", block: "SPJB", foot: "SPJF" };
const kinds: ReadonlyMap<string, FrameKind> = new Map<string, FrameKind>([
  ["SPJH", "head"],
  ["SPJB", "block"],
  ["SPJF", "foot"],
]);

/** The chain after a frame: SHA-256 of 0x02, the chain before it and its leaf hash. */
export function chainAfter(before: Uint8Array, leaf: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([CHAIN, before, leaf]), "buffer");
}

/**
 * The first 20 bytes of a frame: kind (4), length of the body (u32), index (u64), CRC-32 of these 16 bytes (u32), little endian. By
 * the CRC a damaged length is told from a frame that was not written to its end.
 */
export function frameHead(kind: FrameKind, index: number, bodyBytes: number): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.write(magics[kind], "latin1");
  head.writeUInt32LE(bodyBytes, 4);
  head.writeBigUInt64LE(BigInt(index), 8);
  head.writeUInt32LE(crc32(head.subarray(0, CRC_AT)), CRC_AT);
  return head;
}

/** Makes a frame of a body. */
export function makeFrame(
  { kind, index }: Pick<Frame, "kind" | "index">,
  body: Uint8Array,
  chainBefore: Uint8Array,
): NewFrame {
  const content = Buffer.concat([frameHead(kind, index, body.length), body]);
  const leaf = leafHash(content);
  const chain = chainAfter(chainBefore, leaf);
  return { bytes: Buffer.concat([content, chain]), leaf, chain };
}

/** Reads the frame that begins at `offset`. Its chain is told, not checked. */
export function readFrame(file: Buffer, offset: number): FrameRead {
  const left = file.length - offset;
  if (left < FRAME_HEAD_BYTES) return unfinished(`${left} bytes of a frame`);
  const kind = kinds.get(file.toString("latin1", offset, offset + 4));
  const crc = crc32(file.subarray(offset, offset + CRC_AT));
  if (kind === undefined || crc !== file.readUInt32LE(offset + CRC_AT))
    return { ok: false, unfinished: false, problem: "no frame begins here" };
  const length = file.readUInt32LE(offset + 4);
  const index = Number(file.readBigUInt64LE(offset + 8));
  if (length > MAX_BODY_BYTES || !Number.isSafeInteger(index))
    return { ok: false, unfinished: false, problem: "a frame with an impossible length or index" };
  const end = offset + FRAME_OVERHEAD + length;
  if (end > file.length) return unfinished(`${left} of ${end - offset} bytes of a frame`);
  const chainAt = end - HASH_BYTES;
  return {
    ok: true,
    frame: {
      kind,
      index,
      offset,
      end,
      body: file.subarray(offset + FRAME_HEAD_BYTES, chainAt),
      leaf: leafHash(file.subarray(offset, chainAt)),
      chain: file.subarray(chainAt, end),
    },
  };
}

function unfinished(problem: string): FrameRead {
  return { ok: false, unfinished: true, problem };
}
