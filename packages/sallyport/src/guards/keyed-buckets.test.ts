import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createKeyedBuckets } from "./keyed-buckets.ts";

describe("createKeyedBuckets", () => {
  it("lets a burst through at once, then the rate, and says when the next is due", () => {
    const buckets = createKeyedBuckets({ perSecond: 2, burst: 3, maxKeys: 10 });
    expect([1, 2, 3, 4].map(() => buckets.take("a", 0))).toEqual([0, 0, 0, 500]);
    expect(buckets.take("a", 250)).toBe(250);
    expect(buckets.take("a", 500)).toBe(0);
    expect(buckets.take("a", 500)).toBe(500);
  });

  it("never holds more than its burst", () => {
    const buckets = createKeyedBuckets({ perSecond: 2, burst: 3, maxKeys: 10 });
    buckets.take("a", 0);
    expect([1, 2, 3, 4].map(() => buckets.take("a", 3_600_000))).toEqual([0, 0, 0, 500]);
  });

  it("counts keys apart", () => {
    const buckets = createKeyedBuckets({ perSecond: 1, burst: 1, maxKeys: 10 });
    expect([buckets.take("a", 0), buckets.take("b", 0), buckets.take("a", 0)]).toEqual([0, 0, 1000]);
  });

  it("makes room by dropping buckets that had the time to fill again, the longest unused first", () => {
    const buckets = createKeyedBuckets({ perSecond: 1, burst: 2, maxKeys: 2 });
    buckets.take("a", 0);
    buckets.take("b", 0);
    buckets.take("a", 1000);
    expect(buckets.take("c", 2000)).toBe(0);
    expect(buckets.size).toBe(2);
    // "a" was used last and kept its bucket: one token and a second's refill.
    expect([buckets.take("a", 2000), buckets.take("a", 2000), buckets.take("a", 2000)]).toEqual([0, 0, 1000]);
  });

  it("lets new keys share one bucket when every bucket is in use, and so neither grows nor stops limiting", () => {
    const buckets = createKeyedBuckets({ perSecond: 1, burst: 2, maxKeys: 1 });
    buckets.take("a", 0);
    expect([1, 2, 3, 4].map((key) => buckets.take(`new ${key}`, 1))).toEqual([0, 0, 1000, 1000]);
    expect(buckets.size).toBe(1);
    expect(buckets.take("a", 1)).toBe(0);
  });

  it("drops one bucket for each new key", () => {
    const buckets = createKeyedBuckets({ perSecond: 1, burst: 1, maxKeys: 3 });
    for (const key of ["a", "b", "c"]) buckets.take(key, 0);
    expect(buckets.take("d", 1000)).toBe(0);
    expect(buckets.size).toBe(3);
  });

  it("has no keys of its own when it may have none", () => {
    const buckets = createKeyedBuckets({ perSecond: 1, burst: 1, maxKeys: 0 });
    expect([buckets.take("a", 0), buckets.take("b", 0)]).toEqual([0, 1000]);
    expect(buckets.size).toBe(0);
  });

  it("stays within its keys, and no key gets more than burst and rate allow", () => {
    const step = fc.record({ key: fc.constantFrom("a", "b", "c", "d"), after: fc.nat(1500) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const buckets = createKeyedBuckets({ perSecond: 2, burst: 3, maxKeys: 2 });
        const taken = new Map<string, number>();
        let now = 0;
        for (const { key, after } of steps) {
          now += after;
          if (buckets.take(key, now) === 0) taken.set(key, (taken.get(key) ?? 0) + 1);
          expect(buckets.size).toBeLessThanOrEqual(2);
        }
        // A key may draw on the shared bucket and on its own: twice the burst, twice the rate.
        for (const count of taken.values()) expect(count).toBeLessThanOrEqual(2 * (3 + (now / 1000) * 2));
      }),
    );
  });
});
