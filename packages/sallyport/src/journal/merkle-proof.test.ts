import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { leafHash, MerkleFrontier } from "./merkle-frontier.ts";
import { MerkleLeaves, provesConsistency, provesInclusion } from "./merkle-proof.ts";

const MAX = 70;
const all = Array.from({ length: MAX }, (_, number) => leafHash(Buffer.from(`leaf ${number}`)));
const tree = new MerkleLeaves(new MerkleFrontier(), all);

function frontier(size: number): MerkleFrontier {
  const made = new MerkleFrontier();
  for (const leaf of all.slice(0, size)) made.append(leaf);
  return made;
}

const sizes = fc.tuple(fc.integer({ min: 1, max: MAX }), fc.nat(MAX - 1));

describe("MerkleLeaves", () => {
  it("proves that every leaf is in every tree that has it, and no other place or leaf (RFC 9162 2.1.3)", () => {
    fc.assert(
      fc.property(sizes, fc.nat(MAX - 1), ([size, at], other) => {
        const index = at % size;
        const leaf = all[index] ?? Buffer.alloc(32);
        const root = frontier(size).root();
        const path = tree.inclusion(index, size) ?? [];
        expect(provesInclusion(leaf, root, { index, size, path })).toBe(true);
        if (other === index) return;
        expect(provesInclusion(all[other] ?? leaf, root, { index, size, path })).toBe(false);
        expect(provesInclusion(leaf, root, { index: other, size, path })).toBe(false);
        expect(provesInclusion(leaf, root, { index, size, path: path.slice(1) })).toBe(size === 1);
        expect(provesInclusion(leaf, root, { index, size, path: [...path, leaf] })).toBe(false);
      }),
    );
  });

  it("proves that every tree begins with every smaller one, and with no other (RFC 9162 2.1.4)", () => {
    fc.assert(
      fc.property(sizes, ([to, at]) => {
        const from = (at % to) + 1;
        const [earlier, later] = [
          { size: from, root: frontier(from).root() },
          { size: to, root: frontier(to).root() },
        ];
        const path = tree.consistency(from, to) ?? [];
        expect(provesConsistency(earlier, later, path)).toBe(true);
        const changed = { size: from, root: leafHash(earlier.root) };
        expect(provesConsistency(changed, later, path)).toBe(false);
        expect(provesConsistency(earlier, { size: to, root: changed.root }, path)).toBe(false);
        expect(provesConsistency(earlier, later, [...path, changed.root])).toBe(false);
        expect(path.length > 0 && provesConsistency(earlier, later, path.slice(1))).toBe(false);
      }),
    );
  });

  it("proves what is left when its first leaves are gone", () => {
    fc.assert(
      fc.property(fc.nat(MAX - 2), fc.nat(MAX), (gone, at) => {
        const left = new MerkleLeaves(frontier(gone), all.slice(gone));
        const index = gone + (at % (MAX - gone));
        const path = left.inclusion(index, MAX);
        expect(path).toEqual(tree.inclusion(index, MAX));
        expect(left.root(MAX)).toEqual(tree.root(MAX));
        expect(left.consistency(index + 1, MAX)).toEqual(tree.consistency(index + 1, MAX));
      }),
    );
  });

  it("cannot tell what it has no leaves for", () => {
    const left = new MerkleLeaves(frontier(6), all.slice(6));
    expect(left.root(5)).toBeNull();
    expect(left.consistency(5, MAX)).toBeNull();
    expect(left.inclusion(3, MAX)).toBeNull();
    expect(left.root(0)).toBeNull();
    expect(left.root(MAX + 1)).toBeNull();
    expect(left.inclusion(MAX, MAX)).toBeNull();
    expect(left.inclusion(0, MAX + 1)).toBeNull();
    expect(left.consistency(0, MAX)).toBeNull();
    expect(left.consistency(3, MAX + 1)).toBeNull();
    expect(left.consistency(9, 8)).toBeNull();
  });

  it("proves nothing about an empty tree, or a tree that shrank", () => {
    const root = frontier(1).root();
    expect(provesConsistency({ size: 0, root }, { size: 1, root }, [])).toBe(false);
    expect(provesConsistency({ size: 2, root }, { size: 1, root }, [])).toBe(false);
    expect(provesConsistency({ size: 3, root }, { size: 5, root }, [])).toBe(false);
    expect(provesInclusion(root, root, { index: 0, size: 0, path: [] })).toBe(false);
  });
});
