import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { beginningOf, inertPieces, inertText } from "./inert.ts";

describe("inertPieces", () => {
  it("leaves ordinary text of any script alone, markup too: it is text", () => {
    for (const text of ["<b>ann</b>", "żółć 東京 عربي עברית", "👩‍💻 family", "a‌b"])
      expect(inertPieces(text)).toEqual([{ text, isEscape: false }]);
  });

  it("shows what would turn or hide text around it (CVE-2021-42574)", () => {
    expect(inertPieces("user\u202Egpj.exe")).toEqual([
      { text: "user", isEscape: false },
      { text: "\\u{202e}", isEscape: true },
      { text: "gpj.exe", isEscape: false },
    ]);
    for (const character of ["\u2066", "\u200f", "\u061c", "\ufeff", "\u200b", "\u{e0041}", "\u3164"])
      expect(inertPieces(`a${character}b`)[1]?.isEscape).toBe(true);
  });

  it("shows terminal sequences and line breaks (CWE-150)", () => {
    expect(inertText("\u001b[31mred\r\n\u009b2J")).toBe("\\u{1b}[31mred\\r\\n\\u{9b}2J");
  });

  it("shows half of a pair", () => {
    expect(inertText("a\ud800b")).toBe("a\\u{d800}b");
  });

  it("makes one piece of a run, however long it is", () => {
    expect(inertPieces("\0".repeat(100_000))).toHaveLength(1);
  });

  it("never leaves a character that acts", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0x10_ff_ff), { maxLength: 60 }), (points) => {
        const text = String.fromCodePoint(...points);
        const shown = inertPieces(text)
          .map((piece) => piece.text)
          .join("");
        expect(shown).toBe(inertText(text));
        expect(inertPieces(shown).every(({ isEscape }) => !isEscape)).toBe(true);
      }),
    );
  });
});

describe("beginningOf", () => {
  it("cuts between characters, not within a pair", () => {
    expect(beginningOf("ab👍cd", 3)).toBe("ab");
    expect(beginningOf("ab👍cd", 4)).toBe("ab👍");
    expect(beginningOf("ab", 4)).toBe("ab");
  });
});
