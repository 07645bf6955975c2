import { CountMin } from "./count-min.ts";
import { boundedKey } from "./hash-text.ts";
import { Recent } from "./recent.ts";

/** Four rows of 131,072 counters: half a MiB. */
const SKETCH_BITS = 17;
/** Once the table is half full, a key is told apart when it came so often within some minutes. */
const TELL_APART_AT = 2;
/** And so much more often than others that share its counters. */
const ABOVE_LOAD = 3;
const HALVE_EVERY_MS = 600_000;

/** What is kept of a key that is told apart. */
export interface Suspect {
  /** Takes what was counted before it was told apart. @param count about so many, within the last ten minutes or so */
  inherit(count: number, now: number): void;
  /** The higher, the longer it is kept. */
  readonly suspicion: number;
}

/**
 * Suspects by key, in bounded memory: so many keys are told apart exactly. Half of them come as they are; after that all keys share a
 * sketch, from which a key comes when it has come back. A million keys that come once pass through the sketch and put nobody out; of
 * those told apart, one that came least recently and is least suspicious goes. The more keys share the sketch, the more often a key
 * must come to be told apart.
 */
export class Suspects<S extends Suspect> {
  readonly #table: Recent<S>;
  #sketch: CountMin | null = null;
  readonly #half: number;
  readonly #fresh: () => S;
  readonly #seed: number;
  #halvedAt = 0;

  /** @param fresh makes what is kept of one key */
  constructor(services: { readonly keys: number; readonly seed: number }, fresh: () => S) {
    this.#table = new Recent(services.keys);
    this.#half = services.keys / 2;
    this.#fresh = fresh;
    this.#seed = services.seed;
  }

  /** What is kept of a key that came now; `null` while it is one of many. */
  came(longKey: string, now: number): S | null {
    const key = boundedKey(longKey, this.#seed);
    const known = this.#table.get(key);
    if (known !== undefined) return known;
    const before = this.#table.size < this.#half ? 0 : this.#seenBefore(key, now);
    if (before === null) return null;
    const suspect = this.#fresh();
    if (before > 0) suspect.inherit(before, now);
    this.#table.add(key, suspect);
    return suspect;
  }

  /** Keys that are told apart. */
  get size(): number {
    return this.#table.size;
  }

  /** How often a key has come before, about; `null` while that is not often enough. */
  #seenBefore(key: string, now: number): number | null {
    this.#sketch ??= new CountMin(SKETCH_BITS);
    const sketch = this.#sketch;
    if (now - this.#halvedAt >= HALVE_EVERY_MS) {
      this.#halvedAt = now;
      sketch.halve();
    }
    const count = sketch.add(key, this.#seed);
    const { load } = sketch;
    return count < TELL_APART_AT + ABOVE_LOAD * load ? null : Math.max(0, Math.floor(count - load) - 1);
  }
}
