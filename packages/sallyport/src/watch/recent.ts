/** Of so many that came least recently, the one that matters least goes. */
const LOOK_AT = 8;

/**
 * A table of bounded size. When it is full, what goes is the one that matters least of the eight that came least recently, so that
 * a flood of new keys puts out itself and not what has been gathered.
 */
export class Recent<V extends { readonly suspicion: number }> {
  readonly #entries = new Map<string, V>();
  readonly #most: number;

  /** @param most entries at most */
  constructor(most: number) {
    this.#most = most;
  }

  /** What is kept of a key that came now, if anything is. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  /** Keeps something of a key of which nothing is kept. @returns what went for it, if anything did */
  add(key: string, entry: V): V | undefined {
    const gone = this.#entries.size >= this.#most ? this.#makeRoom() : undefined;
    this.#entries.set(key, entry);
    return gone;
  }

  /** Entries that are kept. */
  get size(): number {
    return this.#entries.size;
  }

  #makeRoom(): V | undefined {
    let found: string | null = null;
    let gone: V | undefined;
    let looked = 0;
    for (const [key, entry] of this.#entries) {
      if (gone === undefined || entry.suspicion < gone.suspicion) {
        found = key;
        gone = entry;
      }
      looked += 1;
      if (looked === LOOK_AT) break;
    }
    if (found !== null) this.#entries.delete(found);
    return gone;
  }
}
