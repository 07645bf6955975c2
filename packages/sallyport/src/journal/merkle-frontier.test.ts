import { describe, expect, it } from "vitest";

import { leafHash, MerkleFrontier } from "./merkle-frontier.ts";
import { merkleVectors } from "../../test/merkle-vectors.ts";

describe("MerkleFrontier", () => {
  it("has the roots of the vectors of Certificate Transparency (RFC 9162 2.1.1)", () => {
    const tree = new MerkleFrontier();
    expect(tree.root().toString("hex")).toBe(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    const roots = merkleVectors.map(({ leaf }) => {
      tree.append(leafHash(Buffer.from(leaf, "hex")));
      return tree.root().toString("hex");
    });
    expect(roots).toEqual(merkleVectors.map(({ root }) => root));
  });

  it("goes on from its subtrees", () => {
    const [whole, first] = [new MerkleFrontier(), new MerkleFrontier()];
    for (let number = 0; number < 11; number++) {
      const leaf = leafHash(Buffer.from([number]));
      whole.append(leaf);
      if (number < 7) first.append(leaf);
    }
    const second = new MerkleFrontier(7, first.subtrees);
    for (let number = 7; number < 11; number++) second.append(leafHash(Buffer.from([number])));
    expect(second.root()).toEqual(whole.root());
    expect(first.size).toBe(7);
  });

  it("grows by itself when it is a copy", () => {
    const tree = new MerkleFrontier();
    tree.append(leafHash(Buffer.from("a")));
    const copy = tree.copy();
    copy.append(leafHash(Buffer.from("b")));
    expect([tree.size, copy.size]).toEqual([1, 2]);
    expect(tree.root()).not.toEqual(copy.root());
  });

  it("refuses subtrees of another size", () => {
    expect(() => new MerkleFrontier(2, [])).toThrow(RangeError);
  });
});
