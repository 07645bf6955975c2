import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { hostileTexts } from "../../test/hostile-texts.ts";
import { printable } from "./printable.ts";

const ACTS = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** The long one is the same at its end. */
const short = hostileTexts.map((text) => text.slice(-2000));

describe("printable", () => {
  it("leaves nothing that acts, and loses nothing of what was said (CWE-150)", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...short)), (text) => {
        const shown = printable(text);
        expect(shown).not.toMatch(ACTS);
        expect(JSON.parse(`"${shown.replaceAll('"', '\\"')}"`)).toBe(text);
      }),
    );
  });

  it.each([
    ["\u001b]0;owned\u0007", "\\u001b]0;owned\\u0007"],
    ["\u009b31m", "\\u009b31m"],
    ["\u202egnp.exe", "\\u202egnp.exe"],
    ["\ud800 alone", "\\ud800 alone"],
    ["a\r\n\tb", "a\\r\\n\\tb"],
    ["C:\\u001b", "C:\\\\u001b"],
    ["\u{e0041}\u3164", "\\udb40\\udc41\\u3164"],
    ["Grüße, 世界, 🙂 e\u0301", "Grüße, 世界, 🙂 e\u0301"],
  ])("shows %j as %s", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it("lets no more than three marks stand on a letter", () => {
    expect(printable(`e${"\u0301".repeat(5)}x`)).toBe("e\u0301\u0301\u0301\\u0301\\u0301x");
  });

  it("lets lines be lines where it is told to", () => {
    expect(printable("a\r\n\tb\u2028c", { lines: true })).toBe("a\\r\n\\tb\\u2028c");
  });

  it("leaves the escapes of JSON as they are, where it is told that it is JSON", () => {
    const json = JSON.stringify({ text: "\u001b\n\u202e" });
    expect(JSON.parse(printable(json, { json: true }))).toEqual(JSON.parse(json));
    expect(printable(json, { json: true })).toBe(String.raw`{"text":"\u001b\n\u202e"}`);
  });

  it("cuts what is long, and says how much is missing", () => {
    expect(printable("abcdef", { most: 4 })).toBe("abcd… (2 characters more)");
    expect(printable("abcd", { most: 4 })).toBe("abcd");
    expect(printable("x".repeat(1_000_000), { most: 10 })).toBe("xxxxxxxxxx… (999990 characters more)");
  });

  it("does not cut a pair of surrogates into something that acts", () => {
    expect(printable("ab🙂", { most: 3 })).toBe("ab\\ud83d… (1 characters more)");
  });
});
