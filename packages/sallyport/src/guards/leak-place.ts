import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from "../dialects/json-signs.ts";
import { byteAt } from "./leak-detector.ts";

/** A message longer than this is walked no further: what is found behind has an offset, and no place. */
const MAX_BYTES = 256 * 1024;
const MAX_DEPTH = 64;
/** A dialect's own sign may stand before the JSON, such as Socket.IO's `42/chat,`. */
const MAX_PREFIX = 64;
const MAX_NAME = 64;

interface Container {
  readonly isArray: boolean;
  index: number;
  name: string;
}

/** Where in the JSON of a message its bytes stand, as JSON Pointers. Asked in the order of the bytes, it walks the message once. */
export class LeakPlaces {
  readonly #bytes: Uint8Array;
  readonly #stack: Container[] = [];
  #at: number;
  #expectsName = false;
  /** The message is no JSON as far as it was walked, or too deep or long. */
  #lost = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    let at = 0;
    while (at < MAX_PREFIX && at < bytes.length && bytes[at] !== OPEN_BRACE && bytes[at] !== OPEN_BRACKET)
      at++;
    this.#at = at;
    this.#lost = at >= bytes.length || at >= MAX_PREFIX;
  }

  /** The names and indices that lead to a byte; `null`: none can be told. */
  pathAt(offset: number): readonly string[] | null {
    if (offset > MAX_BYTES) this.#lost = true;
    while (!this.#lost && this.#at <= offset) this.#step();
    return this.#lost
      ? null
      : this.#stack.map(({ isArray, index, name }) => (isArray ? String(index) : name));
  }

  #step(): void {
    const byte = byteAt(this.#bytes, this.#at++);
    const top = this.#stack.at(-1);
    if (byte === QUOTE) this.#string(top);
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      this.#stack.push({ isArray: byte === OPEN_BRACKET, index: 0, name: "" });
      this.#expectsName = byte === OPEN_BRACE;
      this.#lost = this.#stack.length > MAX_DEPTH;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      this.#stack.pop();
      this.#expectsName = false;
      this.#lost = top === undefined;
    } else if (byte === COMMA && top !== undefined) {
      top.index++;
      this.#expectsName = !top.isArray;
    } else if (byte === -1) this.#lost = true;
  }

  #string(top: Container | undefined): void {
    const start = this.#at;
    let byte = byteAt(this.#bytes, this.#at);
    while (byte !== QUOTE && byte !== -1) {
      this.#at += byte === BACKSLASH ? 2 : 1;
      byte = byteAt(this.#bytes, this.#at);
    }
    if (this.#expectsName && top !== undefined)
      top.name = String.fromCharCode(...this.#bytes.subarray(start, Math.min(this.#at, start + MAX_NAME)));
    this.#expectsName = false;
    this.#at++;
  }
}

/** Whether a path is the place of a pattern, or below it. `*` in the pattern is any one name or index. */
export function isAtOrBelow(path: readonly string[], pattern: readonly string[]): boolean {
  return (
    path.length >= pattern.length && pattern.every((step, index) => step === "*" || step === path[index])
  );
}
