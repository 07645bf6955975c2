import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { heldMemory } from "./buffer-pool.ts";
import { HeldFrames } from "./held-frames.ts";

/** Takes what is held, and gives it back once it was looked at. */
function taken(held: HeldFrames): Buffer {
  const pieces = held.take();
  const all = Buffer.concat(pieces);
  for (const piece of pieces) heldMemory.takeBack(piece);
  return all;
}

describe("HeldFrames", () => {
  it("holds what was appended, in order, until it is taken, whatever the memory held before", () => {
    const held = new HeldFrames();
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700, size: "max" })), (pieces) => {
        for (const piece of pieces) held.append(piece);
        const all = Buffer.concat(pieces);
        expect(held.size).toBe(all.length);
        expect(Buffer.compare(taken(held), all)).toBe(0);
        expect([held.size, held.take()]).toEqual([0, []]);
      }),
    );
  });

  it("copies: what is appended may change afterwards", () => {
    const held = new HeldFrames();
    const piece = Uint8Array.of(1, 2);
    held.append(piece);
    piece.fill(9);
    expect([...taken(held)]).toEqual([1, 2]);
  });

  it("takes at most twice what it holds, above a smallest size, in pieces of 64 KiB at most", () => {
    for (const count of [1, 37, 50, 75, 150, 1000, 30_000]) {
      const held = new HeldFrames();
      for (let index = 0; index < count; index++) held.append(new Uint8Array(7));
      const pieces = held.take();
      const lengths = pieces.map(({ buffer }) => buffer.byteLength);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(0x1_0000);
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThanOrEqual(256 + count * 14);
      for (const piece of pieces) heldMemory.takeBack(piece);
    }
  });

  it("does not lend what was taken until it is given back, and gives back what it clears", () => {
    const held = new HeldFrames();
    held.append(Uint8Array.of(1));
    const [first] = held.take();
    held.append(Uint8Array.of(2));
    expect([...(first ?? [])]).toEqual([1]);
    const free = heldMemory.freeBytes;
    held.clear();
    held.clear();
    expect(heldMemory.freeBytes).toBe(free + 256);
    expect([held.size, held.take()]).toEqual([0, []]);
  });
});
