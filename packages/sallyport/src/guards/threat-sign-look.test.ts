import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createByteWalk } from "./threat-bytes.ts";
import { mayThreatenJson } from "./threat-prefilter.ts";
import { hasOddSign, signPatterns } from "./threat-sign-look.ts";

const walk = createByteWalk();

function isOdd(text: string): boolean {
  const bytes = Buffer.from(text);
  const signs = walk.walk(bytes, true)?.signs ?? null;
  if (signs === null) throw new TypeError("no walk");
  return hasOddSign({ latin1: text, bytes, ...signs });
}

/** By expressions alone, as where nobody walked. */
function isOddByExpressions(text: string): boolean {
  return mayThreatenJson({ latin1: text, isAscii: true, bytes: () => Buffer.from(text), found: null });
}

const attacks = [
  "<b",
  "1<2",
  "3>2",
  "' or 1",
  "')--",
  "'5:3",
  "`id`",
  "`$(x",
  "$(id)",
  "${7*7}",
  "${T(java)}",
  "${item.name.constructor}",
  "${this.x}",
  "${a b}",
  `\${${"a".repeat(70)}`,
  "${IFS}",
  "$x.class.",
  "%00",
  "%u0041",
  "{{7",
  "{php}",
  "{cat,/etc",
  "alert(1)",
  "eval (1)",
  "t(java",
  "(select",
  "( select",
  "(#a",
  "() {:;}",
  "onload =",
  "1=1",
  "1 = '1",
  "or x=",
  "=file:",
  "= gopher:",
  "& id",
  "&lt",
  "&#x3c",
  "&& sleep",
  "&&vi ",
  "&& 1",
  "|| cat",
  "| |1",
  "|attr",
  "|/bin",
  "; drop",
  ";cat",
  ";\\\\l",
  ";w ",
  ";${x",
  "||${x",
  "#{x",
  "#set",
  "@{x",
  "@java",
  '\\" or 1',
  '\\"--',
  "\\\\n",
  "\\/",
  "\\u003c",
  "\\ncat",
  "\\n\\n id",
  "\\n\\t\\r\\n/bin",
  "/etc/passwd",
  "~/x",
];

const harmless = [
  "I'll go, it's fine, O'Brien's",
  "'okay'",
  "a < b && b > c",
  "x > y",
  "`${item.name}`",
  "${a}",
  "$5.00",
  "100%, 5 % off",
  "{ return a; }",
  "{item.name}",
  "{longerthantenletters,x}",
  "tickets (row 12)",
  "a (jam) (very) (dark) (set)".replace("(set)", "(x)"),
  "f() + g( x)",
  "map((x) => x)",
  "?id=17&from=here",
  "one = two",
  "a=b",
  "=fish =golf".replace("=fish", "=x").replace("=golf", "=y"),
  "this & that",
  "a & Bob",
  "a || b",
  "a | b",
  "fine; see you",
  "; }",
  "#1 and #ok",
  "a@example.com",
  'he said \\"yes\\", \\"okay\\"',
  "line\\nnext\\n\\nother",
  "a/b",
];

describe("hasOddSign", () => {
  it.each(attacks)("stops at %j, as the expressions do", (text) => {
    expect([isOdd(`say ${text} x`), isOddByExpressions(`say ${text} x`)]).toEqual([true, true]);
  });

  it.each(harmless)("passes %j, as the expressions do", (text) => {
    expect([isOdd(`say ${text} x`), isOddByExpressions(`say ${text} x`)]).toEqual([false, false]);
  });

  it("looks at nothing where no sign is known by its expression", () => {
    const bytes = Buffer.from("abc");
    expect(hasOddSign({ latin1: "abc", bytes, places: Uint16Array.of(1), count: 1 })).toBe(false);
  });

  it("stops wherever the expressions of the signs do, and nowhere else", () => {
    const piece = fc.oneof(
      fc.constantFrom(...attacks, ...harmless),
      fc.constantFrom(...Array.from("<>'`$%{(=&|;#@\\/")),
      fc.constantFrom(
        " ",
        "or",
        "on",
        "if",
        "1",
        "'",
        '"',
        "\\n",
        "\\\\",
        ")",
        "}",
        ".",
        "w",
        "id",
        "select",
      ),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const text = pieces.join("");
        // Words that no sign stands beside are told elsewhere.
        const byExpressions =
          signPatterns.some((pattern) => new RegExp(pattern.source, "i").test(text)) ||
          (text.includes("/") && isOdd(text));
        expect(isOdd(text)).toBe(byExpressions);
      }),
      { numRuns: 3000 },
    );
  });
});
