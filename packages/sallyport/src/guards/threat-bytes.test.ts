import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createByteWalk } from "./threat-bytes.ts";
import { hygienePatterns } from "./json-hygiene.ts";
import { prefilterPatterns } from "./threat-prefilter.ts";

const walk = createByteWalk();
const read = (text: string): ReturnType<typeof walk.walk> => {
  const bytes = Buffer.from(text);
  return walk.walk(bytes, bytes.length === text.length);
};

const words = [
  "union ",
  "UnIoN(",
  "urlcache",
  "powershell",
  "password from",
  "by 5--",
  "mysql.user",
  "xp_cmdshell",
  "_schema",
];
const characters = [
  "＜",
  "．",
  "／",
  "\u2215",
  "\u200b",
  "\u2024",
  "\u202e",
  "\u2060",
  "\u00a0",
  "\u00ad",
  "\u0085",
  "。1",
  "\ufeff",
  "é\u007f",
];

const patternOf = (patterns: readonly RegExp[], part: string): RegExp =>
  patterns.find(({ source }) => source.includes(part)) ?? /(?!)/;

describe("createByteWalk", () => {
  it.each(words)("finds %s wherever it stands", (word) => {
    for (let before = 0; before < 40; before++) {
      expect(read(`${"-".repeat(before)}${word}`)?.words).toBe(true);
      expect(read(`é${"-".repeat(before)}${word}--`)?.words).toBe(true);
    }
    expect(read("-".repeat(60))?.words).toBe(false);
  });

  it.each(characters)("finds the character %j wherever it stands", (char) => {
    for (let before = 0; before < 40; before++)
      expect(read(`é${"-".repeat(before)}${char}`)?.characters).toBe(true);
    expect(read("é今天晚上一起吃饭吗？好的（七点），我们在老地方见。👍 größe")?.characters).toBe(false);
  });

  it("misses nothing that the expressions for the same find", () => {
    const [pieces, rest] = [
      [...words, ...characters],
      [
        "x",
        " ",
        "é",
        "。",
        "今",
        "'",
        "5",
        "u",
        "p",
        "y",
        "_",
        "nion(",
        " 5",
        "+7 #",
        "schema",
        "sql.db",
        "p_reg",
      ],
    ];
    const text = fc.array(fc.constantFrom(...pieces, ...rest), { maxLength: 30 });
    const word = patternOf(prefilterPatterns, "rlcache");
    const lookalike = patternOf(prefilterPatterns, "\\xef\\xbc");
    const unusual = patternOf(
      hygienePatterns,
      "\\u007f-\\u009f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]",
    );
    expect([word, lookalike, unusual].map(({ source }) => source)).not.toContain("(?!)");
    fc.assert(
      fc.property(text, (chosen) => {
        const said = `é${chosen.join("")}`;
        const latin1 = Buffer.from(said).toString("latin1");
        const found = read(said);
        return (
          found !== null &&
          (found.words || !word.test(latin1)) &&
          (found.characters || !(lookalike.test(latin1) || unusual.test(said)))
        );
      }),
      { numRuns: 2000 },
    );
  });

  it("counts colons behind a quote, and tells white space before one", () => {
    expect(read('{"a":1,"b":{"c":"d:e"}}')?.members).toBe(3);
    expect(read(`{${'"a":1,'.repeat(500)}"b":2}`)?.members).toBe(501);
    expect(read("[]")?.members).toBe(0);
    for (const space of [" ", "\n", "\r", "\t"]) expect(read(`{"a"${space}:1}`)?.members).toBeNull();
  });

  it("tells where a sign stands that what follows makes worth a look, and nothing of the message before", () => {
    const places = (text: string): readonly number[] => {
      const { signs } = read(text) ?? { signs: null };
      return signs === null ? [] : [...signs.places.subarray(0, signs.count)];
    };
    expect(places(`<b${"-".repeat(70)}{{`)).toEqual([0, 72]);
    expect(places('{"a":[1]} < 5')).toEqual([]);
    for (let before = 0; before < 40; before++)
      expect(places(`${"-".repeat(before)}<b${"-".repeat(40)}/*`)).toEqual([before, before + 42]);
    read(`${"x".repeat(16)}"`);
    expect(read("x".repeat(16))?.members).toBe(0);
    read("union");
    expect(read("x")?.words).toBe(false);
  });

  it("does not tell the places of more signs than it has room for", () => {
    expect(read("<b".repeat(4095))?.signs?.count).toBe(4095);
    expect(read("<b".repeat(4096))?.signs).toBeNull();
  });

  it("tells a DEL and an escape that may be of an unusual character", () => {
    expect(read("a\u007f")?.deletes).toBe(true);
    expect(read("a")?.deletes).toBe(false);
    for (const escape of ["\\u0000", "\\b", "\\f"]) expect(read(`"a${escape}"`)?.escapes).toBe(true);
    expect(read('"a\\n\\t"')?.escapes).toBe(false);
  });

  it("tells a long number, and none of less characters than sixteen", () => {
    for (let before = 0; before < 40; before++) {
      expect(read(`${" ".repeat(before)}${"-1.5e+9".repeat(10)}`)?.longNumbers).toBe(true);
      expect(read(`${" ".repeat(before)}${"-1.5e+9,".repeat(10)}`)?.longNumbers).toBe(false);
    }
  });

  it("puts a NUL for every byte beyond ASCII", () => {
    read("aé今/b");
    expect(walk.projection(8)).toBe("a\0\0\0\0\0/b");
  });

  it("finds nothing out about longer messages, nor where there is no WebAssembly", () => {
    expect(read("x".repeat(65_536))).not.toBeNull();
    expect(read("x".repeat(65_537))).toBeNull();
    const absent = createByteWalk(null);
    expect(absent.walk(Buffer.from("union "), true)).toBeNull();
    expect(absent.projection(1)).toBe("");
  });
});
