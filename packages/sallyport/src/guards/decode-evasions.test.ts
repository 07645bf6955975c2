import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeEvasions, flattenSyntax } from "./decode-evasions.ts";

describe("decodeEvasions", () => {
  it.each([
    ["plain words, 100%", "plain words, 100%"],
    ["%3Cscript%3E", "<script>"],
    ["%253Cscript%253E", "<script>"],
    ["%25253C", "<"],
    ["%u003c%u0027", "<'"],
    ["%c0%ae%c0%ae%c0%af", "../"],
    ["..%c1%9c", "..\\"],
    ["%e0%80%af%f0%80%80%af%fc%80%80%80%80%af", "///"],
    ["..%c0%2f..%c1%1c", "../..\\"],
    ["%c3%a9 stays", "%c3%a9 stays"],
    ["&lt;b&GT; &#60;&#x3c;&#0000060 &colon;&Tab;", "<b> <<< :\t"],
    ["&nosuch; &amp;lt;", "&nosuch; <"],
    ["&#x110000; &#9999999;", "\ufffd \ufffd"],
    [String.raw`\u003c\x3c\u{3c}`, "<<<"],
    ["＜ｓｃｒｉｐｔ＞", "<script>"],
    ["169。254\u2024169", "169.254.169"],
    ["..\u2215\u2216\u2044a\u00a0b", "../\\/a b"],
    ["scr\0ipt\u200b\u00ad", "script"],
  ])("reads %j as %j", (value, decoded) => {
    expect(decodeEvasions(value)).toBe(decoded);
  });

  it("decodes three rounds and no more", () => {
    expect(decodeEvasions("%2525253C")).toBe("%3C");
  });

  it("never throws and never grows", () => {
    const pieces = fc.constantFrom(
      "%",
      "%25",
      "&#x",
      "3c",
      ";",
      "&lt",
      "\\u",
      "{",
      "00",
      "\\x",
      "%c0",
      "%ae",
      "&",
      "＜",
      "\0",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: "binary" })), { maxLength: 20 }), (parts) => {
        const value = parts.join("");
        expect(decodeEvasions(value).length).toBeLessThanOrEqual(value.length);
        expect(flattenSyntax(value)?.length ?? 0).toBeLessThanOrEqual(value.length);
      }),
    );
  });
});

describe("flattenSyntax", () => {
  it.each([
    ["'/**/or/*x*/1=1", "' or 1=1"],
    ["/*!50000union*//*!select*/1", " union  select 1"],
    ["'+union+select+1", "' union select 1"],
    ["a + b", null],
    [";c'a't /etc/passwd", ";cat /etc/passwd"],
    [";w\\h\\o\\ami", ";whoami"],
    [";ca$@t x$()y``z", ";cat xyz"],
    ["plain words", null],
  ])("reads %j as %j", (value, flat) => {
    expect(flattenSyntax(value)).toBe(flat);
  });
});
