import type { Clause } from "./threat-literals.ts";

const TRIPLES = 1 << 15;
const PAIRS = 1 << 14;

/** Characters of ASCII in lower case. */
const LOWER: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  String.fromCharCode(code).toLowerCase().charCodeAt(0),
);
const lower = (code: number): number => (code < 128 ? (LOWER[code] ?? 0) : 0);
const pair = (first: number, second: number): number => (first << 7) | second;
const triple = (first: number, second: number, third: number): number =>
  ((first << 10) ^ (second << 5) ^ third) & (TRIPLES - 1);

/** Places in the tables that a text in lower case takes: those of its triples, of its one pair, or of its one character. */
function placesOf(text: string): readonly number[] {
  const code = (at: number): number => lower(text.charCodeAt(at));
  if (text.length === 1) return [TRIPLES + PAIRS + code(0)];
  if (text.length === 2) return [TRIPLES + pair(code(0), code(1))];
  return Array.from({ length: text.length - 2 }, (_, at) => triple(code(at), code(at + 1), code(at + 2)));
}

/** Clauses as `Grams` looks for them: one text of each is needed, and every place of that text. */
export type Needs = readonly (readonly (readonly number[])[])[];

/** Makes needs of clauses of texts in lower case. */
export function createNeeds(clauses: readonly Clause[]): Needs {
  return clauses.map((clause) => clause.map(placesOf));
}

/** The two and three characters behind one another that a text has, in any order: what tells in no time that some words are not in it. */
export class Grams {
  /** A bit for each. */
  readonly #seen: Int32Array = new Int32Array((TRIPLES + PAIRS + 128) / 32);

  read(text: string): void {
    const seen = this.#seen;
    seen.fill(0);
    let before = 0;
    let last = 0;
    for (let at = 0; at < text.length; at++) {
      const code = lower(text.charCodeAt(at));
      const one = TRIPLES + PAIRS + code;
      seen[one >> 5] = (seen[one >> 5] ?? 0) | (1 << (one & 31));
      const two = TRIPLES + pair(last, code);
      seen[two >> 5] = (seen[two >> 5] ?? 0) | (1 << (two & 31));
      const three = triple(before, last, code);
      seen[three >> 5] = (seen[three >> 5] ?? 0) | (1 << (three & 31));
      before = last;
      last = code;
    }
  }

  /** Whether what is needed may be in what was read; `false` is certain. */
  mayHold(needs: Needs): boolean {
    for (const clause of needs) if (!this.#hasOne(clause)) return false;
    return true;
  }

  #hasOne(clause: readonly (readonly number[])[]): boolean {
    for (const places of clause) if (this.#hasAll(places)) return true;
    return false;
  }

  #hasAll(places: readonly number[]): boolean {
    const seen = this.#seen;
    for (const place of places) if (((seen[place >> 5] ?? 0) & (1 << (place & 31))) === 0) return false;
    return true;
  }
}
