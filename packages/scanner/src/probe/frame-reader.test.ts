import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frame, opcodes } from "./frame.ts";
import { FrameReader, KEPT_BYTES } from "./frame-reader.ts";

describe("FrameReader", () => {
  it("reads what the standard forbids, and says so", () => {
    const key = Buffer.from("37fa213d", "hex");
    const bytes = frame({ opcode: 3, fin: false, reserved: 7, payload: "masked", mask: key });
    expect(new FrameReader().feed(bytes)).toEqual([
      { fin: false, reserved: 7, opcode: 3, masked: true, length: 6, key, payload: Buffer.from("masked") },
    ]);
  });

  it("keeps the beginning of a long payload, and goes on behind it", () => {
    const reader = new FrameReader();
    const long = frame({ opcode: "binary", payload: Buffer.alloc(KEPT_BYTES + 70_000, 7), mask: null });
    const [first, second] = reader.feed(Buffer.concat([long, frame({ opcode: "pong", mask: null })]));
    expect(first).toMatchObject({ length: KEPT_BYTES + 70_000, payload: Buffer.alloc(KEPT_BYTES, 7) });
    expect(second?.opcode).toBe(opcodes.pong);
    expect(reader.isMidFrame).toBe(false);
  });

  it("waits for a payload that was only announced, of any length", () => {
    const reader = new FrameReader();
    expect(reader.feed(frame({ opcode: "text", announced: 2n ** 63n, mask: null }))).toEqual([]);
    expect(reader.feed(Buffer.alloc(1000))).toEqual([]);
    expect(reader.isMidFrame).toBe(true);
  });

  it("finds the same frames under every split", () => {
    const shapes = fc.array(
      fc.record({
        opcode: fc.integer({ min: 0, max: 15 }),
        payload: fc.uint8Array({ maxLength: 300 }),
        fin: fc.boolean(),
        mask: fc.constantFrom(null, Buffer.from("37fa213d", "hex")),
      }),
      { maxLength: 4 },
    );
    fc.assert(
      fc.property(shapes, fc.integer({ min: 1, max: 40 }), (all, size) => {
        const bytes = Buffer.concat(all.map(frame));
        const reader = new FrameReader();
        const found = [];
        for (let at = 0; at < bytes.length; at += size)
          found.push(...reader.feed(bytes.subarray(at, at + size)));
        expect(found.map(({ opcode, payload }) => [opcode, payload.toString("hex")])).toEqual(
          all.map(({ opcode, payload }) => [opcode, Buffer.from(payload).toString("hex")]),
        );
      }),
    );
  });
});
