import { Buffer } from "node:buffer";
import { beginKey, type Sieve, type SieveTables } from "../src/guards/leak-sieve-tables.ts";

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
