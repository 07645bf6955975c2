import type { Buffer } from "node:buffer";
import { listSegments, readSegment } from "./list-segments.ts";
import { MerkleFrontier } from "./merkle-frontier.ts";
import { MerkleLeaves } from "./merkle-proof.ts";
import { walkSegment } from "./walk-segment.ts";

/** What a third party needs to know, beside a checkpoint that it trusts, that a block is in the journal. */
export interface BlockProof {
  readonly index: number;
  /** Of the tree of the checkpoint. */
  readonly size: number;
  /** The frame without its chain: the bytes of the leaf, base64. */
  readonly leaf: string;
  /** Base64 (RFC 9162 2.1.3.1). */
  readonly inclusion: readonly string[];
}

/** What a third party needs to know that a later checkpoint continues an earlier one. */
export interface ConsistencyProof {
  readonly from: number;
  readonly to: number;
  /** Of the earlier tree, in hex. */
  readonly root: string;
  /** Base64 (RFC 9162 2.1.4.1). */
  readonly consistency: readonly string[];
}

/** The leaves of a journal, from which it proves what it has. */
export interface JournalProofs {
  readonly size: number;
  /** Proves that a frame is in the tree of `size` frames; `null` where it cannot. */
  block(index: number, size: number): BlockProof | null;
  /** Proves that the tree of `to` frames begins with that of `from`; `null` where it cannot. */
  consistency(from: number, to: number): ConsistencyProof | null;
}

/**
 * Reads a journal for proofs. A block is proven as it stands there, encrypted: who is to read it needs the key of its segment.
 * It reads up to where the chain breaks.
 *
 * @param only the one frame that is to be proven, so that not all of them are kept in memory
 * @throws where the directory cannot be read
 */
export async function readProofs(directory: string, only?: number): Promise<JournalProofs> {
  const segments = listSegments(directory).filter(({ head }) => head !== null);
  const start = segments[0]?.head?.tree ?? new MerkleFrontier();
  const leaves: Buffer[] = [];
  const frames = new Map<number, Buffer>();
  for (const segment of segments) {
    const { head } = segment;
    if (head === null || head.tree.size !== start.size + leaves.length) break;
    const { file } = await readSegment(directory, segment);
    for (const { index, leaf, offset, end, chain } of walkSegment(file, head).frames) {
      leaves.push(leaf);
      if (only === undefined || only === index) frames.set(index, file.subarray(offset, end - chain.length));
    }
  }
  const tree = new MerkleLeaves(start, leaves);
  return {
    size: tree.size,
    block(index, size) {
      const frame = frames.get(index);
      const inclusion = tree.inclusion(index, size);
      if (frame === undefined || inclusion === null) return null;
      return { index, size, leaf: frame.toString("base64"), inclusion: inclusion.map(base64) };
    },
    consistency(from, to) {
      const path = tree.consistency(from, to);
      const root = tree.root(from)?.toString("hex");
      return path === null || root === undefined ? null : { from, to, root, consistency: path.map(base64) };
    },
  };
}

function base64(bytes: Buffer): string {
  return bytes.toString("base64");
}
