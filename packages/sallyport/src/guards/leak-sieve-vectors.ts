import type { Sieve, SieveSights, SieveTables } from "./leak-sieve-tables.ts";
import {
  AFTER,
  BEFORE,
  CHUNK,
  DOTS,
  filterBit,
  FIRST_WORD,
  HASH_BITS,
  hashOf,
  kindsOf,
  places,
  record,
  rowTables,
  SIGN,
  WINDOW,
} from "./leak-sieve-layout.ts";
import { sieveModule } from "./leak-sieve-program.ts";
import { searchFor, type WrittenWord } from "./leak-words.ts";
import { instantiate, type Assembly } from "./vector-code.ts";

const PAGE = 65_536;
/** Words of one chunk that are kept; where there are more, half of it is looked at. */
const MIN_CAPACITY = 4096;
/** Bytes before a chunk that are marked. */
const MARKED_BEFORE = 48;
/** Compared at most of a word. */
const MAX_COMPARED = 8;

/** Words as the program wants them. */
interface Records {
  readonly bytes: Uint8Array;
  readonly filters: Uint8Array;
  readonly heads: Uint32Array;
  /** The most that stand behind one another. */
  readonly longest: number;
}

/** @param start where in the memory the records will stand */
function recordsOf(words: readonly WrittenWord[], anchors: readonly number[], start: number): Records {
  const bytes = new Uint8Array(words.length * record.bytes);
  const view = new DataView(bytes.buffer);
  const filters = new Uint8Array(3 * 2 ** (HASH_BITS - 3));
  const heads = new Uint32Array(2 ** HASH_BITS);
  const counts = new Uint16Array(2 ** HASH_BITS);
  let longest = 0;
  for (const [index, { word, ignoreCase, also }] of words.entries()) {
    const anchor = anchors[index] ?? 0;
    const from = Math.min(anchor, Math.max(0, word.length - MAX_COMPARED));
    const at = index * record.bytes;
    const [first = 0, second = 0, third = 0, fourth = 0] = word.subarray(anchor);
    const four = first | (second << 8) | (third << 16) | (fourth << 24);
    const known = word.length >= anchor + 4 ? 4 : word.length === anchor + 3 ? 3 : 2;
    const key = hashOf(four, 2);
    const [filterAt, bit] = filterBit(hashOf(four, known), known);
    filters[filterAt] = (filters[filterAt] ?? 0) | bit;
    const fold = ignoreCase ? 0x20 : 0;
    const compare = (offset: number, byte: number): void => {
      if (offset < 0 || offset >= MAX_COMPARED) return;
      view.setUint8(at + record.expected + offset, byte | fold);
      view.setUint8(at + record.mask + offset, 0xff);
    };
    for (const [offset, byte] of word.subarray(from).entries()) compare(offset, byte);
    if (also !== undefined) compare(also[0] - from, also[1]);
    bytes.fill(fold, at + record.fold, at + record.fold + MAX_COMPARED);
    view.setInt32(at + record.delta, from - anchor, true);
    view.setInt32(at + record.offset, anchor, true);
    view.setInt32(at + record.id, index + FIRST_WORD, true);
    view.setInt32(at + record.next, heads[key] ?? 0, true);
    heads[key] = start + at;
    counts[key] = (counts[key] ?? 0) + 1;
    longest = Math.max(longest, counts[key] ?? 0);
  }
  return { bytes, filters, heads, longest };
}

/** A sieve that looks at sixteen bytes at once. `null`: the runtime has no WebAssembly. */
export function createVectorSieve(tables: SieveTables, within: Assembly | null): Sieve | null {
  const { words, forms, sign } = tables;
  const search = searchFor(words);
  const { longest } = recordsOf(words, search.anchors, 0);
  const capacity = Math.max(MIN_CAPACITY, (WINDOW + 1) * (longest + 2));
  const start = places.words + capacity * 8;
  const records = recordsOf(words, search.anchors, start);
  const pages = Math.ceil((start + records.bytes.length + 64) / PAGE);
  const made = instantiate(sieveModule(pages, sign), within);
  if (made === null) return null;
  const memory = new Uint8Array(made.memory);
  memory.set(search.tables, places.buckets);
  memory.set(kindsOf(), places.kinds);
  memory.set(rowTables(), places.rows);
  memory.set(new Uint8Array(forms.alone.buffer), places.alone);
  memory.set(forms.lettered, places.lettered);
  memory.set(forms.begins, places.begins);
  memory.set(new Uint8Array(records.heads.buffer), places.heads);
  memory.set(records.filters, places.filters);
  memory.set(records.bytes, start);
  return new VectorSieve(made.memory, made.functions, capacity);
}

