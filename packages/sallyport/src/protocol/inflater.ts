import { Buffer } from "node:buffer";
import { inflateRawSync } from "node:zlib";
import { hasCode } from "../has-code.ts";
import type { InflateTurns } from "./inflate-turns.ts";
import type { DeflateSide } from "./permessage-deflate.ts";

/**
 * What stands behind every message when it is inflated: the four bytes that the sender cut off (RFC 7692 7.2.2), then an
 * empty block that says it is the last. Only a message that ended between two blocks, at a byte, ends exactly there.
 */
const TAIL = Buffer.from("0000ffff010000ffff", "hex");

/** Memory is asked for in pieces: at least and at most so many bytes. */
const LEAST_PIECE = 1024;
const LARGEST_PIECE = 0x1_0000;
/** What text hardly goes beyond: then one piece is enough. */
const COMMON_RATIO = 8;
/** What a byte inflates to at most: 258 bytes for a length and a distance of one bit each (RFC 1951 3.2.5). */
const LARGEST_RATIO = 1032;

/**
 * Inflates the messages of one side of a connection, whole and in order (RFC 7692 7.2.2), synchronously. Where a message may
 * refer to those before it, the end of what they inflated to is kept, at most the negotiated window: 32 KiB with 15 bits.
 * Everything else is gone when a call ends.
 */
export class Inflater {
  /** Whether a message may refer to those before it. Then none may be left out on its way to the other side. */
  readonly takeover: boolean;
  /** What it shares its time with; `null`: nobody. */
  readonly turns: InflateTurns | null;
  readonly #windowBits: number;
  #window: Buffer = EMPTY;
  /** Bytes of the window that hold something: its beginning. */
  #used = 0;

  constructor({ windowBits, takeover }: DeflateSide, turns: InflateTurns | null = null) {
    this.turns = turns;
    this.#windowBits = windowBits;
    this.takeover = takeover;
  }

  /** Bytes that are kept between two messages. */
  get windowBytes(): number {
    return this.#window.length;
  }

  /**
   * Inflates one message.
   *
   * @param maxBytes what it may come to; somewhat more than that is allocated before it is seen to be too much
   * @returns `corrupt` where it is no deflate data, ends inside a block, or holds a last block: readers differ about what
   * comes behind one, in this message and in the next. After that, and after `too-large`, no other call makes sense.
   */
  inflate(compressed: Uint8Array, maxBytes: number): Uint8Array | "corrupt" | "too-large" {
    const inflated = this.#inflate(compressed, maxBytes);
    // What was refused may have come to all that it was allowed.
    const most = Math.min(maxBytes, compressed.length * LARGEST_RATIO);
    this.turns?.spend(inflated instanceof Uint8Array ? inflated.length : most);
    return inflated;
  }

  #inflate(compressed: Uint8Array, maxBytes: number): Uint8Array | "corrupt" | "too-large" {
    const input = Buffer.concat([compressed, TAIL]);
    const piece = Math.max(LEAST_PIECE, Math.min(LARGEST_PIECE, compressed.length * COMMON_RATIO));
    try {
      // The declared type knows nothing of `info`.
      // eslint-disable-next-line typescript/no-unsafe-type-assertion
      const { buffer, engine } = inflateRawSync(input, {
        windowBits: this.#windowBits,
        maxOutputLength: Math.max(1, maxBytes),
        chunkSize: piece,
        info: true,
        ...(this.#used > 0 && { dictionary: this.#window.subarray(0, this.#used) }),
      }) as unknown as { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
      if (engine.bytesWritten < input.length) return "corrupt";
      if (buffer.length > maxBytes) return "too-large";
      if (this.takeover) this.#remember(buffer);
      return buffer;
    } catch (error) {
      const tooLarge = hasCode(error, "ERR_BUFFER_TOO_LARGE");
      return tooLarge ? "too-large" : "corrupt";
    }
  }

  /** Moves the window on by what a message came to. */
  #remember(plain: Uint8Array): void {
    const most = 2 ** this.#windowBits;
    const added = plain.length > most ? plain.subarray(plain.length - most) : plain;
    const kept = Math.min(this.#used, most - added.length);
    if (kept + added.length > this.#window.length) this.#grow(kept + added.length);
    this.#window.copyWithin(0, this.#used - kept, this.#used);
    this.#window.set(added, kept);
    this.#used = kept + added.length;
  }

  #grow(bytes: number): void {
    const larger = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(bytes)));
    larger.set(this.#window.subarray(0, this.#used));
    this.#window = larger;
  }
}

const EMPTY = Buffer.alloc(0);
