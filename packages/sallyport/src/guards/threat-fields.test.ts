import { describe, expect, it } from "vitest";
import { createExclusions, MAX_TEXT_DEPTH, stepsTo, textsOf, type Place } from "./threat-fields.ts";
import { threatSignatures } from "./threat-signatures.ts";

const [script] = threatSignatures;
const sql = threatSignatures.find(({ id }) => id === "sql-union");
if (script === undefined || sql === undefined) throw new Error("no signatures");

function placeOf(...steps: (string | number)[]): Place | null {
  return steps.reduce<Place | null>(
    (parent, step) => ({ step, parent, depth: (parent?.depth ?? 0) + 1 }),
    null,
  );
}

describe("textsOf", () => {
  it("finds every string and every name, each with its place; bytes are none", () => {
    const value = { a: ["x", { b: "y" }], n: 1, nil: null, bytes: new Uint8Array([65]) };
    const found = [...textsOf(value)].map(
      (text) => `${text?.text} ${stepsTo(text?.place ?? null).join("/")}`,
    );
    expect(found.toSorted()).toEqual(["a a", "b a/1/b", "bytes bytes", "n n", "nil nil", "x a/0", "y a/1/b"]);
    expect([...textsOf("alone")]).toEqual([{ text: "alone", place: null }]);
  });

  it("looks at each list and object once", () => {
    const shared = { b: "x" };
    const seen = new Set<object>();
    expect([...textsOf({ a: shared }, seen)]).toHaveLength(3);
    expect([...textsOf([shared, "y"], seen)].map((found) => found?.text)).toEqual(["y"]);
  });

  it("says where it is too deep to look", () => {
    const deep: unknown = JSON.parse(`${"[".repeat(100_000)}"x"${"]".repeat(100_000)}`);
    expect([...textsOf(deep)]).toEqual([null]);
    const atMost: unknown = JSON.parse(`${"[".repeat(MAX_TEXT_DEPTH)}"x"${"]".repeat(MAX_TEXT_DEPTH)}`);
    expect([...textsOf(atMost)].map((found) => found?.text)).toEqual(["x"]);
  });
});

describe("createExclusions", () => {
  it("excludes nothing where nothing is listed, nor at other places", () => {
    expect(createExclusions([])(placeOf("a"))).toBeNull();
    expect(createExclusions([{ field: "/a" }])(placeOf("b"))).toBeNull();
    expect(createExclusions([{ field: "/a/b" }])(placeOf("a"))).toBeNull();
  });

  it("excludes all signatures, those of a category, or one, in a field and below", () => {
    expect(createExclusions([{ field: "/a" }])(placeOf("a", 0))?.(script)).toBe(true);
    const some = createExclusions([
      { field: "/list/*/code", signatures: ["script"] },
      { field: "/list", signatures: ["sql-union"] },
    ]);
    expect([some(placeOf("list", 3, "code"))?.(script), some(placeOf("list", 3, "code"))?.(sql)]).toEqual([
      true,
      true,
    ]);
    expect([some(placeOf("list", 3))?.(script), some(placeOf("list", 3))?.(sql)]).toEqual([false, true]);
  });
});
