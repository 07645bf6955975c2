/** What was told under a number. */
interface Told {
  readonly text: string;
  /** Where the entry that told it ends: the consumer knows it when it has released so much. */
  readonly end: number;
  /** What was told under this number before, while that may still be what the consumer goes by. */
  before: Told | null;
}

/**
 * What the consumer of a ring was told under numbers, and has to remember: sessions and names. One that takes its place is told the same,
 * as of where it begins to read; what was told after that still stands in the ring. Positions are bytes since the ring was made.
 */
export class ToldLedger {
  readonly #told = new Map<number, Told>();
  readonly #ended: { readonly number: number; readonly end: number }[] = [];

  /** How many numbers are known. */
  get size(): number {
    return this.#told.size;
  }

  /** Remembers what was told. @param released how far the consumer is */
  tell(
    number: number,
    { text, end }: { readonly text: string; readonly end: number },
    released: number,
  ): void {
    const before = this.#told.get(number) ?? null;
    if (before !== null && before.end <= released) before.before = null;
    this.#told.set(number, { text, end, before });
  }

  /** A number means nothing any more, from where the entry ends that says so. */
  end(number: number, end: number, released: number): void {
    this.#ended.push({ number, end });
    for (
      let oldest = this.#ended[0];
      oldest !== undefined && oldest.end <= released;
      oldest = this.#ended[0]
    ) {
      this.#told.delete(oldest.number);
      this.#ended.shift();
    }
  }

  /** What a consumer knows that has released so much. */
  asOf(released: number): [number, string][] {
    const known: [number, string][] = [];
    for (const [number, newest] of this.#told) {
      let told: Told | null = newest;
      while (told !== null && told.end > released) told = told.before;
      if (told !== null) known.push([number, told.text]);
    }
    return known;
  }
}
