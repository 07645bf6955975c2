import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sightsOf, tables } from "../../test/sieve-fixture.ts";
import { createPlainSieve } from "./leak-sieve-plain.ts";
import { CHUNK } from "./leak-sieve-layout.ts";
import { createVectorSieve } from "./leak-sieve-vectors.ts";
import { assembly } from "./vector-code.ts";

const sieve = createVectorSieve(tables, assembly);
const plain = createPlainSieve(tables);
const seen = (text: string): readonly string[] => (sieve === null ? [] : sightsOf(sieve, Buffer.from(text)));
const expected = (text: string): readonly string[] => sightsOf(plain, Buffer.from(text));

/** Without groups that have no digit: the program leaps over what has none far around, and nothing that is looked for is so. */
const worthALook = (text: string, all: readonly string[]): readonly string[] => {
  const latin1 = Buffer.from(text).toString("latin1");
  return all.filter((sight) => {
    const [kind, at] = sight.split(" ");
    const [groups = ""] = /^[0-9A-Z]{1,31}(?:[ .-][0-9A-Z]{1,8}){0,2}/.exec(latin1.slice(Number(at))) ?? [];
    return kind !== "number" || /[0-9]/.test(groups);
  });
};

const sights = [
  "secret",
  "KEY",
  "fd1a:",
  "a@b",
  ".abcdef.",
  "41111111",
  "A23456789",
  "12-34",
  "1-22-3",
  "GB82",
];

describe("createVectorSieve", () => {
  it("is made here, and not where there is no WebAssembly", () => {
    expect(sieve).not.toBeNull();
    expect(createVectorSieve(tables, null)).toBeNull();
  });

  it.each(sights)("sees %s wherever it stands, once", (text) => {
    const places = [
      ...Array.from({ length: 70 }, (_, at) => at),
      ...[-30, -9, -3, 0, 1].map((at) => CHUNK + at),
    ];
    for (const place of places) {
      const said = `${" ".repeat(place)}${text}`;
      expect(seen(`${said} `)).toEqual(expected(`${said} `));
      expect(seen(said)).toEqual(expected(said));
    }
    expect(expected(` ${text} `)).toHaveLength(1);
  });

  it("sees nothing of the message before", () => {
    seen(sights.join(" "));
    expect(seen("-")).toEqual([]);
    expect(seen("")).toEqual([]);
  });

  it("sees every word of a text that is made of them", () => {
    const text = "KEY".repeat(3 * CHUNK);
    expect(seen(text)).toHaveLength(3 * CHUNK);
  });

  it("tells a word before a number that stands behind it", () => {
    expect(seen("secret 41111111 secret")).toEqual(["word 0 0", "number 7", "word 0 16"]);
  });

  it("has no sign where none is looked for", () => {
    const none = createVectorSieve({ ...tables, sign: null }, assembly);
    expect(none === null ? null : sightsOf(none, Buffer.from("a@b a\0b"))).toEqual([]);
  });

  it("sees what a look at each byte sees", () => {
    const piece = fc.oneof(
      fc.constantFrom(...sights, " ", "-", ".", "4", "12", "A", "@", "é", "\n"),
      fc.string({ maxLength: 20 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const text = pieces.join("");
        const ways = [seen(text), expected(text)].map((all) => worthALook(text, all).toSorted());
        expect(ways[0]).toEqual(ways[1]);
      }),
      { numRuns: 1000 },
    );
  });
});
