import * as fc from "fast-check";
import { RE2JS } from "re2js";
import { describe, expect, it } from "vitest";
import { linearPattern } from "./linear-pattern.ts";

describe("linearPattern", () => {
  it.each([
    ["^lobby-[0-9]$", "lobby-7", "lobby-77"],
    ["^[a-z]+-\\d{4}$", "room-1234", "room-123"],
    ["^[0-9a-f-]{36}$", "0f8fad5b-d9cb-469f-a165-70867728950e", "0f8fad5b"],
    ["^\\w{1,8}\\.json$", "a_1.json", "a_1_json"],
    ["^a?b*c+$", "abbc", "abb"],
    ["^x", "xyz", "yx"],
    ["^[^/]*/[^/]+$", "a/b", "a/b/"],
    ["^$", "", "x"],
    ["^a{0}b{2,2}c{0,}$", "bbc", "abbc"],
    ["^[\\[\\]\\-]$", "-", "="],
    ["^(?:a)$".replace("(?:a)", "[(]"), "(", "a"],
  ])("takes %s", (pattern, hit, miss) => {
    const expression = linearPattern(pattern);
    expect(expression?.test(hit)).toBe(true);
    expect(expression?.test(miss)).toBe(false);
  });

  it.each([
    ["it may begin anywhere", "lobby"],
    ["it has groups", "^(a|b)$"],
    ["it has groups that repeat", "^(a+)+$"],
    ["it is lazy", "^a+?b$"],
    ["what repeats could take what follows", "^a*a$"],
    ["what repeats could take what follows, past what may be nothing", "^[ab]+c?b$"],
    ["two classes take what is not ASCII", "^[^a]*[^b]$"],
    ["a dot means less to ECMA-262", "^.$"],
    ["white space means less to RE2", "^\\s$"],
    ["a class of RE2 has a name", "^[[:alpha:]]$"],
    ["it is not of ASCII alone", "^ä$"],
    ["its last dollar is escaped", "^a\\$"],
    ["it is none of ECMA-262", "^[\\d-x]$"],
    ["it may begin on any line", "(?m)^a"],
  ])("leaves to others a pattern of which %s", (_, pattern) => {
    expect(linearPattern(pattern)).toBeNull();
  });

  const chars = ["a", "b", "-", "0", "_", "\n", "$", "é", "💥", "\u2028", "\ud800"];
  const atoms = ["a", "b", "-", "\\d", "\\w", "[ab]", "[^a]", "[0-9-]", "\\$", "[^\\w]", "_"];
  const quantifiers = ["", "", "?", "*", "+", "{2}", "{1,2}", "{0,}"];
  const pattern = fc
    .tuple(
      fc.array(fc.tuple(fc.constantFrom(...atoms), fc.constantFrom(...quantifiers)), { maxLength: 5 }),
      fc.boolean(),
    )
    .map(([items, ends]) => `^${items.flat().join("")}${ends ? "$" : ""}`);

  it("says what RE2 says", () => {
    let seen = 0;
    fc.assert(
      fc.property(pattern, fc.array(fc.constantFrom(...chars), { maxLength: 8 }), (written, text) => {
        const expression = linearPattern(written);
        if (expression === null) return;
        seen++;
        expect(expression.test(text.join(""))).toBe(RE2JS.compile(written).test(text.join("")));
      }),
      { numRuns: 3000 },
    );
    expect(seen).toBeGreaterThan(500);
  });

  it("takes no more steps than in proportion to the text, whatever the text", () => {
    const length = 100_000;
    const texts = ["a", "b", "-", "ab", "0", "_a"].map((piece) =>
      piece.repeat(length / piece.length).concat("!"),
    );
    fc.assert(
      fc.property(pattern, fc.constantFrom(...texts), (written, text) => {
        // Two ways to go on at each character would be 10,000,000,000 steps, and no test ends then.
        expect(linearPattern(written)?.test(text)).toBeTypeOf(
          linearPattern(written) === null ? "undefined" : "boolean",
        );
      }),
      { numRuns: 300 },
    );
  });
});
