import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { beginMatching, compilePattern, MAX_MATCHED_CHARACTERS, matchedTooMuch } from "./schema-pattern.ts";

const texts = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      ...Array.from("abzAZ09_-./@ \t\n\v\r\u00a0\u2028\u3000\ufeff\u0085\u180e[]{}()^$\\é"),
      "😀",
      "\u0000",
    ),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
  ),
  maxLength: 12,
});

const patterns = [
  "^[a-z]+$",
  "^a.b$",
  String.raw`^\S+$`,
  String.raw`^\s*$`,
  String.raw`[\s\S]z`,
  String.raw`^[^\s]$`,
  String.raw`^[\S ]$`,
  String.raw`^\d{1,3}\.\d+$`,
  String.raw`^\w+\-\w+$`,
  String.raw`a\/b`,
  String.raw`\u00e9`,
  String.raw`^\u{1F600}$`,
  String.raw`^.$`,
  String.raw`\bz\b`,
  "^(?:a|ab)(?<rest>b*)$",
  String.raw`^\p{L}+$`,
  String.raw`[\]\[\-]`,
  "^[.]$",
];

describe("compilePattern", () => {
  it.each(patterns)("means by %s what ECMA-262 means (JSON Schema 6.4)", (pattern) => {
    const compiled = compilePattern(pattern);
    const expected = new RegExp(pattern.replace(String.raw`\w+\-`, String.raw`\w+-`), "u");
    fc.assert(
      fc.property(texts, (text) => {
        beginMatching();
        expect(compiled.test(text)).toBe(expected.test(text));
      }),
      { numRuns: 300 },
    );
    expect(compiled.toString()).toBe(`/${pattern}/`);
  });

  it.each(["(?=a)b", "(?<!a)b", String.raw`(a)\1`, "a{1001}", "(a{100}){100}", "("])(
    "knows no %s: nothing that could take more than linear time (RE2)",
    (pattern) => {
      expect(() => compilePattern(pattern)).toThrow(/regular expression|regexp/);
    },
  );

  it.each(["a**", String.raw`\z`, String.raw`\Q.\E`, "(?i)a", "[[:alpha:]]", "(?U)a"])(
    "knows no %s: RE2 does, and ECMA-262 does not, or means something else",
    (pattern) => {
      expect(() => compilePattern(pattern)).toThrow(SyntaxError);
    },
  );

  it("matches no more than so many characters in one message, all patterns together", () => {
    const [one, other] = [compilePattern("^a"), compilePattern("^b")];
    beginMatching();
    expect(one.test("a".repeat(MAX_MATCHED_CHARACTERS - 1))).toBe(true);
    expect(other.test("b")).toBe(true);
    expect(matchedTooMuch()).toBe(false);
    expect(other.test("b")).toBe(false);
    expect(matchedTooMuch()).toBe(true);
    beginMatching();
    expect([other.test("b"), matchedTooMuch()]).toEqual([true, false]);
  });
});
