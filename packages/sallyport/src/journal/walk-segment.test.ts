import { describe, expect, it } from "vitest";

import { MerkleFrontier } from "./merkle-frontier.ts";
import { FIRST_CHAIN, type FrameKind, makeFrame } from "./segment-frame.ts";
import { walkSegment } from "./walk-segment.ts";

const beginning = { tree: new MerkleFrontier(), chain: FIRST_CHAIN };

/** Frames of these kinds, numbered and chained as they should be. */
function chained(...kinds: readonly FrameKind[]): Buffer {
  let chain = FIRST_CHAIN;
  return Buffer.concat(
    kinds.map((kind, index) => {
      const frame = makeFrame({ kind, index }, Buffer.from(`body ${index}`), chain);
      ({ chain } = frame);
      return frame.bytes;
    }),
  );
}

describe("walkSegment", () => {
  it("goes through a head, blocks and a foot, and tells of the tree after each", () => {
    const sizes: number[] = [];
    const walk = walkSegment(chained("head", "block", "block", "foot"), beginning, ({ size }) =>
      sizes.push(size),
    );
    expect(walk.end).toEqual({ sound: true });
    expect(walk.frames.map(({ kind }) => kind)).toEqual(["head", "block", "block", "foot"]);
    expect(sizes).toEqual([1, 2, 3, 4]);
    const before = walkSegment(chained("head", "block", "block"), beginning);
    expect(walk.footRoot).toEqual(before.state.tree.root());
    expect(before.footRoot).toBeNull();
    expect(beginning.tree.size).toBe(0);
  });

  it.for<[string, number, readonly FrameKind[]]>([
    ["a block frame does not belong here", 0, ["block"]],
    ["a foot frame does not belong here", 0, ["foot"]],
    ["a head frame does not belong here", 1, ["head", "head"]],
    ["it stands behind the end of the segment", 2, ["head", "foot", "block"]],
    ["it stands behind the end of the segment", 2, ["head", "foot", "foot"]],
  ])("stops where frames are chained and %s", ([problem, index, kinds]) => {
    const { end } = walkSegment(chained(...kinds), beginning);
    expect(end).toMatchObject({ sound: false, index, unfinished: false, problem });
  });

  it("stops at a frame of another place or another chain, and at one that is not whole", () => {
    const file = chained("head", "block");
    const later = { tree: new MerkleFrontier(1, [Buffer.alloc(32)]), chain: FIRST_CHAIN };
    expect(walkSegment(file, later).end).toMatchObject({
      problem: "frame 0 stands in the place of frame 1",
    });
    expect(walkSegment(file, { ...beginning, chain: Buffer.alloc(32, 1) }).end).toMatchObject({
      problem: "its bytes are not those that were chained",
    });
    const torn = walkSegment(file.subarray(0, -1), beginning);
    expect(torn).toMatchObject({ frames: [{ kind: "head" }], end: { unfinished: true, index: 1 } });
  });
});
