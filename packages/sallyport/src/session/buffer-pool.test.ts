import { describe, expect, it } from "vitest";
import { BufferPool } from "./buffer-pool.ts";

describe("BufferPool", () => {
  it("lends a power of two that is large enough, and at most twice what is asked for", () => {
    const pool = new BufferPool(1024);
    const lengths = [1, 256, 257, 512, 513, 65_536, 65_537].map((bytes) => pool.lend(bytes).length);
    expect(lengths).toEqual([256, 256, 512, 512, 1024, 65_536, 131_072]);
  });

  it("lends again what a piece of it gave back", () => {
    const pool = new BufferPool(1024);
    const lent = pool.lend(400);
    pool.takeBack(lent.subarray(3, 9));
    expect(pool.freeBytes).toBe(512);
    expect(pool.lend(300)).toBe(lent);
    expect(pool.freeBytes).toBe(0);
  });

  it("lends nothing to two holders, however often it is given back", () => {
    const pool = new BufferPool(4096);
    const lent = pool.lend(256);
    pool.takeBack(lent);
    pool.takeBack(lent);
    expect(pool.lend(256)).not.toBe(pool.lend(256));
  });

  it("does not lend what somebody keeps, until it is restored", () => {
    const pool = new BufferPool(1024);
    const lent = pool.lend(256);
    const whole = pool.keep(lent.subarray(1, 2));
    pool.takeBack(lent);
    expect(whole).toBe(lent);
    expect(pool.lend(256)).not.toBe(lent);
    pool.restore(lent);
    expect(pool.lend(256)).toBe(lent);
  });

  it("has nothing to do with memory that it did not lend", () => {
    const pool = new BufferPool(1024);
    const other = new Uint8Array(256);
    expect(pool.keep(other)).toBeNull();
    pool.takeBack(other);
    expect(pool.freeBytes).toBe(0);
  });

  it("lets go what comes back beyond its bound", () => {
    const pool = new BufferPool(1024);
    const lent = [512, 512, 256].map((bytes) => pool.lend(bytes));
    for (const each of lent) pool.takeBack(each);
    expect(pool.freeBytes).toBe(1024);
  });
});
