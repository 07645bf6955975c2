import { parse, type ASTNode } from "@marcbachmann/cel-js";
import { describe, expect, it } from "vitest";
import { childrenOf, literalOf, mentions, pathOf, resolvePath } from "./cel-tree.ts";

const tree = (text: string): ASTNode => parse(text).ast;
const namesIn = (text: string): readonly string[] => {
  const found: string[] = [];
  mentions(tree(text), (name) => (found.push(name), false));
  return found;
};

describe("childrenOf", () => {
  it.each([
    ["1", 0],
    ["a", 0],
    ["a.b", 1],
    ["!a", 1],
    ["f(a, b)", 2],
    ["a.f(b, c)", 3],
    ["{a: b, c: d}", 4],
    ["[a, b]", 2],
    ["a[b]", 2],
    ["a ? b : c", 3],
    ["a in b", 2],
  ])("finds what stands below %s", (text, count) => {
    expect(childrenOf(tree(text))).toHaveLength(count);
  });
});

describe("mentions", () => {
  it("sees every name, wherever it stands", () => {
    expect(namesIn('a.b == c[d] && -e < f(g) || !h.i(j) ? {"k": l} : [m, 1]')).toEqual(
      "a,c,d,e,g,h,j,l,m".split(","),
    );
    expect(mentions(tree("a.message"), (name) => name === "message")).toBe(false);
    expect(mentions(tree("a || message.b"), (name) => name === "message")).toBe(true);
  });
});

describe("pathOf", () => {
  it("is the way from a variable to a field", () => {
    expect(pathOf(tree("message"))).toEqual(["message"]);
    expect(pathOf(tree('message.rooms["open"][0]'))).toEqual(["message", "rooms", "open", 0]);
  });

  it.each(["f(a)", "a.f()", "a + b", "a[b]", "a[1.5]", "f(a).b", "[1]"])("is none of %s", (text) => {
    expect(pathOf(tree(text))).toBeNull();
  });
});

describe("literalOf", () => {
  it("is the value of a literal, and of nothing else", () => {
    expect([literalOf(tree('"a"')), literalOf(tree("2")), literalOf(tree("a"))]).toEqual([
      "a",
      2n,
      undefined,
    ]);
  });
});

describe("resolvePath", () => {
  it("follows own fields and elements, and nothing that a prototype holds", () => {
    const variables = { message: { rooms: ["attic"], none: null } };
    expect(resolvePath(["message", "rooms", 0], variables)).toBe("attic");
    expect(resolvePath(["message", "none"], variables)).toBeNull();
    expect(resolvePath(["message", "none", "x"], variables)).toBeUndefined();
    expect(resolvePath(["message", "rooms", 0, "length"], variables)).toBeUndefined();
    expect(resolvePath(["message", "constructor"], variables)).toBeUndefined();
  });
});
