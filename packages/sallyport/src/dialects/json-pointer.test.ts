import { describe, expect, it } from "vitest";
import { parseJsonPointer } from "./json-pointer.ts";

describe("parseJsonPointer", () => {
  it.each([
    ["", []],
    ["/", [""]],
    ["/token", ["token"]],
    ["/auth/0/token", ["auth", "0", "token"]],
    ["/a~1b", ["a/b"]],
    ["/m~0n", ["m~n"]],
    ["/~01", ["~1"]],
    ["/ /ü", [" ", "ü"]],
  ])("reads %j (RFC 6901 5)", (text, tokens) => {
    expect(parseJsonPointer(text)).toEqual(tokens);
  });

  it.each(["token", "#/token", "/a~", "/a~2", "~0"])("refuses %j (RFC 6901 3)", (text) => {
    expect(parseJsonPointer(text)).toBeNull();
  });
});
