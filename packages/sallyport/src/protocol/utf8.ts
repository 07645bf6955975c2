import { isUtf8 } from "node:buffer";

/**
 * Checks UTF-8 as it arrives, piece by piece, and fails at the first byte that no continuation can mend
 * (RFC 3629 3, RFC 6455 8.1): overlong forms, surrogates and code points above U+10FFFF are refused.
 */
export class Utf8Validator {
  /** Continuation bytes still to come. */
  #missing = 0;
  /** Bounds of the next continuation byte. */
  #low = 0x80;
  #high = 0xbf;

  /** Takes the next piece. Returns `false` as soon as the text cannot be UTF-8 any more. */
  push(bytes: Uint8Array): boolean {
    let start = 0;
    while (this.#missing > 0 && start < bytes.length) {
      if (!this.#step(bytes[start]!)) return false;
      start++;
    }
    if (start === bytes.length) return true;
    const cut = lastLead(bytes, start);
    if (cut > start && !isUtf8(start === 0 && cut === bytes.length ? bytes : bytes.subarray(start, cut)))
      return false;
    for (let index = cut; index < bytes.length; index++) if (!this.#step(bytes[index]!)) return false;
    return true;
  }

  /** Ends the text and makes ready for the next one. Returns `false` when it ends inside a code point. */
  finish(): boolean {
    const complete = this.#missing === 0;
    this.#missing = 0;
    this.#low = 0x80;
    this.#high = 0xbf;
    return complete;
  }

  /** Takes a byte of the code point in progress, or the lead byte of one; single-byte code points never come here. */
  #step(byte: number): boolean {
    if (this.#missing > 0) {
      if (byte < this.#low || byte > this.#high) return false;
      this.#missing--;
      this.#low = 0x80;
      this.#high = 0xbf;
      return true;
    }
    if (byte < 0xc2 || byte > 0xf4) return false;
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.#low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    this.#high = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    return true;
  }
}

/**
 * Where the code point begins that the piece's end may cut: everything before it is whole.
 * Returns the length when the last bytes hold no lead byte of a sequence that is still open.
 */
function lastLead(bytes: Uint8Array, start: number): number {
  const last = bytes.length;
  for (let back = 1; back <= 3 && last - back >= start; back++) {
    const byte = bytes[last - back]!;
    if (byte < 0x80) return last;
    if (byte >= 0xc0) {
      const size = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
      return size > back ? last - back : last;
    }
  }
  return last;
}
