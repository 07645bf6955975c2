import { describe, expect, it } from "vitest";
import { markHalves } from "./byte-halves.ts";

describe("markHalves", () => {
  it("marks a byte by both halves, beside what stands there, so that both tables have its bit for no other byte of that row", () => {
    const tables = new Uint8Array(40);
    markHalves(tables, 8, { byte: 0x41, bit: 1 });
    markHalves(tables, 8, { byte: 0x4f, bit: 1 });
    markHalves(tables, 8, { byte: 0x31, bit: 2 });
    const told = (byte: number): number => (tables[8 + (byte & 15)] ?? 0) & (tables[24 + (byte >> 4)] ?? 0);
    expect([0x41, 0x4f, 0x42, 0x31, 0x51].map(told)).toEqual([1, 1, 0, 2, 0]);
  });
});
