import { describe, expect, it } from "vitest";
import { boundedKey, hashText } from "./hash-text.ts";

describe("hashText", () => {
  it("is the same for the same text and seed, and another for another", () => {
    expect(hashText("192.0.2.1", 1)).toBe(hashText("192.0.2.1", 1));
    expect(hashText("192.0.2.1", 1)).not.toBe(hashText("192.0.2.2", 1));
    expect(hashText("192.0.2.1", 1)).not.toBe(hashText("192.0.2.1", 2));
  });

  it("spreads texts evenly", () => {
    const cells = Array.from({ length: 64 }, () => 0);
    for (let index = 0; index < 6400; index += 1) {
      const cell = hashText(`user-${index}`, 7) % 64;
      cells[cell] = (cells[cell] ?? 0) + 1;
    }
    expect(Math.min(...cells)).toBeGreaterThan(50);
    expect(Math.max(...cells)).toBeLessThan(160);
  });
});

describe("boundedKey", () => {
  it("leaves a key of the usual length, and shortens one that is as long as a token", () => {
    expect(boundedKey("ann", 1)).toBe("ann");
    const long = boundedKey("a".repeat(10_000), 1);
    expect(long.length).toBeLessThan(40);
    expect(long).not.toBe(boundedKey(`${"a".repeat(9999)}b`, 1));
  });
});
