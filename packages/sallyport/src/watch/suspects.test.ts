import { describe, expect, it } from "vitest";
import { Suspects } from "./suspects.ts";
import { Tally } from "./tally.ts";

const suspects = (keys: number): Suspects<Tally> => new Suspects({ keys, seed: 5 }, () => new Tally());
const address = (index: number): string => `10.${index >>> 16}.${(index >>> 8) & 255}.${index & 255}`;

describe("Suspects", () => {
  it("tells the first keys apart as they come", () => {
    const table = suspects(256);
    const tally = table.came("a", 0);
    expect(tally).not.toBeNull();
    expect(table.came("a", 1)).toBe(tally);
    expect(table.size).toBe(1);
  });

  it("tells further keys apart once they come back, with what was counted of them", () => {
    const table = suspects(256);
    for (let index = 0; index < 128; index += 1) table.came(address(index), 0);
    expect(table.came("b", 1)).toBeNull();
    expect(table.came("b", 2)).toBeNull();
    const tally = table.came("b", 3);
    expect(tally?.counts.today).toBe(1);
  });

  it("finds one that comes often among a hundred thousand that come once, in bounded memory", () => {
    const table = suspects(4096);
    let told = 0;
    for (let index = 0; index < 100_000; index += 1) {
      table.came(address(index), index);
      if (index % 500 !== 0) continue;
      const tally = table.came("heavy", index);
      tally?.add(index, 1);
      told = tally?.counts.today ?? told;
    }
    expect(told).toBeGreaterThan(150);
    expect(told).toBeLessThanOrEqual(201);
    expect(table.size).toBeLessThanOrEqual(4096);
  });

  it("forgets within some tens of minutes what came once", () => {
    const table = suspects(256);
    for (let index = 0; index < 128; index += 1) table.came(address(index), 0);
    expect(table.came("b", 1)).toBeNull();
    expect(table.came("b", 700_000)).toBeNull();
  });

  it("keeps no long key", () => {
    const table = suspects(256);
    expect(table.came("u".repeat(10_000), 0)).toBe(table.came("u".repeat(10_000), 1));
  });
});
