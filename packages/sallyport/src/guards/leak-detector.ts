import { Buffer } from "node:buffer";

/** A message under the eyes of detectors: its bytes, or what they mean where they are written in an odd way. */
export class LeakText {
  readonly bytes: Uint8Array;
  #buffer: Buffer | null = null;
  #latin1: string | null = null;
  #taken = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** One character for each byte (ISO 8859-1), so that an index of the one is an index of the other. Made when first asked for. */
  get latin1(): string {
    this.#latin1 ??= this.#asBuffer().toString("latin1");
    return this.#latin1;
  }

  /** A part of it. A long text is not made whole for a few parts, and made whole rather than copied twice. */
  part(start: number, end: number): string {
    const { length } = this.bytes;
    const last = Math.min(end, length);
    this.#taken += last - start;
    if (this.#latin1 !== null || this.#taken > length / 2) return this.latin1.slice(start, last);
    return this.#asBuffer().toString("latin1", start, Math.max(start, last));
  }

  #asBuffer(): Buffer {
    const { buffer, byteOffset, byteLength } = this.bytes;
    this.#buffer ??= Buffer.from(buffer, byteOffset, byteLength);
    return this.#buffer;
  }

  /** What an expression that is sticky finds there, in so many bytes. */
  matchAt(sticky: RegExp, at: number, most: number): RegExpExecArray | null {
    sticky.lastIndex = 0;
    return sticky.exec(this.part(at, at + most));
  }
}

/** Where something was found: bytes, the end not included. */
export interface LeakSpan {
  readonly start: number;
  readonly end: number;
  /** How many characters at its end a redaction leaves. Default 0. */
  readonly keepLast?: number;
}

/** Looks for a value at one of its signs. `null`: it is none. Never throws; takes time linear in what it finds. */
export type LeakFind = (text: LeakText, at: number) => LeakSpan | null;

/** What a detector begins to look at. Each kind costs nothing where its signs are absent. */
export type LeakTrigger =
  | {
      /** Words, three bytes of ASCII or more. `find` is asked where one begins. */
      readonly kind: "words";
      readonly words: readonly string[];
      readonly ignoreCase?: boolean;
      /** What must stand so many bytes behind where the word begins, seven at most; for words of less than eight bytes. Absent: anything. */
      readonly also?: readonly [offset: number, sign: string];
      readonly find: LeakFind;
    }
  | {
      /** A sign between a letter, digit or sign of names and a letter or digit. `find` is asked where the sign stands. */
      readonly kind: "sign";
      readonly sign: string;
      readonly find: LeakFind;
    }
  | {
      /** Two dots with six bytes between them. `find` is asked where the first stands. */
      readonly kind: "dots";
      readonly find: LeakFind;
    }
  | {
      /** Digits and capitals in groups, such as `3-2-4`: the length of each, and what stands between them. */
      readonly kind: "groups";
      readonly shapes: readonly string[];
      /** What it may begin with, for a look that costs next to nothing; absent: any. */
      readonly leads?: string;
      /** Whether it has a letter in it: then a number of digits alone is not looked at. Default `false`. */
      readonly hasLetter?: boolean;
      /** A word of one of these lists must stand shortly before; absent: none need. */
      readonly context?: readonly (readonly string[])[];
      /** Whether it is one, by its letters and digits alone. */
      readonly check: (compact: string) => boolean;
      /** Whether what stands before it says that it is something else. */
      readonly veto?: (text: LeakText, start: number) => boolean;
      readonly keepLast?: number;
    }
  | {
      /** Two capitals and two digits, and what follows: how long it is, is for `find` to say. */
      readonly kind: "iban";
      readonly find: LeakFind;
    };

/** One thing that must not leave. */
export interface LeakDetector {
  /** As it is written in the configuration and in a record. */
  readonly id: string;
  readonly group: LeakGroup;
  /** What it finds, in a few words. */
  readonly what: string;
  /** How it tells a value from what looks like one. */
  readonly validation: string;
  /** What it finds, made up, with `…` where the rest would stand. */
  readonly finds: string;
  /** What looks like it, and passes. */
  readonly passes: string;
  readonly triggers: readonly LeakTrigger[];
  /** How many within how long it takes until it acts; absent: one is enough. Milliseconds. */
  readonly threshold?: LeakThreshold;
  /** That it is there says all: finds behind the first are not told, and take no room from others. Default `false`. */
  readonly once?: boolean;
}

/** From how many on, within how long, a detector acts. */
export interface LeakThreshold {
  readonly count: number;
  /** Milliseconds. */
  readonly within: number;
}

/** What detectors are about. A group is written like a detector, and means all of its own. */
export type LeakGroup =
  | "cards"
  | "accounts"
  | "national-ids"
  | "keys"
  | "credentials"
  | "passwords"
  | "personal"
  | "errors"
  | "internals"
  | "own";

/** A byte, or -1 outside of the array. Compared first: an index below zero costs a hundred times as much as any other. */
export function byteAt(bytes: Uint8Array, index: number): number {
  return index >= 0 && index < bytes.length ? (bytes[index] ?? -1) : -1;
}

/** 1 for each byte of some, at most ISO 8859-1: a look into a set costs ten times as much. */
export function byteTable(text: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of Buffer.from(text, "latin1")) table[byte] = 1;
  return table;
}

/** Whether a byte is one of a table; none is outside of the array. */
export function isOneOf(table: Uint8Array, bytes: Uint8Array, index: number): boolean {
  return table[byteAt(bytes, index) & 0x1ff] === 1;
}

/** `0` to `9`. */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** `A` to `Z`. */
export function isCapital(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

/** A letter of ASCII or a digit. */
export function isAlphanumeric(byte: number): boolean {
  return isDigit(byte) || isCapital(byte & 0xdf);
}

/** What may not stand beside a value: then it is a part of something longer. */
export function isWord(byte: number): boolean {
  return isAlphanumeric(byte) || byte === 0x5f;
}

/**
 * Whether a value that begins here is a part of a longer word. A line break or a tab in JSON ends a word, though it is written
 * with a letter.
 */
export function isWordBefore(bytes: Uint8Array, start: number): boolean {
  const before = byteAt(bytes, start - 1);
  return isWord(before) && !(byteAt(bytes, start - 2) === BACKSLASH && ESCAPES.has(before));
}
const BACKSLASH = 0x5c;
/** `n`, `r` and `t`. */
const ESCAPES: ReadonlySet<number> = new Set([0x6e, 0x72, 0x74]);
