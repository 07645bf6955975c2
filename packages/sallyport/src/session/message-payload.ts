import type { ErrorCode } from "../errors.ts";
import { isAscii, SHORT_BYTES } from "../protocol/ascii.ts";
import type { FrameParser } from "../protocol/frame-parser.ts";
import type { InflateTurns } from "../protocol/inflate-turns.ts";
import type { Inflater } from "../protocol/inflater.ts";
import { applyMask } from "../protocol/mask.ts";
import {
  SMALL_INFLATED_BYTES,
  type MessageAssembler,
  type MessageLimits,
} from "../protocol/message-assembler.ts";
import { isControl, opcode as opcodes } from "../protocol/opcode.ts";
import { HeldBytes } from "./held-bytes.ts";
import { scratchFor } from "./scratch.ts";

/** What is wrong with a payload. */
export interface PayloadFault {
  readonly code: ErrorCode;
  /** For the operator alone; absent where the code says it all. */
  readonly detail?: string;
}

/** What the payloads of a lane are read with. */
export interface MessagePayloadOptions {
  /** Whether frames are masked. */
  readonly masked: boolean;
  /** Whether anybody reads payloads. */
  readonly read: boolean;
  /** Whether they are read piece by piece, as they come, and not kept until they are whole. Default: `false`. */
  readonly inPieces?: boolean;
  readonly limits: MessageLimits;
  /** What inflates compressed messages; absent: none is compressed. */
  readonly inflater: Inflater | undefined;
}

/**
 * The payload of the message in progress, as whoever looks at it wants it: without its mask, in one, inflated. Of a message
 * that is whole in its chunk, and of one that nobody looks at, nothing is kept here.
 */
export class MessagePayload {
  /** Whether the message in progress is compressed. */
  compressed = false;
  /** Whether its content is recorded. */
  recorded = false;
  /** Whether any may be. */
  readonly inflates: boolean;

  readonly #masked: boolean;
  #read: boolean;
  #inPieces: boolean;
  #limits: MessageLimits;
  readonly #inflater: Inflater | undefined;
  readonly #held = new HeldBytes();
  /** What the message inflated to, for as long as it is vetted. */
  #inflated: Uint8Array = EMPTY;

  constructor(options: MessagePayloadOptions) {
    this.#masked = options.masked;
    this.#read = options.read;
    this.#inPieces = options.inPieces ?? false;
    this.#limits = options.limits;
    this.#inflater = options.inflater;
    this.inflates = options.inflater !== undefined;
  }

  /** Puts other limits in force, and guards that read payloads or not. Only between two messages. */
  change({ read, inPieces = false, limits }: Omit<MessagePayloadOptions, "masked" | "inflater">): void {
    this.#read = read;
    this.#inPieces = inPieces;
    this.#limits = limits;
  }

  /** Whether later messages may refer to the one in progress, so that it cannot be left out. */
  get referredTo(): boolean {
    return this.compressed && this.#inflater?.takeover === true;
  }

  /** What inflating shares its time with; `null`: there is no such thing. */
  get turns(): InflateTurns | null {
    return this.#inflater?.turns ?? null;
  }

  /** Whether somebody looks at the message: a guard, the application, the record, or what inflates it. */
  get asOne(): boolean {
    return this.#read || this.recorded || this.compressed;
  }

  /** Bytes kept here. */
  get size(): number {
    return this.#held.size + this.#inflated.length;
  }

  /** Whether nobody reads the whole message in this chunk: no guard, and UTF-8 neither, since it is short ASCII or no text. */
  needsNoLook(
    { opcode, length, payloadStart, payloadEnd, maskKey }: FrameParser,
    chunk: Uint8Array,
  ): boolean {
    if (this.asOne || isControl(opcode)) return false;
    if (opcode !== opcodes.text) return true;
    return length <= SHORT_BYTES && isAscii(chunk, payloadStart, payloadEnd, this.#masked ? maskKey : null);
  }

  /**
   * A piece without its mask, for one who looks at it; kept where the message is looked at as one, and not whole in this chunk.
   */
  take(piece: Uint8Array, { maskKey, payloadOffset }: FrameParser, whole: boolean): Uint8Array {
    if (piece.length === 0) return EMPTY;
    const keep = this.asOne && !whole && !this.#inPieces;
    if (!this.#masked) {
      if (keep) this.#held.append(piece);
      return piece;
    }
    const plain = keep ? this.#held.reserve(piece.length) : scratchFor(piece);
    applyMask(piece, plain, maskKey, payloadOffset);
    return plain;
  }

  /** All that was kept of the message. */
  view(): Uint8Array {
    return this.#held.view();
  }

  /** What a compressed message says, or the rule or limit that it breaks. @param compressed all of it */
  inflate(compressed: Uint8Array, assembler: MessageAssembler): Uint8Array | PayloadFault {
    const inflated = this.#inflateWithin(compressed);
    const violation =
      inflated instanceof Uint8Array && assembler.opcode === opcodes.text ? assembler.text(inflated) : null;
    return violation === null ? inflated : { code: violation };
  }

  #inflateWithin(compressed: Uint8Array): Uint8Array | PayloadFault {
    const { maxBytes, maxRatio } = this.#limits;
    const byRatio = Math.max(SMALL_INFLATED_BYTES, compressed.length * maxRatio);
    const inflated = this.#inflater?.inflate(compressed, Math.min(maxBytes, byRatio)) ?? "corrupt";
    if (inflated === "corrupt")
      return { code: "protocol.invalid-deflate", detail: `${compressed.length} bytes do not inflate` };
    if (inflated === "too-large") {
      const [code, limit] =
        byRatio < maxBytes
          ? (["messageSize.ratio", `${maxRatio} times as many`] as const)
          : (["messageSize.bytes", String(maxBytes)] as const);
      return { code, detail: `${compressed.length} bytes inflate to more than ${limit}` };
    }
    this.#held.clear();
    this.#inflated = inflated;
    return inflated;
  }

  /** Keeps the payload of a whole message that is to wait, and returns it where it stands from now on. */
  keep(plain: Uint8Array): Uint8Array {
    // What it inflated to is memory of its own.
    if (this.compressed) return this.#inflated;
    this.#held.append(plain);
    return this.#held.view();
  }

  /** Gives back what is kept: the message was judged. */
  clear(): void {
    this.#held.clear();
    this.#inflated = EMPTY;
  }
}

const EMPTY = new Uint8Array(0);
