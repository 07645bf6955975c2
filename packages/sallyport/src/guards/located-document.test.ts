import { describe, expect, it } from "vitest";
import { nowhere, parseLocated, reasonOf, type LocatedDocument } from "./located-document.ts";

function parse(text: string): LocatedDocument {
  const result = parseLocated(text);
  if (!result.ok) throw new Error(JSON.stringify(result.flaws));
  return result.document;
}

describe("parseLocated", () => {
  const document = parse("a:\n  - b: 1\n    c:\nd: &shared { e: 2 }\nf: *shared\n");

  it("reads YAML, and JSON", () => {
    expect(document.value).toEqual({ a: [{ b: 1, c: null }], d: { e: 2 }, f: { e: 2 } });
    expect(parse('{ "a": [1] }').value).toEqual({ a: [1] });
    expect(parse("").value).toBeNull();
  });

  it("knows where values and keys stand, through aliases too, or the nearest thing above", () => {
    expect(document.locate(["a", 0, "b"])).toEqual({ line: 2, column: 8 });
    expect(document.locate(["a", 0, "b"], true)).toEqual({ line: 2, column: 5 });
    expect(document.locate(["a", 0, "c"])).toEqual({ line: 3, column: 7 });
    expect(document.locate(["f", "e"])).toEqual({ line: 4, column: 17 });
    expect(document.locate(["a", 7])).toEqual(document.locate(["a"]));
    expect(document.locate(["a", 0, "b", "c"])).toEqual(document.locate(["a", 0, "b"]));
    expect(document.locate(["a", "b"])).toEqual(document.locate(["a"]));
    expect(document.locate([])).toEqual({ line: 1, column: 1 });
    expect(parse("").locate(["a"])).toEqual({ line: 1, column: 1 });
    expect(parse("a: { b }").locate(["a", "b"])).toEqual({ line: 1, column: 6 });
  });

  it.each([
    ["a: 1\na: 2", { line: 2, column: 1, found: "Map keys must be unique", expected: "" }],
    ["a: 1\n---\nb: 2", { line: 2, column: 1, found: "several", expected: "one document" }],
    ["a: !own 1", { line: 1, column: 4, found: "Unresolved tag: !own", expected: "" }],
    [
      `a: &a [1, 1]\n${Array.from({ length: 4 }, (_one, index) => `${"bcde"[index]}: &${"bcde"[index]} [${`*${"abcd"[index]}, `.repeat(9)}1]`).join("\n")}`,
      {
        ...nowhere,
        found: "Excessive alias count indicates a resource exhaustion attack",
        expected: "at most 100 aliases",
      },
    ],
  ])("refuses %j", (text, flaw) => {
    expect(parseLocated(text)).toEqual({ ok: false, flaws: [flaw] });
  });
});

describe("reasonOf", () => {
  it("is the first line of what was thrown", () => {
    expect(reasonOf(new Error("one\ntwo"))).toBe("one");
    expect(reasonOf("thrown")).toBe("thrown");
  });
});
