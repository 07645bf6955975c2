import { byteAt, isDigit, type LeakDetector } from "./leak-detector.ts";

/** A message as it reads, and where each of its bytes stands in the message as it came. */
export interface FoldedMessage {
  readonly bytes: Uint8Array;
  /** Where the character of each byte begins. */
  readonly starts: Uint32Array;
  /** Where it ends. */
  readonly ends: Uint32Array;
}

const ZERO_WIDTH = ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"];
const digits = Array.from("0123456789");
const wideDigits = digits.map((_, index) => String.fromCharCode(0xff10 + index));
const wideSpaces = ["\u00a0", "\u202f", "\u2007", "\u2010", "\u2011", "\u2012", "\u2013"].flatMap((sign) =>
  digits.map((digit) => sign + digit),
);
const escapes = ["\\u00", "\\uff1", "\\uFF1", "\\u200", "\\u201", "\\u202", "\\u2060", "\\ufeff", "\\uFEFF"];

/** Sees that a message is written in a way that hides values from a look at its bytes: then it is folded, and looked at again. */
export const oddWriting: LeakDetector = {
  id: "odd-writing",
  group: "internals",
  what: "",
  validation: "",
  finds: "",
  passes: "",
  once: true,
  triggers: [
    {
      kind: "words",
      words: [...escapes, ...ZERO_WIDTH, ...wideDigits, ...wideSpaces],
      find: (_, at) => ({ start: at, end: at + 1 }),
    },
  ],
};

/**
 * The message with escapes of JSON, digits of full width, spaces and dashes of other kinds in ASCII, and without characters that
 * nobody sees. Everything else stays, so that it can be looked at as bytes. Escapes that would change how the JSON reads stay too.
 */
export function foldMessage(bytes: Uint8Array): FoldedMessage {
  const folded = new Uint8Array(bytes.length);
  const starts = new Uint32Array(bytes.length);
  const ends = new Uint32Array(bytes.length);
  let length = 0;
  let at = 0;
  while (at < bytes.length) {
    const size = sizeAt(bytes, at);
    const meaning = size === 1 ? byteAt(bytes, at) : asciiOf(codePointAt(bytes, at, size));
    if (meaning === null) {
      for (let index = 0; index < size; index++) {
        folded[length] = bytes[at + index] ?? 0;
        starts[length] = at;
        ends[length++] = at + size;
      }
    } else if (meaning >= 0) {
      folded[length] = meaning;
      starts[length] = at;
      ends[length++] = at + size;
    }
    at += size;
  }
  return { bytes: folded.subarray(0, length), starts, ends };
}

/** How many bytes a character, or an escape of JSON, takes. */
function sizeAt(bytes: Uint8Array, at: number): number {
  const byte = byteAt(bytes, at);
  if (byte === BACKSLASH) return byteAt(bytes, at + 1) === SMALL_U && hexAt(bytes, at + 2) >= 0 ? 6 : 1;
  const size = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 1;
  return at + size <= bytes.length ? size : 1;
}

/** Four hexadecimal digits; -1 where they are none. */
function hexAt(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let index = at; index < at + 4; index++) {
    const byte = byteAt(bytes, index);
    const small = byte | 0x20;
    if (isDigit(byte)) value = value * 16 + byte - 0x30;
    else if (small >= 0x61 && small <= 0x66) value = value * 16 + small - 0x57;
    else return -1;
  }
  return value;
}

function codePointAt(bytes: Uint8Array, at: number, size: number): number {
  if (size === 6) return hexAt(bytes, at + 2);
  const [first, second, third] = [byteAt(bytes, at), byteAt(bytes, at + 1), byteAt(bytes, at + 2)];
  return size === 2
    ? ((first & 0x1f) << 6) | (second & 0x3f)
    : ((first & 0x0f) << 12) | ((second & 0x3f) << 6) | (third & 0x3f);
}

/** What a character is in ASCII; `null`: nothing else than itself; -1: nothing at all. */
function asciiOf(code: number): number | null {
  if (INVISIBLE.has(code)) return -1;
  if (code >= 0xff10 && code <= 0xff19) return code - 0xff10 + 0x30;
  if (SPACES.has(code)) return 0x20;
  if (code >= 0x2010 && code <= 0x2013) return 0x2d;
  // A quote or a backslash stays an escape: in ASCII it would end a text of JSON.
  return code >= 0x20 && code < 0x7f && code !== 0x22 && code !== BACKSLASH ? code : null;
}

const INVISIBLE = new Set([0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0xad]);
const SPACES = new Set([0xa0, 0x2007, 0x202f]);
const BACKSLASH = 0x5c;
const SMALL_U = 0x75;
