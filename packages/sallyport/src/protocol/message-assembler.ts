import type { ErrorCode } from "../errors.ts";
import { opcode as opcodes } from "./opcode.ts";
import { Utf8Validator } from "./utf8.ts";

/** Limits of one lane's messages. Each bounds one dimension that a peer can grow (RFC 6455 10.4). */
export interface MessageLimits {
  /** Payload bytes of a message, over all its fragments, as it came and as it inflates. The limit itself still passes. */
  readonly maxBytes: number;
  /** Bytes that each byte of a compressed message may inflate to, above {@link SMALL_INFLATED_BYTES}. */
  readonly maxRatio: number;
  /** Fragments of a message: at most this many, plus one for each 32 payload bytes announced so far. */
  readonly maxFragments: number;
  /** Which data messages pass. */
  readonly opcodes: "any" | "text" | "binary";
  /** Milliseconds from the first byte of a frame to its last, and to the next byte of an unfinished message. */
  readonly finishWithinMs: number;
  /** Frames of a message go on as they come, vetted one by one. Only where no guard reads content. */
  readonly stream: boolean;
}

/**
 * Payload bytes that pay for one more fragment. A fragment costs at most 14 header bytes, so a message held back takes at
 * most `maxBytes * (1 + 14/32) + 14 * maxFragments` bytes, whatever its pieces; where a guard reads content, its unmasked
 * payload takes `maxBytes` more, and so does what a compressed one inflates to. The buffers double as they fill, so up to twice that is allocated.
 */
export const BYTES_PER_FRAGMENT = 32;

/**
 * What a compressed message may inflate to whatever its ratio: a short one that repeats the one before it shrinks by hundreds,
 * and so few bytes are no bomb.
 */
export const SMALL_INFLATED_BYTES = 0x1_0000;

/**
 * Follows data frames into messages (RFC 6455 5.4): the order of fragments, the limits, UTF-8 of text. Holds no payload:
 * the caller keeps what it must. Control frames are not its business and may stand between fragments.
 */
export class MessageAssembler {
  /** Opcode of the message in progress, 0 when there is none. */
  opcode = 0;
  /** Payload bytes announced so far by the frames of the message in progress. */
  bytes = 0;
  #fragments = 0;
  #limits: MessageLimits;
  readonly #utf8 = new Utf8Validator();

  constructor(limits: MessageLimits) {
    this.#limits = limits;
  }

  /** Puts other limits in force. Only between two messages. */
  limit(limits: MessageLimits): void {
    this.#limits = limits;
  }

  /** Whether a message was begun and not finished. */
  get midMessage(): boolean {
    return this.opcode !== 0;
  }

  /** A data frame's header arrived: checks order and limits before any payload is waited for. */
  begin(opcode: number, length: number): ErrorCode | null {
    if (opcode === opcodes.continuation) {
      if (this.opcode === 0) return "protocol.unexpected-continuation";
    } else {
      if (this.opcode !== 0) return "protocol.unfinished-message";
      if (this.#limits.opcodes !== "any" && opcode !== opcodes[this.#limits.opcodes])
        return "messageSize.opcode";
      this.opcode = opcode;
      this.bytes = 0;
      this.#fragments = 0;
    }
    this.bytes += length;
    this.#fragments++;
    if (this.bytes > this.#limits.maxBytes) return "messageSize.bytes";
    if (this.#fragments > this.#limits.maxFragments + this.bytes / BYTES_PER_FRAGMENT)
      return "messageSize.fragments";
    return null;
  }

  /** A piece of unmasked payload arrived. Only needed for text; fails at the first byte that cannot be UTF-8. */
  text(piece: Uint8Array): ErrorCode | null {
    return this.#utf8.push(piece) ? null : "protocol.invalid-utf8";
  }

  /** The final frame of the message is whole. */
  finish(): ErrorCode | null {
    const complete = this.opcode !== opcodes.text || this.#utf8.finish();
    this.opcode = 0;
    return complete ? null : "protocol.invalid-utf8";
  }
}
