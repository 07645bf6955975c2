import { Buffer } from "node:buffer";
import { BEFORE, CHUNK, kindsOf, places, rowTables } from "../src/guards/leak-sieve-layout.ts";
import { beginKey, type Sieve, type SieveTables } from "../src/guards/leak-sieve-tables.ts";
import { searchFor, type WrittenWord } from "../src/guards/leak-words.ts";
import { assemble, instantiate, type VectorFunction, type VectorModule } from "../src/guards/vector-code.ts";

const LENGTHS = 32;
const begins = new Uint8Array(LENGTHS * 4 * LENGTHS);
// `12-34` alone, and `1-22-…` with a third group.
begins[beginKey(2, 2, 2)] = 1;
begins[beginKey(1, 2, 2)] = 2;
const alone = new Uint16Array(LENGTHS);
alone[8] = 1 << 4;
const lettered = new Uint8Array(LENGTHS);
lettered[9] = 1;

/** A little of everything: two words, one with a byte that must stand behind, one sign, and numbers of some forms. */
export const tables: SieveTables = {
  words: [
    { word: Buffer.from("secret"), ignoreCase: true },
    { word: Buffer.from("KEY"), ignoreCase: false },
    { word: Buffer.from("fd1"), ignoreCase: true, also: [4, 0x3a] },
  ],
  forms: { alone, lettered, begins },
  sign: 0x40,
};

/** What a sieve sees, in the order in which it tells it. */
export function sightsOf(sieve: Sieve, bytes: Uint8Array): readonly string[] {
  const seen: string[] = [];
  sieve.look(bytes, {
    word: (index, at) => seen.push(`word ${index} ${at}`),
    number: (at) => seen.push(`number ${at}`),
    sign: (at) => seen.push(`sign ${at}`),
    dots: (at) => seen.push(`dots ${at}`),
  });
  return seen;
}

/** Programs of the sieve by themselves, in a memory with the tables that they read. */
export class SievePrograms {
  readonly memory: Uint8Array;
  readonly #functions: VectorModule["functions"];

  /** @param words that are looked for @param functions each by a letter: see `VectorFunction` */
  constructor(words: readonly WrittenWord[], functions: readonly VectorFunction[]) {
    const made = instantiate(assemble(2, functions));
    if (made === null) throw new TypeError("no WebAssembly");
    this.memory = new Uint8Array(made.memory);
    this.#functions = made.functions;
    this.memory.set(searchFor(words).tables, places.buckets);
    this.memory.set(kindsOf(), places.kinds);
    this.memory.set(rowTables(), places.rows);
    this.memory.set(new Uint8Array(alone.buffer), places.alone);
    this.memory.set(lettered, places.lettered);
    this.memory.set(begins, places.begins);
  }

  /** Puts a text where programs look. */
  hold(text: string): void {
    this.memory.fill(0, places.input, places.input + BEFORE + CHUNK);
    this.memory.set(Buffer.from(text), places.input + BEFORE);
  }

  run(name: string, ...parameters: readonly number[]): number | undefined {
    return this.#functions[name]?.(...parameters);
  }

  /** Which bytes of the text are marked there. */
  marked(address: number, length: number): readonly number[] {
    return Array.from({ length }, (_, at) => at).filter((at) => {
      const bit = BEFORE + at;
      return (((this.memory[address + (bit >> 3)] ?? 0) >> (bit & 7)) & 1) === 1;
    });
  }

  /** The list of words up to where it ends: places in the text, and numbers of words. */
  listed(end: number): readonly (readonly [place: number, id: number])[] {
    const view = new DataView(this.memory.buffer);
    return Array.from({ length: (end - places.words) / 8 }, (_, index) => {
      const at = places.words + 8 * index;
      return [view.getInt32(at, true) - BEFORE, view.getInt32(at + 4, true)] as const;
    });
  }
}