/** What was looked at together. */
interface Chunk {
  /** Where in the message the memory begins. */
  readonly base: number;
  readonly length: number;
  /** How many words were seen. */
  readonly count: number;
}

class VectorSieve implements Sieve {
  readonly #memory: Uint8Array;
  readonly #words: Int32Array;
  readonly #seen: Uint32Array;
  readonly #numbers: Int32Array;
  readonly #limit: number;
  readonly #lookAtChunk: (length: number, held: number, limit: number, start: number) => number;
  /** Whether zeros stand before the next message. */
  #isBegun = false;

  constructor(
    memory: ArrayBuffer,
    functions: Readonly<Record<string, (...numbers: number[]) => number>>,
    capacity: number,
  ) {
    this.#memory = new Uint8Array(memory);
    this.#words = new Int32Array(memory, places.words, capacity * 2);
    this.#seen = new Uint32Array(memory, places.seen, (BEFORE + CHUNK + AFTER) / 32 + 1);
    this.#numbers = new Int32Array(memory, places.numbers, 1);
    this.#limit = places.words + capacity * 8;
    const { l } = functions;
    if (l === undefined) throw new TypeError("not the module of the sieve");
    this.#lookAtChunk = l;
  }

  look(bytes: Uint8Array, sights: SieveSights): void {
    let start = 0;
    let size = CHUNK;
    while (start < bytes.length) {
      const length = Math.min(size, bytes.length - start);
      const count = this.#lookAt(bytes, start, length);
      if (count === null) {
        // As many words as there is room for: a text that is made of them.
        size = Math.max(WINDOW, Math.floor(size / 2 / WINDOW) * WINDOW);
        continue;
      }
      this.#tell({ base: start - BEFORE, length, count }, sights);
      start += length;
      size = CHUNK;
    }
  }

  /** How many words were seen; `null`: too many. */
  #lookAt(bytes: Uint8Array, start: number, length: number): number | null {
    const memory = this.#memory;
    const from = Math.max(0, start - BEFORE);
    const end = Math.min(bytes.length, start + length + AFTER);
    const to = places.input + BEFORE - (start - from);
    // Before a message that begins nothing is marked, unless the one before it had more chunks.
    const begins = start > 0 || this.#isBegun ? BEFORE - MARKED_BEFORE : BEFORE;
    if (start === 0 && this.#isBegun) memory.fill(0, places.input, to);
    this.#isBegun = start > 0;
    memory.set(from === 0 && end === bytes.length ? bytes : bytes.subarray(from, end), to);
    const all = this.#lookAtChunk(length, end - start, this.#limit, begins);
    return all === this.#limit ? null : (all - places.words) / 8;
  }

  #tell({ base, length, count }: Chunk, sights: SieveSights): void {
    const words = this.#words;
    const seen = this.#seen;
    let next = 0;
    const last = this.#numbers[0] === 0 ? 0 : (BEFORE + length) >> 5;
    for (let block = 1; block <= last; block++)
      for (let left = seen[block] ?? 0; left !== 0; left &= left - 1) {
        const at = (block << 5) + 31 - Math.clz32(left & -left);
        // A word that gives a number its meaning stands before it.
        while (next < count && (words[2 * next] ?? 0) <= at) this.#tellWord(next++, base, sights);
        sights.number(base + at);
      }
    while (next < count) this.#tellWord(next++, base, sights);
  }

  #tellWord(index: number, base: number, sights: SieveSights): void {
    const at = (this.#words[2 * index] ?? 0) + base;
    const id = this.#words[2 * index + 1] ?? 0;
    if (id >= FIRST_WORD) sights.word(id - FIRST_WORD, at);
    else if (id === SIGN) sights.sign(at);
    else if (id === DOTS) sights.dots(at);
  }
}
