import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoted } from "./quoted.ts";

describe("quoted", () => {
  it("puts a value in quotes as it is", () => {
    expect(quoted("https://app.example.com")).toBe('"https://app.example.com"');
  });

  it("escapes quotes, control characters and everything beyond ASCII (CWE-117)", () => {
    expect(quoted('a"b\\c')).toBe(String.raw`"a\"b\\c"`);
    expect(quoted("a\r\n\u001b[2J")).toBe(String.raw`"a\u000d\u000a\u001b[2J"`);
    expect(quoted("\u202eé😀\ud800")).toBe(String.raw`"\u202e\u00e9\ud83d\ude00\ud800"`);
  });

  it("cuts after 200 characters and shows that it did", () => {
    expect(quoted("a".repeat(200))).toBe(`"${"a".repeat(200)}"`);
    expect(quoted("a".repeat(201))).toBe(`"${"a".repeat(200)}"…`);
  });

  it("is one printable line for any value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        expect(quoted(value)).toMatch(/^"[ -~]*"…?$/);
      }),
    );
  });
});
