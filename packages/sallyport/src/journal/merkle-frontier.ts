import { Buffer } from "node:buffer";
import { createHash, hash } from "node:crypto";

/** Bytes of a SHA-256 hash. */
export const HASH_BYTES = 32;

/** A leaf of at most so many bytes is copied to be hashed. */
const MAX_COPY = 4096;
const LEAF = Uint8Array.of(0x00);
const NODE = Uint8Array.of(0x01);

/** The hash of a leaf: SHA-256 of 0x00 and its bytes (RFC 9162 2.1.1). */
export function leafHash(bytes: Uint8Array): Buffer {
  // In one call, which costs half as much where there is little to copy.
  if (bytes.length <= MAX_COPY) return hash("sha256", Buffer.concat([LEAF, bytes]), "buffer");
  return createHash("sha256").update(LEAF).update(bytes).digest();
}

/** The hash of a node: SHA-256 of 0x01 and its two children (RFC 9162 2.1.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([NODE, left, right]), "buffer");
}

/**
 * The right edge of a Merkle tree: the roots of its complete subtrees, from the largest to the smallest, one for every bit
 * that is set in its size. With it a tree grows, and its root is known, without any of its leaves.
 */
export class MerkleFrontier {
  #size: number;
  readonly #subtrees: Buffer[];

  /**
   * @param size how many leaves the tree has
   * @param subtrees as `subtrees` told them. @throws where these are not those of a tree of this size
   */
  constructor(size = 0, subtrees: readonly Uint8Array[] = []) {
    if (subtrees.length !== bitsOf(size)) throw new RangeError("these are not the subtrees of this size");
    this.#size = size;
    this.#subtrees = subtrees.map((subtree) => Buffer.from(subtree));
  }

  /** How many leaves the tree has. */
  get size(): number {
    return this.#size;
  }

  /** The roots of its complete subtrees, the largest first. */
  get subtrees(): readonly Buffer[] {
    return this.#subtrees;
  }

  /** Adds a leaf by its hash. */
  append(leaf: Uint8Array): void {
    let node: Buffer = Buffer.from(leaf);
    for (let rest = this.#size; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      const left = this.#subtrees.pop();
      if (left !== undefined) node = nodeHash(left, node);
    }
    this.#subtrees.push(node);
    this.#size += 1;
  }

  /** The root of the whole tree; of an empty one SHA-256 of nothing. */
  root(): Buffer {
    const right = this.#subtrees.at(-1);
    if (right === undefined) return hash("sha256", "", "buffer");
    return this.#subtrees.slice(0, -1).reduceRight((node, left) => nodeHash(left, node), right);
  }

  /** Another one of the same tree, which grows by itself. */
  copy(): MerkleFrontier {
    return new MerkleFrontier(this.#size, this.#subtrees);
  }
}

/** How many subtrees the frontier of a tree of this size has. */
export function bitsOf(size: number): number {
  let bits = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2;
  return bits;
}
