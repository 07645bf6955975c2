import type { Buffer } from "node:buffer";

/** The most that a frame towards a client has before its payload (RFC 6455 5.2). */
export const MAX_OWN_HEADER_BYTES = 10;

/** Bytes before the payload of a frame towards a client, by the payload's size (RFC 6455 5.2: the shortest form). */
export function ownHeaderBytes(size: number): number {
  return size < 126 ? 2 : size < 0x1_0000 ? 4 : MAX_OWN_HEADER_BYTES;
}

/** What {@link writeFrame} may need at most for this payload: a UTF-16 unit is at most three bytes of UTF-8. */
export function frameBound(data: string | Uint8Array): number {
  return MAX_OWN_HEADER_BYTES + (typeof data === "string" ? data.length * 3 : data.length);
}

/** A frame to write. */
export interface OwnFrame {
  readonly opcode: number;
  /** Text is written as UTF-8; a lone surrogate becomes U+FFFD, as everywhere in the platform. */
  readonly data: string | Uint8Array;
  readonly fin: boolean;
}

/**
 * Encodes a whole frame towards a client, which has no mask (RFC 6455 5.1), where there is room for `frameBound` bytes. Text goes
 * there straight, without memory of its own. Returns where the frame ends; its payload begins `ownHeaderBytes` after `at`.
 */
export function writeFrame(target: Buffer, at: number, { opcode, data, fin }: OwnFrame): number {
  let size: number;
  let header: number;
  if (typeof data === "string") {
    header = ownHeaderBytes(data.length);
    size = target.write(data, at + header, "utf8");
    const needed = ownHeaderBytes(size);
    if (needed !== header) target.copyWithin(at + needed, at + header, at + header + size);
    header = needed;
  } else {
    size = data.length;
    header = ownHeaderBytes(size);
    target.set(data, at + header);
  }
  target[at] = (fin ? 0x80 : 0) | opcode;
  if (header === 2) {
    target[at + 1] = size;
  } else if (header === 4) {
    target[at + 1] = 126;
    target[at + 2] = size >> 8;
    target[at + 3] = size & 0xff;
  } else {
    target[at + 1] = 127;
    target.writeUInt32BE(Math.floor(size / 0x1_0000_0000), at + 2);
    target.writeUInt32BE(size >>> 0, at + 6);
  }
  return at + header + size;
}
