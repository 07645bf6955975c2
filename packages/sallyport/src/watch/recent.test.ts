import { describe, expect, it } from "vitest";
import { Recent } from "./recent.ts";

const entry = (suspicion: number): { suspicion: number } => ({ suspicion });

describe("Recent", () => {
  it("keeps what is added until it is full, and never more", () => {
    const table = new Recent(3);
    expect([1, 2, 3].map((index) => table.add(`k${index}`, entry(0)))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(table.isFull).toBe(true);
    expect(table.add("k4", entry(0))).toEqual(entry(0));
    expect(table.size).toBe(3);
    expect(table.get("k4")).toEqual(entry(0));
  });

  it("lets what came lately stay, and of the rest what matters more", () => {
    const table = new Recent(4);
    for (const [key, suspicion] of [
      ["a", 9],
      ["b", 1],
      ["c", 5],
      ["d", 0],
    ] as const)
      table.add(key, entry(suspicion));
    expect(table.get("d")).toEqual(entry(0));
    expect(table.add("e", entry(0))).toEqual(entry(1));
    expect(table.get("b")).toBeUndefined();
    expect(table.get("a")).toEqual(entry(9));
  });

  it("keeps one that comes again and again among a hundred thousand that come once", () => {
    const table = new Recent(64);
    table.add("again", entry(100));
    let found = 0;
    for (let index = 0; index < 100_000; index += 1) {
      table.add(`once-${index}`, entry(1));
      if (index % 50 === 0 && table.get("again") !== undefined) found += 1;
    }
    expect(found).toBe(2000);
    expect(table.size).toBe(64);
  });
});
