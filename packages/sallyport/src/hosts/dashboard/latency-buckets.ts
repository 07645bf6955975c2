/** Two to each doubling, from a microsecond to some 30 seconds: a percentile is right within a fifth. */
const COUNT = 50;
const LEAST_MS = 0.001;

/** The bucket for a duration. */
function bucketOf(ms: number): number {
  const index = Math.ceil(2 * Math.log2(ms / LEAST_MS));
  return Math.min(COUNT - 1, Math.max(0, Number.isFinite(index) ? index : 0));
}

/** Counts durations in buckets, each of which is wider than the one before by the root of two. */
export class LatencyBuckets {
  readonly #counts = new Float64Array(COUNT);

  /** Counts one. */
  take(ms: number): void {
    const bucket = bucketOf(ms);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
  }

  /** How many there were in each bucket so far. */
  counts(): readonly number[] {
    return [...this.#counts];
  }
}

/** The duration, in milliseconds, that a share of all counted does not exceed: the upper bound of its bucket. `null`: none was counted. */
export function percentile(counts: readonly number[], share: number): number | null {
  const all = counts.reduce((sum, count) => sum + count, 0);
  if (all === 0) return null;
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    below += count;
    if (below >= all * share) return LEAST_MS * 2 ** (bucket / 2);
  }
  return LEAST_MS * 2 ** (COUNT / 2);
}
