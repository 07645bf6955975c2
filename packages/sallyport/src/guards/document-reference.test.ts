import { describe, expect, it } from "vitest";
import { createReferenceResolver } from "./document-reference.ts";

const document = {
  $id: "https://a.example/chat#",
  $defs: { "a/b": { $anchor: "here" }, list: [{ "~": 1 }, null] },
};

describe("createReferenceResolver", () => {
  const resolve = createReferenceResolver(document);

  it.each([
    ["#", []],
    ["", []],
    ["#/$defs/a~1b", ["$defs", "a/b"]],
    ["#/$defs/a%7E1b", ["$defs", "a/b"]],
    ["#/$defs/list/0/~0", ["$defs", "list", 0, "~"]],
    ["#here", ["$defs", "a/b"]],
    ["https://a.example/chat", []],
    ["https://a.example/chat#here", ["$defs", "a/b"]],
  ])("follows %j within the document (RFC 6901 6, 2020-12 core 8.2)", (reference, path) => {
    expect(resolve(reference)).toEqual(path);
  });

  it.each([
    "#/$defs/none",
    "#/$defs/list/2",
    "#/$defs/list/0/~0/deeper",
    "#/$defs/list/x",
    "#/toString",
    "#elsewhere",
    "#/~2",
    "#/%zz",
    "other.json",
    "./chat.json#/a",
    "https://a.example/other",
    "file:///etc/passwd",
    7,
  ])("leads nowhere by %j: nothing is fetched", (reference) => {
    expect(resolve(reference)).toBeNull();
  });

  it("needs no `$id`", () => {
    expect(createReferenceResolver(true)("#")).toEqual([]);
    expect(createReferenceResolver({ a: 1 })("#/a")).toEqual(["a"]);
    expect(createReferenceResolver([{ $anchor: "x" }])("#x")).toEqual([0]);
  });
});
