/** A frame that came, whatever is wrong with it. */
export interface ReceivedFrame {
  readonly fin: boolean;
  /** The three reserved bits; 4 is RSV1, which a compressed message has. */
  readonly reserved: number;
  readonly opcode: number;
  /** A server must not mask (RFC 6455 5.1). */
  readonly masked: boolean;
  /** Bytes of payload as the header says. */
  readonly length: number;
  /** The masking key; absent where the frame has none. */
  readonly key?: Buffer;
  /** The payload, or its first `KEPT_BYTES`. */
  readonly payload: Buffer;
}

/** Bytes of a payload that are kept: enough to know what it says. */
export const KEPT_BYTES = 16_384;

/**
 * Splits what a peer sends into frames (RFC 6455 5.2) and accepts what the standard forbids, since the reader's business is to see it.
 * Holds one header and `KEPT_BYTES` of one payload at most.
 */
export class FrameReader {
  #pending = Buffer.alloc(0);
  #frame: { head: Omit<ReceivedFrame, "payload">; mask: Buffer; kept: Buffer[]; seen: number } | null = null;

  /** Whether a frame was begun that is not whole yet. */
  get isMidFrame(): boolean {
    return this.#frame !== null || this.#pending.length > 0;
  }

  /** Takes what came; answers the frames that are whole now. */
  feed(chunk: Buffer): readonly ReceivedFrame[] {
    const frames: ReceivedFrame[] = [];
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = Buffer.alloc(0);
    for (;;) {
      if (this.#frame === null) {
        const size = this.#begin(rest);
        if (size === 0) {
          this.#pending = Buffer.from(rest);
          return frames;
        }
        rest = rest.subarray(size);
      }
      const { taken, whole } = this.#take(rest);
      rest = rest.subarray(taken);
      if (whole === null) return frames;
      frames.push(whole);
    }
  }

  /** Reads a header; answers its bytes, or 0 where it is not whole. */
  #begin(bytes: Buffer): number {
    const [first = 0, second = 0] = bytes;
    const short = second & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    const masked = (second & 0x80) !== 0;
    const size = 2 + extended + (masked ? 4 : 0);
    if (bytes.length < size) return 0;
    const length =
      extended === 0 ? short : extended === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    this.#frame = {
      head: { fin: (first & 0x80) !== 0, reserved: (first >> 4) & 7, opcode: first & 15, masked, length },
      mask: Buffer.from(bytes.subarray(2 + extended, size)),
      kept: [],
      seen: 0,
    };
    return size;
  }

  #take(bytes: Buffer): { readonly taken: number; readonly whole: ReceivedFrame | null } {
    const frame = this.#frame;
    if (frame === null) return { taken: 0, whole: null };
    const taken = Math.min(bytes.length, frame.head.length - frame.seen);
    const room = Math.max(0, KEPT_BYTES - frame.seen);
    if (room > 0 && taken > 0) frame.kept.push(Buffer.from(bytes.subarray(0, Math.min(taken, room))));
    frame.seen += taken;
    if (frame.seen < frame.head.length) return { taken, whole: null };
    const payload = Buffer.concat(frame.kept);
    if (frame.head.masked) payload.forEach((byte, at) => (payload[at] = byte ^ (frame.mask[at % 4] ?? 0)));
    this.#frame = null;
    return { taken, whole: { ...frame.head, ...(frame.head.masked ? { key: frame.mask } : {}), payload } };
  }
}
