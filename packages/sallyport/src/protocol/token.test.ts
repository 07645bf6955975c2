import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fastestOf } from "../../test/fastest-of.ts";
import { isToken, isTokenCharacter, isWhitespace, splitList } from "./token.ts";

describe("isToken", () => {
  it("accepts every tchar and refuses every other octet (RFC 9110 5.6.2)", () => {
    const tchars = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter(isToken);
    expect(tchars.join("")).toBe(
      "!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~",
    );
  });

  it("refuses an empty value: 1*tchar (RFC 9110 5.6.2)", () => {
    expect(isToken("")).toBe(false);
  });

  it("looks at every character, the last one too", () => {
    expect(isToken("graphql-transport-ws")).toBe(true);
    expect(isToken("graphql ws")).toBe(false);
    expect(isToken("graphql ")).toBe(false);
    expect(isToken("ws\u212a")).toBe(false);
  });
});

describe("isTokenCharacter", () => {
  it("is false past the end", () => {
    expect(isTokenCharacter("a", 0)).toBe(true);
    expect(isTokenCharacter("a", 1)).toBe(false);
  });
});

describe("isWhitespace", () => {
  it("knows space and tab alone (RFC 9110 5.6.3)", () => {
    expect([" ", "\t", "\n", "\u00a0", ""].map((text) => isWhitespace(text, 0))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});

describe("splitList", () => {
  it("joins the fields of one name in order (RFC 9110 5.3)", () => {
    expect(splitList(["a, b", "c"])).toEqual(["a", "b", "c"]);
    expect(splitList([])).toEqual([]);
  });

  it("keeps empty elements for the caller to judge (RFC 9110 5.6.1.2)", () => {
    expect(splitList(["", "a,,b", " \t ,"])).toEqual(["", "a", "", "b", "", ""]);
  });

  it("takes spaces and tabs away, and no other white space", () => {
    expect(splitList([" \ta b\t ", "\u00a0c\n"])).toEqual(["a b", "\u00a0c\n"]);
  });

  it("gives back any list of tokens, however it is padded", () => {
    const token = fc.stringMatching(/^[!#-'*+.^_`|~0-9A-Za-z-]+$/);
    const padding = fc.stringMatching(/^[ \t]*$/);
    fc.assert(
      fc.property(fc.array(fc.tuple(padding, token, padding), { minLength: 1 }), (elements) => {
        const text = elements.map((parts) => parts.join("")).join(",");
        expect(splitList([text])).toEqual(elements.map(([, name]) => name));
      }),
    );
  });

  it("takes well below 50 ms for 15,000 inner spaces (CVE-2021-32640)", () => {
    const text = `b${" ".repeat(15_000)}x`;
    expect(splitList([text])).toEqual([text]);
    expect(fastestOf(() => splitList([text]))).toBeLessThan(50);
  });
});
