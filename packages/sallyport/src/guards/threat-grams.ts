const TRIPLES = 1 << 15;
const PAIRS = 1 << 14;
const MAX_EPOCH = 65_535;

/** Characters of ASCII in lower case. */
const LOWER: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) =>
  String.fromCharCode(code).toLowerCase().charCodeAt(0),
);
const lower = (code: number): number => (code < 128 ? (LOWER[code] ?? 0) : 0);
const pair = (first: number, second: number): number => (first << 7) | second;
const triple = (first: number, second: number, third: number): number =>
  ((first << 10) ^ (second << 5) ^ third) & (TRIPLES - 1);

/** Places in the tables that a text in lower case takes: those of its triples, or of its one pair, behind them. */
function placesOf(text: string): readonly number[] {
  const code = (at: number): number => lower(text.charCodeAt(at));
  if (text.length < 3) return [TRIPLES + pair(code(0), code(1))];
  return Array.from({ length: text.length - 2 }, (_, at) => triple(code(at), code(at + 1), code(at + 2)));
}

/** Texts of which one is needed, as `Grams` looks for them; `null`: nothing is known to be needed. */
export type Needs = readonly (readonly number[])[] | null;

/** Makes needs of texts in lower case. With one of a single character, nothing is told from them. */
export function createNeeds(texts: readonly string[] | null): Needs {
  if (texts === null || texts.some(({ length }) => length < 2)) return null;
  return texts.map(placesOf);
}

/** The two and three characters behind one another that a text has, in any order: what tells in no time that some words are not in it. */
export class Grams {
  /** The number of the text that was read last with it. */
  readonly #seen: Uint16Array = new Uint16Array(TRIPLES + PAIRS);
  #epoch = 0;

  read(text: string): void {
    if (this.#epoch === MAX_EPOCH) {
      this.#seen.fill(0);
      this.#epoch = 0;
    }
    const seen = this.#seen;
    const epoch = ++this.#epoch;
    let before = 0;
    let last = 0;
    for (let at = 0; at < text.length; at++) {
      const code = lower(text.charCodeAt(at));
      seen[TRIPLES + pair(last, code)] = epoch;
      seen[triple(before, last, code)] = epoch;
      before = last;
      last = code;
    }
  }

  /** Whether one of the texts may be in what was read; `false` is certain. */
  mayHold(needs: Needs): boolean {
    if (needs === null) return true;
    for (const places of needs) if (this.#has(places)) return true;
    return false;
  }

  #has(places: readonly number[]): boolean {
    for (const place of places) if (this.#seen[place] !== this.#epoch) return false;
    return true;
  }
}
