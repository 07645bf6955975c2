import type { ErrorCode } from "../errors.ts";
import { isControl, opcode as opcodes } from "./opcode.ts";

/**
 * What `next` found.
 * `header`: a frame begins, its fields can be read. `payload`: a piece of its payload, possibly empty, the last one when
 * `payloadDone`. `more`: the chunk is used up. `violation`: see `violation`; the parser takes nothing more.
 */
export type FrameToken = "more" | "header" | "payload" | "violation";

/** The longest frame header: 2 bytes, 8 of length, 4 of masking key (RFC 6455 5.2). */
export const MAX_HEADER_BYTES = 14;

/** The longest payload of a control frame (RFC 6455 5.5). */
export const MAX_CONTROL_BYTES = 125;

/**
 * Splits bytes into frames (RFC 6455 5.2), sans-I/O: `feed` a chunk, then call `next` until it says `more`.
 * Copies nothing but a header that is split over chunks. Allocates nothing. Knows single frames only: what a sequence of
 * frames means is the assembler's.
 */
export class FrameParser {
  fin = false;
  opcode = 0;
  /** Whether the frame begins a compressed message (RFC 7692 6): never, where compression was not negotiated. */
  compressed = false;
  /** Payload length as announced. Above 2^53 it loses precision, and is above every limit anyway. */
  length = 0;
  /** The masking key of the frame; empty where frames are not masked. */
  readonly maskKey: Uint8Array;
  /** The piece of payload, as indices into the chunk. */
  payloadStart = 0;
  payloadEnd = 0;
  /** Position of `payloadStart` within the frame's payload. */
  payloadOffset = 0;
  payloadDone = false;
  /** Index into the chunk at which the frame began; -1 when it began in an earlier chunk. */
  frameStart = 0;
  /** Index into the chunk up to which everything was read. */
  position = 0;
  violation: ErrorCode | null = null;

  readonly #masked: boolean;
  readonly #deflate: boolean;
  /** The header that is split over chunks: most peers never send one. */
  #split: Uint8Array = EMPTY;
  #splitSize = 0;
  #headerSize = 0;
  #chunk: Uint8Array = EMPTY;
  #inPayload = false;

  /**
   * @param masked whether frames must be masked: true for what a client sends, false for what a server sends
   * @param deflate whether permessage-deflate was negotiated, so that messages may be compressed
   */
  constructor(masked: boolean, deflate = false) {
    this.#masked = masked;
    this.#deflate = deflate;
    this.maskKey = masked ? new Uint8Array(4) : EMPTY;
  }

  /** Whether a frame was begun that is not whole yet. */
  get midFrame(): boolean {
    return this.#inPayload || this.#splitSize > 0;
  }

  /** Whether a frame's header was read and its payload is not whole yet. */
  get midPayload(): boolean {
    return this.#inPayload;
  }

  /** The raw bytes of the current frame's header. Valid when `next` has just said `header`. */
  get header(): Uint8Array {
    return this.frameStart < 0
      ? this.#split.subarray(0, this.#headerSize)
      : this.#chunk.subarray(this.frameStart, this.frameStart + this.#headerSize);
  }

  /** Takes the next chunk. The one before must be used up. The bytes must not change until `next` says `more`. */
  feed(chunk: Uint8Array): void {
    this.#chunk = chunk;
    this.position = 0;
    this.frameStart = -1;
  }

  /** Lets go of the chunk, so that it can be collected. */
  release(): void {
    this.#chunk = EMPTY;
  }

  /** Reads up to the next token. */
  next(): FrameToken {
    if (this.violation !== null) return "violation";
    return this.#inPayload ? this.#nextPayload() : this.#nextHeader();
  }

