import { randomBytes } from "node:crypto";

/** Opcodes by name (RFC 6455 5.2). */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame as a check wants it on the wire: right where nothing else is said, and wrong in whatever way it says. */
export interface FrameShape {
  /** A name, or any number of four bits. */
  readonly opcode: keyof typeof opcodes | number;
  /** Default: empty. A string is sent as UTF-8. */
  readonly payload?: string | Uint8Array;
  /** Default: true. */
  readonly fin?: boolean;
  /** The three reserved bits as a number, 4 for RSV1. Default: 0. */
  readonly reserved?: number;
  /** The masking key; null sends the payload as it is, without a key. Default: four random bytes. */
  readonly mask?: Uint8Array | null;
  /** The length that the header says, where that is not the payload's own. */
  readonly announced?: number | bigint;
  /** Bytes of extended length: 0, 2 or 8. Default: the fewest that the length needs. */
  readonly lengthBytes?: 0 | 2 | 8;
}

/** The bytes of a frame (RFC 6455 5.2). Refuses nothing: whether they follow the standard is up to the check. */
export function frame(shape: FrameShape): Buffer {
  const payload = payloadOf(shape);
  const length = BigInt(shape.announced ?? payload.length);
  const mask = shape.mask === undefined ? randomBytes(4) : shape.mask;
  const head = headOf(shape, length, mask !== null);
  return mask === null
    ? Buffer.concat([head, payload])
    : Buffer.concat([head, mask, payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0))]);
}

/** The frame in words, for evidence. */
export function describeFrame(shape: FrameShape): string {
  const { opcode, fin = true, reserved = 0, mask, announced } = shape;
  const payload = payloadOf(shape);
  const oddities = [
    fin ? "" : "FIN 0",
    reserved === 0 ? "" : `RSV ${reserved.toString(2).padStart(3, "0")}`,
    mask === null ? "no mask" : "",
    announced === undefined ? "" : `says ${announced} bytes, sends ${payload.length}`,
    shape.lengthBytes === undefined ? "" : `length in ${shape.lengthBytes} bytes`,
  ].filter((oddity) => oddity !== "");
  const name = typeof opcode === "number" ? `opcode 0x${opcode.toString(16)}` : opcode;
  return `${[name, ...oddities].join(", ")}${payload.length === 0 ? "" : `: ${payload.toString("utf8")}`}`;
}

function payloadOf({ payload = "" }: FrameShape): Buffer {
  return typeof payload === "string" ? Buffer.from(payload) : Buffer.from(payload);
}

function headOf(shape: FrameShape, length: bigint, isMasked: boolean): Buffer {
  const { fin = true, reserved = 0, opcode } = shape;
  const size = shape.lengthBytes ?? (length < 126n ? 0 : length < 65_536n ? 2 : 8);
  const head = Buffer.alloc(2 + size);
  head[0] =
    (fin ? 0x80 : 0) | ((reserved & 7) << 4) | (typeof opcode === "number" ? opcode & 15 : opcodes[opcode]);
  head[1] = (isMasked ? 0x80 : 0) | (size === 0 ? Number(length) & 0x7f : size === 2 ? 126 : 127);
  if (size === 2) head.writeUInt16BE(Number(length & 0xffffn), 2);
  if (size === 8) head.writeBigUInt64BE(BigInt.asUintN(64, length), 2);
  return head;
}
