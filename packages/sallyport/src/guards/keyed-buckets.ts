/** How fast one key may take, and how many keys are told apart. */
export interface KeyedBucketsOptions {
  /** Tokens that come back each second. */
  readonly perSecond: number;
  /** Tokens of a full bucket. At least 1. */
  readonly burst: number;
  /** Keys with a bucket of their own. Each costs about 200 bytes. */
  readonly maxKeys: number;
}

/** A token bucket for each key. */
export interface KeyedBuckets {
  /**
   * Takes one token. Returns 0 when there was one, otherwise the milliseconds until there is.
   * @param now monotonic milliseconds
   */
  take(key: string, now: number): number;
  /** Keys with a bucket of their own at the moment. */
  readonly size: number;
}

interface Bucket {
  tokens: number;
  at: number;
}

/**
 * Makes token buckets that hold at most `maxKeys` keys. A bucket that had the time to fill again says nothing and
 * makes room. When every bucket is in use, further keys share a single one: the table does not grow, and a flood from
 * ever new addresses meets one common limit instead of none.
 */
export function createKeyedBuckets({ perSecond, burst, maxKeys }: KeyedBucketsOptions): KeyedBuckets {
  // In the order of their last use, so that the first to have filled again is always in front.
  const buckets = new Map<string, Bucket>();
  const shared: Bucket = { tokens: burst, at: 0 };
  const fillMs = (burst / perSecond) * 1000;

  const makeRoom = (now: number): boolean => {
    if (buckets.size < maxKeys) return true;
    const [oldest] = buckets;
    if (oldest === undefined || now - oldest[1].at < fillMs) return false;
    return buckets.delete(oldest[0]);
  };
  const bucketOf = (key: string, now: number): Bucket => {
    const known = buckets.get(key);
    if (known === undefined && !makeRoom(now)) return shared;
    const bucket = known ?? { tokens: burst, at: now };
    buckets.delete(key);
    buckets.set(key, bucket);
    return bucket;
  };

  return {
    take(key, now) {
      const bucket = bucketOf(key, now);
      bucket.tokens = Math.min(burst, bucket.tokens + ((now - bucket.at) / 1000) * perSecond);
      bucket.at = now;
      if (bucket.tokens < 1) return ((1 - bucket.tokens) / perSecond) * 1000;
      bucket.tokens -= 1;
      return 0;
    },
    get size() {
      return buckets.size;
    },
  };
}
