/** A quarter of an octave each: values in one bucket differ by a fifth at most. */
const PER_OCTAVE = 4;
const OCTAVES = 48;
const BUCKETS = PER_OCTAVE * OCTAVES;
/** What makes the median distance from the median comparable with a standard deviation, for a normal distribution. */
const MAD_TO_DEVIATION = 1.4826;

/**
 * How values are distributed over many orders of magnitude, in a fixed number of buckets, each value counting less the older it is.
 * Its statistics are those that few values cannot move: quantiles, and the median distance from the median (in octaves).
 */
export class LogHistogram {
  readonly #buckets = new Float64Array(BUCKETS);
  #total = 0;

  /** Adds a value. @param value 0 or more; 1 more than it is counted, so that 0 has a place */
  add(value: number, weight: number): void {
    const bucket = Math.min(BUCKETS - 1, Math.floor(octaveOf(value) * PER_OCTAVE));
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + weight;
    this.#total += weight;
  }

  /** The weight of all values. */
  get total(): number {
    return this.#total;
  }

  /** Lets all values count less. @param factor from 0 to 1 */
  fade(factor: number): void {
    for (let bucket = 0; bucket < BUCKETS; bucket += 1)
      this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) * factor;
    this.#total *= factor;
  }

  /** The octave below which a share of the values is; 0 for none. @param share from 0 to 1 */
  octaveAt(share: number): number {
    let left = this.#total * share;
    for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
      left -= this.#buckets[bucket] ?? 0;
      if (left < 0) return (bucket + 0.5) / PER_OCTAVE;
    }
    return 0;
  }

  /** The median distance from an octave, as a standard deviation in octaves. */
  deviationFrom(octave: number): number {
    const middle = Math.min(BUCKETS - 1, Math.max(0, Math.floor(octave * PER_OCTAVE)));
    let left = this.#total / 2 - (this.#buckets[middle] ?? 0);
    let distance = 0;
    while (left > 0 && distance < BUCKETS) {
      distance += 1;
      left -= (this.#buckets[middle - distance] ?? 0) + (this.#buckets[middle + distance] ?? 0);
    }
    return (distance / PER_OCTAVE) * MAD_TO_DEVIATION;
  }
}

/** The octave of a value: 0 for 0, 1 for 1, 2 for 3. */
export function octaveOf(value: number): number {
  return Math.log2(1 + Math.max(0, value));
}

/** The value at an octave. */
export function valueAt(octave: number): number {
  return 2 ** octave - 1;
}
