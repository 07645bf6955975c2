import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FrameParser, type FrameToken } from "./frame-parser.ts";
import { serializeFrame } from "./frame-serializer.ts";

const bytes = (hex: string): Uint8Array => Buffer.from(hex, "hex");

function tokensOf(parser: FrameParser, chunk: Uint8Array): readonly FrameToken[] {
  parser.feed(chunk);
  const tokens: FrameToken[] = [];
  do tokens.push(parser.next());
  while (tokens.at(-1) !== "more" && tokens.at(-1) !== "violation");
  return tokens;
}

/** What ends the bytes as a violation, and after how many of them. */
function failureOf(hex: string, masked = true): readonly [string | null, number] {
  const parser = new FrameParser(masked);
  const all = bytes(hex);
  for (let at = 0; at < all.length; at++) {
    if (tokensOf(parser, all.subarray(at, at + 1)).at(-1) === "violation") return [parser.violation, at + 1];
  }
  return [parser.violation, all.length];
}

/** What of a first byte is a violation, and whether it begins a compressed message, where these were negotiated. */
function compressionOf(hex: string): readonly [string | null, boolean] {
  const parser = new FrameParser(false, true);
  tokensOf(parser, bytes(hex));
  return [parser.violation, parser.compressed];
}

describe("FrameParser", () => {
  it("shows header and payload of a frame within a chunk", () => {
    const parser = new FrameParser(true);
    parser.feed(bytes("818537fa213d7f9f4d5158"));
    expect(parser.next()).toBe("header");
    expect(parser).toMatchObject({ fin: true, opcode: 1, length: 5, frameStart: 0, position: 6 });
    expect(Buffer.from(parser.maskKey).toString("hex")).toBe("37fa213d");
    expect(Buffer.from(parser.header).toString("hex")).toBe("818537fa213d");
    expect([parser.midFrame, parser.midPayload]).toEqual([true, true]);
    expect(parser.next()).toBe("payload");
    expect(parser).toMatchObject({ payloadStart: 6, payloadEnd: 11, payloadOffset: 0, payloadDone: true });
    expect([parser.midFrame, parser.midPayload]).toEqual([false, false]);
    expect(parser.next()).toBe("more");
  });

  it("puts together a header that comes byte by byte, and pieces of payload", () => {
    const parser = new FrameParser(false);
    expect(tokensOf(parser, bytes("82"))).toEqual(["more"]);
    expect([parser.midFrame, parser.midPayload]).toEqual([true, false]);
    expect(tokensOf(parser, bytes("7e00"))).toEqual(["more"]);
    expect(tokensOf(parser, bytes("80ab"))).toEqual(["header", "payload", "more"]);
    expect(parser.frameStart).toBe(-1);
    expect(Buffer.from(parser.header).toString("hex")).toBe("827e0080");
    expect(parser).toMatchObject({ payloadOffset: 0, payloadStart: 1, payloadEnd: 2, payloadDone: false });
    expect(tokensOf(parser, new Uint8Array(127))).toEqual(["payload", "more"]);
    expect(parser).toMatchObject({ payloadOffset: 1, payloadStart: 0, payloadEnd: 127, payloadDone: true });
  });

  it("shows an empty payload as one empty piece", () => {
    expect(tokensOf(new FrameParser(false), bytes("81008200"))).toEqual([
      "header",
      "payload",
      "header",
      "payload",
      "more",
    ]);
  });

  it("reads an empty chunk as nothing", () => {
    expect(tokensOf(new FrameParser(false), bytes(""))).toEqual(["more"]);
  });

  it("lets go of a chunk", () => {
    const parser = new FrameParser(false);
    tokensOf(parser, bytes("8105"));
    expect(parser.header.length).toBe(2);
    parser.release();
    expect(parser.header.length).toBe(0);
  });

  it("keeps to its violation", () => {
    const parser = new FrameParser(true);
    expect(tokensOf(parser, bytes("c1"))).toEqual(["violation"]);
    expect(tokensOf(parser, bytes("8180000000008180"))).toEqual(["violation"]);
    expect(parser.violation).toBe("protocol.reserved-bit");
  });

  it("rejects each reserved bit and opcode at its first byte (RFC 6455 5.2)", () => {
    for (const first of ["c1", "a1", "91"])
      expect(failureOf(`${first}80`)).toEqual(["protocol.reserved-bit", 1]);
    for (const first of ["83", "87", "8b", "8f", "03"]) {
      expect(failureOf(`${first}80`)).toEqual(["protocol.reserved-opcode", 1]);
    }
  });

  it("takes RSV1 for a compressed message where that was negotiated, on its first frame alone (RFC 7692 6)", () => {
    for (const hex of ["c100", "c200", "4100", "4200"]) expect(compressionOf(hex)).toEqual([null, true]);
    for (const hex of ["8100", "8200", "0000", "8900"]) expect(compressionOf(hex)).toEqual([null, false]);
    for (const hex of ["c000", "4000", "c800", "c900", "ca00", "c300", "e100", "d100", "a100", "9100"])
      expect(compressionOf(hex)).toEqual(["protocol.reserved-bit", false]);
  });

  it("rejects a fragmented control frame at its first byte (RFC 6455 5.5)", () => {
    for (const first of ["08", "09", "0a"]) {
      expect(failureOf(`${first}80`)).toEqual(["protocol.control-fragmented", 1]);
    }
  });

  it("rejects a frame with the wrong masking at its second byte (RFC 6455 5.1)", () => {
    expect(failureOf("8100")).toEqual(["protocol.unmasked-frame", 2]);
    expect(failureOf("8180", false)).toEqual(["protocol.masked-frame", 2]);
  });

  it("rejects a long control frame at its second byte (RFC 6455 5.5)", () => {
    expect(failureOf("89fe")).toEqual(["protocol.control-too-long", 2]);
    expect(failureOf("887f", false)).toEqual(["protocol.control-too-long", 2]);
  });

  it("rejects a length that is not in its shortest form (RFC 6455 5.2)", () => {
    expect(failureOf("82fe007d00000000")).toEqual(["protocol.length-not-minimal", 4]);
    expect(failureOf("82ff000000000000ffff00000000")).toEqual(["protocol.length-not-minimal", 10]);
  });

  it("rejects the highest bit of a length at its byte, and no other length (RFC 6455 5.2)", () => {
    expect(failureOf("82ff8000000000000000")).toEqual(["protocol.length-overflow", 3]);
    expect(failureOf("82ff7fffffffffffffff00000000")).toEqual([null, 14]);
  });

  it("finds the same violation in one chunk", () => {
    for (const [hex, code] of [
      ["82ff8000", "protocol.length-overflow"],
      ["8100", "protocol.unmasked-frame"],
      ["89fe", "protocol.control-too-long"],
    ] as const) {
      const parser = new FrameParser(true);
      expect(tokensOf(parser, bytes(hex))).toEqual(["violation"]);
      expect(parser.violation).toBe(code);
    }
  });

  it("finds the same frames under every split", () => {
    const frame = fc.record({
      opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
      payload: fc.uint8Array({ maxLength: 125 }),
      maskKey: fc.uint8Array({ minLength: 4, maxLength: 4 }),
    });
    fc.assert(
      fc.property(
        fc.array(frame, { maxLength: 5 }),
        fc.array(fc.integer({ min: 1, max: 40 })),
        (frames, sizes) => {
          const all = Buffer.concat(frames.map(serializeFrame));
          const parser = new FrameParser(true);
          const seen: string[] = [];
          for (let at = 0, turn = 0; at < all.length; turn++) {
            const chunk = all.subarray(at, at + (sizes[turn % sizes.length] ?? all.length));
            at += chunk.length;
            parser.feed(chunk);
            for (let token = parser.next(); token !== "more"; token = parser.next()) {
              const piece = chunk.subarray(parser.payloadStart, parser.payloadEnd).toString("hex");
              const header = Buffer.from(parser.header).toString("hex");
              seen.push(token === "header" ? header : piece);
            }
          }
          expect(seen.join("")).toBe(all.toString("hex"));
          expect(parser.midFrame).toBe(false);
        },
      ),
    );
  });
});
