import { describe, expect, it } from "vitest";

import { contentLines } from "./content-lines.ts";

describe("contentLines", () => {
  it("sets out JSON that is whole", () => {
    expect(contentLines('{"a": [1,"x y"]}', true)).toEqual([
      "{",
      '  "a": [',
      "    1,",
      '    "x y"',
      "  ]",
      "}",
    ]);
  });

  it("leaves as it was sent what is cut, long, no JSON, or would not be the same", () => {
    const texts = ["{ half", "hello", '"text"', '{"a":1,"a":2}', '{"a":1.00}', '{"a":12345678901234567890}'];
    for (const text of texts) expect(contentLines(text, true)).toEqual([text]);
    expect(contentLines('{"a":1}', false)).toEqual(['{"a":1}']);
    const long = JSON.stringify({ a: "x".repeat(30_000) });
    expect(contentLines(long, true)).toEqual([long]);
    expect(contentLines("one\ntwo", true)).toEqual(["one", "two"]);
  });
});
