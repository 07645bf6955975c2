import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeaderList } from "./header-list.ts";

describe("HeaderList", () => {
  it("keeps fields as they came, in order, with repetitions, whatever the case of their names (RFC 9110 5.1)", () => {
    const list = new HeaderList(["Host", "a", "X-One", "1", "HOST", "b", "x-one", ""]);
    expect([list.size, list.get("host"), list.all("host"), list.has("x-one")]).toEqual([
      4,
      "a",
      ["a", "b"],
      true,
    ]);
    expect([list.get("x"), list.all("x"), list.has("x")]).toEqual([undefined, [], false]);
    expect([...list.entries()]).toEqual([
      ["host", "a"],
      ["x-one", "1"],
      ["host", "b"],
      ["x-one", ""],
    ]);
  });

  it("reads a name without a value as empty, and knows no inherited name", () => {
    const list = new HeaderList(["a", "1", "b"]);
    expect([...list.entries()]).toEqual([
      ["a", "1"],
      ["b", ""],
    ]);
    expect([list.has("constructor"), list.get("__proto__")]).toEqual([false, undefined]);
  });

  it("gives back every pair that it was given", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string())), (pairs) => {
        const list = new HeaderList(pairs.flat());
        expect([...list.entries()]).toEqual(pairs.map(([name, value]) => [name.toLowerCase(), value]));
      }),
    );
  });
});
