import { hashText } from "./hash-text.ts";

const ROWS = 4;
const MOST = 255;

/**
 * Counts how often keys came, of however many keys, in a fixed number of bytes (a count-min sketch, Cormode and Muthukrishnan 2005,
 * with conservative update): never too low up to 255, and too high by little where many keys share a counter. `halve` lets it forget.
 */
export class CountMin {
  readonly #cells: Uint8Array;
  readonly #words: Uint32Array;
  readonly #mask: number;
  readonly #shift: number;
  #added = 0;

  /** @param bits each of four rows has two to the power of this counters, of a byte each; 4 to 24 */
  constructor(bits: number) {
    this.#cells = new Uint8Array(ROWS << bits);
    this.#words = new Uint32Array(this.#cells.buffer);
    this.#mask = (1 << bits) - 1;
    this.#shift = bits;
  }

  /** Counts a key. @returns how often it came, at most 255 */
  add(key: string, seed: number): number {
    const cells = this.#cells;
    const first = hashText(key, seed);
    const second = Math.imul(first ^ (first >>> 15), 0x2c1b_3c6d) | 1;
    let least = MOST;
    for (let row = 0; row < ROWS; row += 1) {
      const cell = cells[this.#cellOf(row, first, second)];
      if (cell !== undefined && cell < least) least = cell;
    }
    this.#added += 1;
    if (least === MOST) return MOST;
    for (let row = 0; row < ROWS; row += 1) {
      const index = this.#cellOf(row, first, second);
      if (cells[index] === least) cells[index] = least + 1;
    }
    return least + 1;
  }

  /** How many keys share a counter, about: so much of a count may be of others. */
  get load(): number {
    return this.#added / (this.#mask + 1);
  }

  /** Halves every count. */
  halve(): void {
    const words = this.#words;
    for (let index = 0; index < words.length; index += 1)
      words[index] = ((words[index] ?? 0) >>> 1) & 0x7f7f_7f7f;
    this.#added /= 2;
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#cells.length;
  }

  #cellOf(row: number, first: number, second: number): number {
    return (row << this.#shift) + ((first + Math.imul(row, second)) & this.#mask);
  }
}
