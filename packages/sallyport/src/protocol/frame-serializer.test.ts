import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCloseBody } from "./close-frame.ts";
import { FrameParser } from "./frame-parser.ts";
import { serializeClose, serializeFrame } from "./frame-serializer.ts";
import { applyMask } from "./mask.ts";

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const key = Uint8Array.of(0x37, 0xfa, 0x21, 0x3d);

const header = (length: number): string =>
  hex(serializeFrame({ opcode: 2, payload: new Uint8Array(length), maskKey: null }).subarray(0, 10));

function parseOne(bytes: Uint8Array, masked: boolean) {
  const parser = new FrameParser(masked);
  parser.feed(bytes);
  const tokens = [parser.next(), parser.next(), parser.next()];
  const payload = Uint8Array.from(bytes.subarray(parser.payloadStart, parser.payloadEnd));
  if (masked) applyMask(payload, payload, parser.maskKey, 0);
  return { tokens, opcode: parser.opcode, fin: parser.fin, payload, position: parser.position };
}

describe("serializeFrame", () => {
  it("writes the examples of RFC 6455 5.7", () => {
    expect(hex(serializeFrame({ opcode: 1, payload: Buffer.from("Hello"), maskKey: null }))).toBe(
      "810548656c6c6f",
    );
    expect(hex(serializeFrame({ opcode: 1, payload: Buffer.from("Hello"), maskKey: key }))).toBe(
      "818537fa213d7f9f4d5158",
    );
    expect(hex(serializeFrame({ opcode: 1, payload: Buffer.from("Hel"), maskKey: null, fin: false }))).toBe(
      "010348656c",
    );
  });

  it("takes the shortest form of the length (RFC 6455 5.2)", () => {
    expect(header(125).slice(0, 4)).toBe("827d");
    expect(header(126).slice(0, 8)).toBe("827e007e");
    expect(header(65_535).slice(0, 8)).toBe("827effff");
    expect(header(65_536)).toBe("827f0000000000010000");
  });

  it("is undone by the parser, whatever the frame", () => {
    const lengths = fc.oneof(fc.nat(200), fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000));
    const maskKeys = fc.option(fc.uint8Array({ minLength: 4, maxLength: 4 }));
    fc.assert(
      fc.property(lengths, fc.nat(255), maskKeys, fc.boolean(), fc.constantFrom(0, 1, 2), (...frame) => {
        const [length, byte, maskKey, fin, opcode] = frame;
        const payload = new Uint8Array(length).fill(byte);
        const bytes = serializeFrame({ opcode, payload, maskKey, fin });
        const parsed = parseOne(bytes, maskKey !== null);
        expect(parsed).toMatchObject({ tokens: ["header", "payload", "more"], opcode, fin });
        expect(parsed.position).toBe(bytes.length);
        expect(Buffer.compare(parsed.payload, payload)).toBe(0);
      }),
    );
  });
});

describe("serializeClose", () => {
  it("writes code and reason, masked towards a server", () => {
    expect(hex(serializeClose(1000, "bye", null))).toBe("880503e8627965");
    expect(parseOne(serializeClose(1000, "bye", key), true).payload).toEqual(
      Uint8Array.from(Buffer.from("03e8627965", "hex")),
    );
  });

  it("cuts a long reason at a code point, so that it stays a valid Close (RFC 6455 5.5)", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 150, size: "max" }), (reason) => {
        const { payload, tokens } = parseOne(serializeClose(4001, reason, null), false);
        expect(tokens).toEqual(["header", "payload", "more"]);
        expect(parseCloseBody(payload)).toEqual({ ok: true, code: 4001 });
        const written = Buffer.from(payload.subarray(2)).toString();
        expect(Buffer.from(reason).toString().startsWith(written)).toBe(true);
      }),
    );
    expect(serializeClose(4001, "x".repeat(200), null).length).toBe(127);
    expect(serializeClose(4001, `${"x".repeat(122)}é`, null).length).toBe(126);
  });
});
