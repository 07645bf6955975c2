import { CountMin } from "./count-min.ts";
import { Recent } from "./recent.ts";

/** Four rows of 131,072 counters: half a MiB. */
const SKETCH_BITS = 17;
/** A key that came so often within some minutes is told apart from others. */
const TELL_APART_AT = 2;
const HALVE_EVERY_MS = 600_000;

/** What is kept of a key that is told apart. */
export interface Suspect {
  /** Takes what was counted before it was told apart. @param count about so many, within the last ten minutes or so */
  inherit(count: number, now: number): void;
  /** The higher, the longer it is kept. */
  readonly suspicion: number;
}

/**
 * Suspects by key, in bounded memory: `most` keys are told apart exactly; all others share a sketch, from which a key comes when it
 * has come back. A million keys that come once pass through the sketch and put nobody out; of those told apart, one that came least
 * recently and is least suspicious goes. The more keys share the sketch, the more often a key must come to be told apart.
 */
export class Suspects<S extends Suspect> {
  readonly #table: Recent<S>;
  readonly #sketch: CountMin;
  readonly #fresh: () => S;
  readonly #seed: number;
  #halvedAt = 0;

  /** @param fresh makes what is kept of one key */
  constructor(services: { readonly keys: number; readonly seed: number }, fresh: () => S) {
    this.#sketch = new CountMin(SKETCH_BITS);
    this.#table = new Recent(services.keys);
    this.#fresh = fresh;
    this.#seed = services.seed;
  }

  /** What is kept of a key that came now; `null` while it is one of many. */
  came(key: string, now: number): S | null {
    const known = this.#table.get(key);
    if (known !== undefined) return known;
    this.#forget(now);
    const count = this.#sketch.add(key, this.#seed);
    const load = this.#sketch.load;
    if (count < TELL_APART_AT + 3 * load) return null;
    const suspect = this.#fresh();
    suspect.inherit(Math.max(1, Math.floor(count - load)) - 1, now);
    this.#table.add(key, suspect);
    return suspect;
  }

  /** Keys that are told apart. */
  get size(): number {
    return this.#table.size;
  }

  #forget(now: number): void {
    if (now - this.#halvedAt < HALVE_EVERY_MS) return;
    this.#halvedAt = now;
    this.#sketch.halve();
  }
}
