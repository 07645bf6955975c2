/** So many are looked at when one must go. */
const LOOK_AT = 8;

interface Slot<V> {
  readonly key: string;
  readonly value: V;
  usedAt: number;
}

/**
 * A table of bounded size. When it is full, eight entries are looked at, further on each time; of those that came less recently than
 * they do on average, the one that matters least goes. So a flood of new keys puts out itself and not what has been gathered. Every
 * step takes constant time, which a `Map` in the order of its last use does not: it walks over what was deleted.
 */
export class Recent<V extends { readonly suspicion: number }> {
  readonly #byKey = new Map<string, Slot<V>>();
  readonly #slots: Slot<V>[] = [];
  readonly #most: number;
  #uses = 0;
  #hand = 0;

  /** @param most entries at most */
  constructor(most: number) {
    this.#most = most;
  }

  /** What is kept of a key that came now, if anything is. */
  get(key: string): V | undefined {
    const slot = this.#byKey.get(key);
    if (slot === undefined) return undefined;
    slot.usedAt = this.#uses += 1;
    return slot.value;
  }

  /** Keeps something of a key of which nothing is kept. @returns what went for it, if anything did */
  add(key: string, value: V): V | undefined {
    const slot = { key, value, usedAt: (this.#uses += 1) };
    this.#byKey.set(key, slot);
    if (this.#slots.length < this.#most) {
      this.#slots.push(slot);
      return undefined;
    }
    const at = this.#leastAt();
    const gone = this.#slots[at];
    this.#slots[at] = slot;
    if (gone !== undefined) this.#byKey.delete(gone.key);
    return gone?.value;
  }

  /** Whether something goes for whatever is added. */
  get isFull(): boolean {
    return this.#slots.length >= this.#most;
  }

  /** Entries that are kept. */
  get size(): number {
    return this.#slots.length;
  }

  #leastAt(): number {
    const slots = this.#slots;
    const looked = Math.min(LOOK_AT, slots.length);
    let sum = 0;
    for (let step = 0; step < looked; step += 1)
      sum += slots[(this.#hand + step) % slots.length]?.usedAt ?? 0;
    let found = this.#hand;
    let least = Number.POSITIVE_INFINITY;
    for (let step = 0; step < looked; step += 1) {
      const at = (this.#hand + step) % slots.length;
      const slot = slots[at];
      if (slot === undefined || slot.usedAt * looked > sum || slot.value.suspicion >= least) continue;
      found = at;
      least = slot.value.suspicion;
    }
    this.#hand = (this.#hand + looked) % slots.length;
    return found;
  }
}
