import type { Buffer } from "node:buffer";
import { type MerkleFrontier, nodeHash } from "./merkle-frontier.ts";

/** The leaves of a tree, or of its later part with the frontier of what was before: proofs are made from them. */
export class MerkleLeaves {
  /** Roots of complete subtrees whose leaves are gone, by `start:end`. */
  readonly #known = new Map<string, Buffer>();
  readonly #first: number;
  readonly #leaves: readonly Buffer[];

  /** @param before the tree as it was before the first of these leaves */
  constructor(before: MerkleFrontier, leaves: readonly Buffer[]) {
    this.#first = before.size;
    this.#leaves = leaves;
    let start = 0;
    for (const subtree of before.subtrees) {
      const end = start + largestPower(before.size - start + 1);
      this.#known.set(`${start}:${end}`, subtree);
      start = end;
    }
  }

  /** How many leaves the whole tree has. */
  get size(): number {
    return this.#first + this.#leaves.length;
  }

  /** The root of the tree of the first `size` leaves; `null` where it needs leaves that are gone. */
  root(size: number): Buffer | null {
    return size === 0 || size > this.size ? null : this.#range(0, size);
  }

  /** The hashes that prove that a leaf is in the tree of the first `size` (RFC 9162 2.1.3.1); `null` where it cannot be told. */
  inclusion(index: number, size: number): Buffer[] | null {
    if (index >= size || size > this.size) return null;
    return whole(this.#inclusion(index, 0, size));
  }

  /** The hashes that prove that the tree of `to` leaves begins with the one of `from` (RFC 9162 2.1.4.1). */
  consistency(from: number, to: number): Buffer[] | null {
    if (from === 0 || from > to || to > this.size) return null;
    return from === to ? [] : whole(this.#consistency(from, { start: 0, end: to }, true));
  }

  #range(start: number, end: number): Buffer | null {
    const known = this.#known.get(`${start}:${end}`);
    if (known !== undefined) return known;
    if (end - start === 1) return this.#leaves[start - this.#first] ?? null;
    const middle = start + largestPower(end - start);
    const left = this.#range(start, middle);
    const right = this.#range(middle, end);
    return left === null || right === null ? null : nodeHash(left, right);
  }

  #inclusion(index: number, start: number, end: number): (Buffer | null)[] {
    if (end - start === 1) return [];
    const middle = start + largestPower(end - start);
    return index < middle
      ? [...this.#inclusion(index, start, middle), this.#range(middle, end)]
      : [...this.#inclusion(index, middle, end), this.#range(start, middle)];
  }

  /** `intact`: the first `from` leaves of this range are a complete tree that the verifier has the root of. */
  #consistency(from: number, { start, end }: Range, intact: boolean): (Buffer | null)[] {
    if (from === end - start) return intact ? [] : [this.#range(start, end)];
    const width = largestPower(end - start);
    const middle = start + width;
    return from <= width
      ? [...this.#consistency(from, { start, end: middle }, intact), this.#range(middle, end)]
      : [...this.#consistency(from - width, { start: middle, end }, false), this.#range(start, middle)];
  }
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function whole(path: readonly (Buffer | null)[]): Buffer[] | null {
  const known = path.filter((step) => step !== null);
  return known.length === path.length ? known : null;
}

/** The largest power of two below a number. */
function largestPower(below: number): number {
  let power = 1;
  while (power * 2 < below) power *= 2;
  return power;
}

/** What a proof of inclusion is about. */
export interface InclusionProof {
  readonly index: number;
  readonly size: number;
  readonly path: readonly Uint8Array[];
}

/** Whether a leaf is in the tree that has this root (RFC 9162 2.1.3.2). */
export function provesInclusion(leaf: Uint8Array, root: Uint8Array, proof: InclusionProof): boolean {
  const { index, size, path } = proof;
  if (index >= size) return false;
  let node = leaf;
  let place = index;
  let last = size - 1;
  for (const step of path) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      node = nodeHash(step, node);
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      node = nodeHash(node, step);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && same(node, root);
}

/** A tree that was told: how many leaves, and their root. */
export interface TreeHead {
  readonly size: number;
  readonly root: Uint8Array;
}

/** Whether the later tree begins with the earlier one (RFC 9162 2.1.4.2). */
export function provesConsistency(earlier: TreeHead, later: TreeHead, path: readonly Uint8Array[]): boolean {
  if (earlier.size === 0 || earlier.size > later.size) return false;
  if (earlier.size === later.size) return path.length === 0 && same(earlier.root, later.root);
  const complete = largestPower(earlier.size + 1) === earlier.size;
  const [first, ...steps] = complete ? [earlier.root, ...path] : path;
  if (first === undefined) return false;
  let place = earlier.size - 1;
  let last = later.size - 1;
  while (place % 2 === 1) [place, last] = [half(place), half(last)];
  let [before, after] = [first, first];
  for (const step of steps) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      before = nodeHash(step, before);
      after = nodeHash(step, after);
      while (place % 2 === 0 && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      after = nodeHash(after, step);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && same(before, earlier.root) && same(after, later.root);
}

function half(number: number): number {
  return Math.floor(number / 2);
}

/** Hashes are no secret. */
function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
