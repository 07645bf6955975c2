/**
 * Header fields as they came, in order, with repetitions: what Node's joined `headers` object hides is what
 * attacks are made of. Names are compared without case (RFC 9110 5.1).
 */
export class HeaderList {
  readonly #names: readonly string[];
  readonly #values: readonly string[];

  /** @param raw name, value, name, value, …, as in `IncomingMessage.rawHeaders` */
  constructor(raw: readonly string[]) {
    const [names, values]: [string[], string[]] = [[], []];
    for (const [index, text] of raw.entries()) {
      if (index % 2 === 0) names.push(text.toLowerCase());
      else values.push(text);
    }
    this.#names = names;
    this.#values = values;
  }

  /** How many fields there are. */
  get size(): number {
    return this.#names.length;
  }

  /** The first value of a field, or `undefined`. @param name in lower case */
  get(name: string): string | undefined {
    const index = this.#names.indexOf(name);
    return index === -1 ? undefined : this.#values[index];
  }

  /** Every value of a field. @param name in lower case */
  all(name: string): string[] {
    const found: string[] = [];
    let index = this.#names.indexOf(name);
    while (index !== -1) {
      found.push(this.#values[index] ?? "");
      index = this.#names.indexOf(name, index + 1);
    }
    return found;
  }

  /** Whether a field is there. @param name in lower case */
  has(name: string): boolean {
    return this.#names.includes(name);
  }

  /** Every field as `[lower-case name, value]`, in order. */
  *entries(): IterableIterator<[string, string]> {
    for (const [index, name] of this.#names.entries()) yield [name, this.#values[index] ?? ""];
  }
}
