import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeldBytes } from "./held-bytes.ts";

describe("HeldBytes", () => {
  it("holds what was appended, in order, until it is taken", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 700, size: "max" })), (pieces) => {
        const held = new HeldBytes();
        for (const piece of pieces) held.append(piece);
        const all = Buffer.concat(pieces);
        expect(held.size).toBe(all.length);
        expect(Buffer.compare(held.view(), all)).toBe(0);
        expect(Buffer.compare(held.take(), all)).toBe(0);
        expect([held.size, held.view().length]).toEqual([0, 0]);
      }),
    );
  });

  it("copies: what is appended may change afterwards", () => {
    const held = new HeldBytes();
    const piece = Uint8Array.of(1, 2);
    held.append(piece);
    piece.fill(9);
    expect([...held.view()]).toEqual([1, 2]);
  });

  it("allocates at most twice what it holds, above a smallest size", () => {
    const held = new HeldBytes();
    for (let count = 0; count < 1000; count++) {
      held.append(new Uint8Array(7));
      expect(held.view().buffer.byteLength).toBeLessThanOrEqual(Math.max(256, held.size * 2));
    }
  });

  it("gives up its memory when it is cleared, and what was taken stays as it is", () => {
    const held = new HeldBytes();
    held.append(Uint8Array.of(1));
    const taken = held.take();
    held.append(Uint8Array.of(2));
    expect([...taken]).toEqual([1]);
    held.clear();
    expect(held.view().buffer.byteLength).toBe(0);
  });
});
