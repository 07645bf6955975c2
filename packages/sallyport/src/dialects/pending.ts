/** What a connection has begun and not ended, such as calls without their answers. Bounded. */
export class Pending {
  readonly #live = new Map<string, string | null>();
  readonly #max: number;

  /** @param max how many may be live at once */
  constructor(max: number) {
    this.#max = max;
  }

  /** What is live under the key; `undefined`: nothing. */
  find(key: string): { readonly name: string | null } | undefined {
    const name = this.#live.get(key);
    return name === undefined ? undefined : { name };
  }

  /** What is live under keys that begin so. Takes time linear in all that is live. */
  keysBelow(prefix: string): readonly string[] {
    return [...this.#live.keys()].filter((key) => key.startsWith(prefix));
  }

  /** What one message changes, to be kept only if it goes on. */
  draft(): PendingDraft {
    return new PendingDraft(this.#live, this.#max);
  }
}

/** What one message begins and ends, over what is live. */
export class PendingDraft {
  readonly #live: Map<string, string | null>;
  readonly #max: number;
  readonly #begun = new Map<string, string | null>();
  readonly #ended = new Set<string>();

  constructor(live: Map<string, string | null>, max: number) {
    this.#live = live;
    this.#max = max;
  }

  /** Begins it. `twice`: it is live. `full`: as many are live as may be. */
  begin(key: string, name: string | null): "begun" | "twice" | "full" {
    if (this.#begun.has(key) || (this.#live.has(key) && !this.#ended.has(key))) return "twice";
    if (this.#live.size - this.#ended.size + this.#begun.size >= this.#max) return "full";
    this.#begun.set(key, name);
    return "begun";
  }

  /** Ends it. `undefined`: it was not live. */
  end(key: string): { readonly name: string | null } | undefined {
    const live = this.find(key);
    if (live !== undefined && !this.#begun.delete(key)) this.#ended.add(key);
    return live;
  }

  /** What is live under the key; `undefined`: nothing. */
  find(key: string): { readonly name: string | null } | undefined {
    const begun = this.#begun.get(key);
    if (begun !== undefined) return { name: begun };
    const live = this.#ended.has(key) ? undefined : this.#live.get(key);
    return live === undefined ? undefined : { name: live };
  }

  /** Keeps it. */
  commit(): void {
    for (const key of this.#ended) this.#live.delete(key);
    for (const [key, name] of this.#begun) this.#live.set(key, name);
  }
}
