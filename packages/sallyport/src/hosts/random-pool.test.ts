import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { createRandomPool } from "./random-pool.ts";

describe("createRandomPool", () => {
  it("gives out every byte that it drew once, in order, and draws anew when too few are left", () => {
    const drawn: Buffer[] = [];
    const random = createRandomPool((bytes) => {
      const pool = randomBytes(bytes);
      drawn.push(Buffer.from(pool));
      return pool;
    });
    const given = Array.from({ length: 1000 }, () => random(9));
    expect(drawn.map(({ length }) => length)).toEqual([4096, 4096, 4096]);
    const perPool = Math.floor(4096 / 9);
    for (const [index, bytes] of given.entries()) {
      const offset = (index % perPool) * 9;
      expect(bytes).toEqual(drawn[Math.floor(index / perPool)]?.subarray(offset, offset + 9));
    }
  });

  it("draws for itself what is larger than a pool", () => {
    const sizes: number[] = [];
    const random = createRandomPool((bytes) => {
      sizes.push(bytes);
      return new Uint8Array(bytes);
    });
    expect([random(5000).length, random(4).length, random(4096).length]).toEqual([5000, 4, 4096]);
    expect(sizes).toEqual([5000, 4096, 4096]);
  });
});
