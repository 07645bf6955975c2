import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { frameBound, ownHeaderBytes, writeFrame } from "./frame-writer.ts";
import { serializeFrame } from "./frame-serializer.ts";
import { opcode as opcodes } from "./opcode.ts";

function written(data: string | Uint8Array, opcode: number, fin = true): Buffer {
  const target = Buffer.alloc(frameBound(data) + 3, 0xee);
  const end = writeFrame(target, 3, { opcode, data, fin });
  return target.subarray(3, end);
}

const sizes = [0, 1, 125, 126, 127, 65_535, 65_536, 70_000];

describe("writeFrame", () => {
  it.each(sizes)("writes %d bytes as `serializeFrame` does (RFC 6455 5.2)", (size) => {
    const payload = Buffer.alloc(size, 0xa5);
    const frame = serializeFrame({ opcode: opcodes.binary, payload, maskKey: null });
    expect(written(payload, opcodes.binary).equals(frame)).toBe(true);
    expect(frame.length).toBe(ownHeaderBytes(size) + size);
  });

  it.each(sizes)("writes %d characters of ASCII, and as many that are longer in UTF-8", (size) => {
    for (const text of ["x".repeat(size), "ü".repeat(size), "€".repeat(size)]) {
      const payload = Buffer.from(text);
      const frame = serializeFrame({ opcode: opcodes.text, payload, maskKey: null });
      expect(written(text, opcodes.text).equals(frame)).toBe(true);
    }
  });

  it("writes any text as the platform encodes it, a lone surrogate as U+FFFD", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        const frame = serializeFrame({ opcode: opcodes.text, payload: Buffer.from(text), maskKey: null });
        expect(written(text, opcodes.text).equals(frame)).toBe(true);
      }),
    );
    expect(written("\ud800", opcodes.text).subarray(2).toString("hex")).toBe("efbfbd");
  });

  it("writes a fragment without FIN (RFC 6455 5.4)", () => {
    expect(written("a", opcodes.text, false).toString("hex")).toBe("010161");
  });
});