  #nextPayload(): FrameToken {
    const available = this.#chunk.length - this.position;
    const missing = this.length - this.payloadOffset - (this.payloadEnd - this.payloadStart);
    if (available === 0 && missing > 0) return "more";
    this.payloadOffset += this.payloadEnd - this.payloadStart;
    const taken = Math.min(available, missing);
    this.payloadStart = this.position;
    this.payloadEnd = this.position + taken;
    this.position = this.payloadEnd;
    this.payloadDone = taken === missing;
    this.#inPayload = !this.payloadDone;
    return "payload";
  }

  #nextHeader(): FrameToken {
    const chunk = this.#chunk;
    if (this.#splitSize === 0) {
      this.frameStart = this.position;
      const size = this.#parseHeader(chunk, this.position, chunk.length - this.position);
      if (size > 0) {
        this.position += size;
        return this.#begin(size);
      }
      if (this.violation !== null) return "violation";
    }
    this.frameStart = -1;
    if (this.#split === EMPTY && this.position < chunk.length) this.#split = new Uint8Array(MAX_HEADER_BYTES);
    while (this.position < chunk.length) {
      this.#split[this.#splitSize++] = chunk[this.position++]!;
      const size = this.#parseHeader(this.#split, 0, this.#splitSize);
      if (size > 0) {
        this.#splitSize = 0;
        return this.#begin(size);
      }
      if (this.violation !== null) return "violation";
    }
    return "more";
  }

  #begin(size: number): FrameToken {
    this.#headerSize = size;
    this.payloadStart = this.position;
    this.payloadEnd = this.position;
    this.payloadOffset = 0;
    this.payloadDone = false;
    this.#inPayload = true;
    return "header";
  }

  /** Returns the header's size, or 0 when more bytes are needed or it is a violation. Fails as early as the bytes allow. */
  #parseHeader(bytes: Uint8Array, at: number, available: number): number {
    if (available < 1) return 0;
    const first = bytes[at]!;
    const opcode = first & 0x0f;
    const reserved = first & 0x70;
    if (reserved !== 0 && !this.#mayCompress(reserved, opcode)) return this.#fail("protocol.reserved-bit");
    if ((opcode > 2 && opcode < 8) || opcode > 10) return this.#fail("protocol.reserved-opcode");
    const fin = (first & 0x80) !== 0;
    const control = isControl(opcode);
    if (control && !fin) return this.#fail("protocol.control-fragmented");
    if (available < 2) return 0;
    const second = bytes[at + 1]!;
    if (((second & 0x80) !== 0) !== this.#masked) {
      return this.#fail(this.#masked ? "protocol.unmasked-frame" : "protocol.masked-frame");
    }
    const short = second & 0x7f;
    if (control && short > MAX_CONTROL_BYTES) return this.#fail("protocol.control-too-long");
    if (short === 127 && available > 2 && bytes[at + 2]! >= 0x80) {
      return this.#fail("protocol.length-overflow");
    }
    const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
    if (available < 2 + lengthBytes) return 0;
    let length = short;
    if (lengthBytes > 0) {
      length =
        lengthBytes === 2
          ? uint16(bytes, at + 2)
          : uint32(bytes, at + 2) * 0x1_0000_0000 + uint32(bytes, at + 6);
      if (length < (lengthBytes === 2 ? 126 : 0x1_0000)) return this.#fail("protocol.length-not-minimal");
    }
    const size = 2 + lengthBytes + (this.#masked ? 4 : 0);
    if (available < size) return 0;
    if (this.#masked) {
      const key = at + size - 4;
      for (let index = 0; index < 4; index++) this.maskKey[index] = bytes[key + index]!;
    }
    this.fin = fin;
    this.opcode = opcode;
    this.compressed = reserved !== 0;
    this.length = length;
    return size;
  }

  /** RFC 7692 6: RSV1 alone, on the first frame of a data message. */
  #mayCompress(reserved: number, opcode: number): boolean {
    return this.#deflate && reserved === RSV1 && (opcode === opcodes.text || opcode === opcodes.binary);
  }

  #fail(code: ErrorCode): 0 {
    this.violation = code;
    return 0;
  }
}

const EMPTY = new Uint8Array(0);
/** The bit that says a message is compressed (RFC 7692 6). */
const RSV1 = 0x40;

function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

function uint32(bytes: Uint8Array, at: number): number {
  return uint16(bytes, at) * 0x1_0000 + uint16(bytes, at + 2);
}
