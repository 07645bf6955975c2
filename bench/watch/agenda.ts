/** Something that has a next moment. */
export interface Actor {
  /** Does what is due. @returns when it is to be woken next, wall clock milliseconds; `Infinity`: never */
  step(now: number): number;
}

interface Entry {
  at: number;
  order: number;
  readonly actor: Actor;
}

function isBefore(left: Entry, right: Entry): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}

/** Who is woken when: a binary heap by time, and among equals by who came first, so that a run is the same each time. */
export class Agenda {
  #now: number;
  #order = 0;
  readonly #heap: Entry[] = [];

  constructor(now: number) {
    this.#now = now;
  }

  get now(): number {
    return this.#now;
  }

  /** @param at what has passed is now */
  add(at: number, actor: Actor): void {
    if (at === Infinity) return;
    this.#heap.push({ at: Math.max(at, this.#now), order: (this.#order += 1), actor });
    this.#rise(this.#heap.length - 1);
  }

  /** Does something once. */
  once(at: number, act: (now: number) => void): void {
    this.add(at, {
      step: (now) => {
        act(now);
        return Infinity;
      },
    });
  }

  run(until: number): void {
    for (let [first] = this.#heap; first !== undefined && first.at < until; [first] = this.#heap) {
      this.#now = first.at;
      // What is added meanwhile comes after this one in order, so that this one stays first.
      const next = first.actor.step(first.at);
      if (next === Infinity) this.#removeFirst();
      else {
        first.at = Math.max(next, this.#now);
        first.order = this.#order += 1;
        this.#sink(first);
      }
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
  }

  #rise(from: number): void {
    const entry = this.#heap[from];
    if (entry === undefined) return;
    let index = from;
    while (index > 0) {
      const parent = this.#heap[(index - 1) >> 1];
      if (parent === undefined || !isBefore(entry, parent)) break;
      this.#heap[index] = parent;
      index = (index - 1) >> 1;
    }
    this.#heap[index] = entry;
  }

  /** Puts an entry where it belongs, beginning at the top. */
  #sink(entry: Entry): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      let least = heap[child];
      if (least === undefined) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, least)) {
        least = right;
        child += 1;
      }
      if (!isBefore(least, entry)) break;
      heap[index] = least;
      index = child;
    }
    heap[index] = entry;
  }
}
