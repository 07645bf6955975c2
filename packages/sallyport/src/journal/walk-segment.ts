import type { Buffer } from "node:buffer";
import type { MerkleFrontier } from "./merkle-frontier.ts";
import { chainAfter, type Frame, readFrame } from "./segment-frame.ts";

/** A state of the journal: what the next frame continues. */
export interface JournalState {
  readonly tree: MerkleFrontier;
  readonly chain: Buffer;
}

/** Where a walk ended: at the end of the file, or before something that does not continue what is before it. */
export type WalkEnd =
  | { readonly sound: true }
  | {
      readonly sound: false;
      /** Where. */
      readonly offset: number;
      /** Which frame should be there. */
      readonly index: number;
      /** The file ends before the frame does. */
      readonly unfinished: boolean;
      readonly problem: string;
    };

/** What a walk found. */
export interface Walk {
  /** The frames that continue each other, from the first. */
  readonly frames: readonly Frame[];
  /** The state after the last of them. */
  readonly state: JournalState;
  /** The root of the tree before its foot; `null` where it has none. */
  readonly footRoot: Buffer | null;
  readonly end: WalkEnd;
}

/**
 * Goes through a segment as long as every frame continues the chain.
 *
 * @param state before its first frame
 * @param visit is told of the tree after every frame
 */
export function walkSegment(
  file: Buffer,
  state: JournalState,
  visit: ((tree: MerkleFrontier) => void) | null = null,
): Walk {
  const frames: Frame[] = [];
  let footRoot: Buffer | null = null;
  const tree = state.tree.copy();
  let { chain } = state;
  let offset = 0;
  const stop = (problem: string, unfinished: boolean): Walk => {
    const end: WalkEnd = { sound: false, offset, index: tree.size, unfinished, problem };
    return { frames, state: { tree, chain }, footRoot, end };
  };
  while (offset < file.length) {
    const read = readFrame(file, offset);
    if (!read.ok) return stop(read.problem, read.unfinished);
    const { frame } = read;
    const fault = faultOf(frame, frames, { tree, chain });
    if (fault !== null) return stop(fault, false);
    frames.push(frame);
    if (frame.kind === "foot") footRoot = tree.root();
    tree.append(frame.leaf);
    visit?.(tree);
    ({ chain, end: offset } = frame);
  }
  return { frames, state: { tree, chain }, footRoot, end: { sound: true } };
}

function faultOf(frame: Frame, before: readonly Frame[], { tree, chain }: JournalState): string | null {
  if (frame.index !== tree.size) return `frame ${frame.index} stands in the place of frame ${tree.size}`;
  if (!chainAfter(chain, frame.leaf).equals(frame.chain)) return "its bytes are not those that were chained";
  if ((before.length === 0) !== (frame.kind === "head")) return `a ${frame.kind} frame does not belong here`;
  if (before.at(-1)?.kind === "foot") return "it stands behind the end of the segment";
  return null;
}
