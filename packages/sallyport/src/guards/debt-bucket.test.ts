import { describe, expect, it } from "vitest";
import { DebtBucket } from "./debt-bucket.ts";

describe("DebtBucket", () => {
  it("gives its capacity at once, then says how long its debt lasts", () => {
    const bucket = new DebtBucket(10, 2, 0);
    expect([bucket.take(1, 0), bucket.take(1, 0), bucket.take(1, 0), bucket.take(1, 0)]).toEqual([
      0, 0, 100, 200,
    ]);
  });

  it("comes back with time, up to its capacity", () => {
    const bucket = new DebtBucket(10, 2, 0);
    expect(bucket.take(3, 0)).toBe(100);
    expect(bucket.take(1, 200)).toBe(0);
    expect(bucket.take(2, 1_000_000)).toBe(0);
    expect(bucket.take(1, 1_000_000)).toBe(100);
  });

  it("gains nothing from a clock that goes back", () => {
    const bucket = new DebtBucket(10, 1, 1000);
    expect(bucket.take(1, 1000)).toBe(0);
    expect(bucket.take(1, 0)).toBe(100);
    expect(bucket.take(1, 1000)).toBe(200);
  });
});
