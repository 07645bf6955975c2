import { Buffer, isUtf8 } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Utf8Validator } from "./utf8.ts";

const bytes = (hex: string): Uint8Array => Buffer.from(hex, "hex");

/** Text, text with a few bytes changed, and bytes of the kinds that UTF-8 is made of. */
const nearText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }).map((text) => Uint8Array.from(Buffer.from(text))),
  fc
    .tuple(fc.string({ unit: "binary", minLength: 1, maxLength: 40 }), fc.nat(), fc.nat(255))
    .map(([text, at, byte]) => {
      const changed = Uint8Array.from(Buffer.from(text));
      changed[at % changed.length] = byte;
      return changed;
    }),
  fc
    .array(
      fc.constantFrom(
        0x24,
        0x7f,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc1,
        0xc2,
        0xe0,
        0xed,
        0xf0,
        0xf4,
        0xf5,
      ),
      {
        maxLength: 12,
      },
    )
    .map((list) => Uint8Array.from(list)),
);

/** Whether some continuation makes these bytes UTF-8: at most three bytes are missing. */
function canBecomeUtf8(start: Uint8Array): boolean {
  const ends = ["", "80", "8080", "808080", "90", "9080", "908080", "a0", "a080"];
  return ends.some((end) => isUtf8(Buffer.concat([start, bytes(end)])));
}

function valid(pieces: readonly Uint8Array[]): boolean {
  const validator = new Utf8Validator();
  return pieces.every((piece) => validator.push(piece)) && validator.finish();
}

function split(whole: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const ends = [...cuts.map((cut) => cut % (whole.length + 1)), whole.length].sort((a, b) => a - b);
  return ends.map((end, index) => whole.subarray(ends[index - 1] ?? 0, end));
}

describe("Utf8Validator", () => {
  it("agrees with the platform on whole texts, under every split (RFC 3629 3)", () => {
    fc.assert(
      fc.property(nearText, fc.array(fc.nat(), { maxLength: 6 }), (text, cuts) => {
        expect(valid(split(text, cuts))).toBe(isUtf8(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("fails at the first impossible byte, and not before (RFC 6455 8.1)", () => {
    fc.assert(
      fc.property(nearText, (text) => {
        const validator = new Utf8Validator();
        for (let end = 1; end <= text.length; end++) {
          const possible = canBecomeUtf8(text.subarray(0, end));
          expect(validator.push(text.subarray(end - 1, end))).toBe(possible);
          if (!possible) return;
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("fails within the piece that holds the first impossible byte, even at its end", () => {
    for (const hex of [
      "61e080",
      "61f08f",
      "61eda0",
      "61f490",
      "61c0",
      "61f5",
      "6180",
      "61e28228",
      "80808080",
    ]) {
      expect([hex, new Utf8Validator().push(bytes(hex))]).toEqual([hex, false]);
    }
  });

  it("waits for the rest of a code point that may still come", () => {
    for (const hex of ["61", "61c3", "61e2", "61e282", "61f0", "61f09f", "61f09f98", "61f48f", "e282ac"]) {
      expect([hex, new Utf8Validator().push(bytes(hex))]).toEqual([hex, true]);
    }
  });

  it("takes empty pieces, also in a code point", () => {
    expect(valid([bytes(""), bytes("e2"), bytes(""), bytes("82ac"), bytes("")])).toBe(true);
  });

  it("refuses an end inside a code point, and is ready for the next text", () => {
    const validator = new Utf8Validator();
    expect(validator.push(bytes("e0"))).toBe(true);
    expect(validator.finish()).toBe(false);
    expect(validator.push(bytes("c280"))).toBe(true);
    expect(validator.finish()).toBe(true);
  });
});
