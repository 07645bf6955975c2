import type { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import { type Checkpoint, type CheckpointRead, readCheckpoint } from "./checkpoint.ts";
import type { MerkleFrontier } from "./merkle-frontier.ts";
import type { Tombstone } from "./tombstone.ts";

/** What there is of a journal. */
export interface JournalExtent {
  /** How many frames, until the chain breaks. */
  readonly size: number;
  /** The chain does not break. */
  readonly isWhole: boolean;
  /** What is gone, the oldest first. */
  readonly retired: readonly Tombstone[];
}

/** How checkpoints fit a journal. */
export interface CheckpointsCompared {
  readonly faults: readonly string[];
  readonly unknown: readonly string[];
  /** So many frames are vouched for by those that fit. */
  readonly vouched: number;
}

/** Checkpoints that a journal is to fit: they are known before it is read, so that it is read once and none of its leaves is kept. */
export class ExpectedCheckpoints {
  readonly #publicKey: KeyObject;
  readonly #expected: (readonly [CheckpointRead, string])[] = [];
  /** Roots of the tree at their sizes, as they are computed. */
  readonly #roots = new Map<number, Buffer | null>();

  constructor(publicKey: KeyObject) {
    this.#publicKey = publicKey;
  }

  /** @param which it is, for the report */
  expect(note: string, which: string): void {
    const read = readCheckpoint(note, this.#publicKey);
    this.#expected.push([read, which]);
    if (read.ok) this.#roots.set(read.checkpoint.size, null);
  }

  /** Is told of the tree after every frame. */
  visit(tree: MerkleFrontier): void {
    if (this.#roots.has(tree.size)) this.#roots.set(tree.size, tree.root());
  }

  /** Compares all with what was read. */
  compare(extent: JournalExtent): CheckpointsCompared {
    const faults: string[] = [];
    const unknown: string[] = [];
    let vouched = 0;
    for (const [read, which] of this.#expected) {
      const found = this.#compare(read, which, extent);
      if ("fault" in found) faults.push(found.fault);
      else if ("unknown" in found) unknown.push(found.unknown);
      else vouched = Math.max(vouched, found.size);
    }
    return { faults, unknown, vouched };
  }

  #compare(read: CheckpointRead, which: string, { size: here, isWhole, retired }: JournalExtent): Compared {
    if (!read.ok) return { fault: `${which} cannot be read: ${read.problem}` };
    if (!read.vouched) return { fault: `${which} was not signed by this journal` };
    const { checkpoint } = read;
    const { size } = checkpoint;
    if (size > here && isWhole)
      return {
        fault: `the end was cut off, or an older state put back: ${which} covers ${size} frames, and only ${here} are here`,
      };
    const last = retired.at(-1);
    if (last !== undefined && size <= last.tree.size) return compareRetired(checkpoint, which, retired);
    const root = this.#roots.get(size) ?? null;
    if (root === null)
      return { unknown: `whether ${which} fits, of frame ${size - 1}: the chain does not reach it` };
    return root.equals(checkpoint.root) ? { size } : another(which, size);
  }
}

type Compared = { readonly fault: string } | { readonly unknown: string } | { readonly size: number };

function another(which: string, size: number): Compared {
  return { fault: `it is not the journal of ${which}, which covers ${size} frames` };
}

/** One from before what is here: between segments the tree is known, and within one that is gone it is not. */
function compareRetired({ size, root }: Checkpoint, which: string, retired: readonly Tombstone[]): Compared {
  const tree = retired.map((tombstone) => tombstone.tree).find((after) => after.size === size);
  if (tree === undefined)
    return {
      unknown: `whether ${which} fits, which covers ${size} frames: the segment with the last of them was retired`,
    };
  return tree.root().equals(root) ? { size } : another(which, size);
}
