import { describe, expect, it } from "vitest";

import { Board, columns, rows, unitsPerCell } from "./board.ts";
import { flagFrames, placesFrame, readFrame } from "./frames.ts";

describe("Board", () => {
  it("counts flags, and gives one to who walks over it", () => {
    const board = new Board();
    const [ann, ben] = [board.join("ann"), board.join("ben")];
    if (ann === null || ben === null) throw new Error("the board is full");
    const column = Math.floor(ann.x / unitsPerCell);
    board.plant(ben, column + 1, rows / 2);
    expect([ann.flags, ben.flags]).toEqual([0, 1]);
    for (let step = 0; step < 8; step += 1) board.step(ann, 4, 0);
    expect([ann.flags, ben.flags]).toEqual([1, 0]);
    expect(board.flags()).toEqual([{ column: column + 1, row: rows / 2, owner: ann.id }]);
    board.leave(ann);
    expect(board.flags()).toEqual([]);
  });

  it("believes in any step, and keeps everybody inside: what a step may be is the gate's to say", () => {
    const board = new Board();
    const ann = board.join("ann");
    if (ann === null) throw new Error("the board is full");
    const frame = readFrame(Uint8Array.of(1, 255, 4));
    expect(frame).toEqual({ is: "step", right: 251, down: 0 });
    board.step(ann, 251, 0);
    expect(ann.x).toBeGreaterThan(251);
    board.step(ann, 100_000, -100_000);
    expect([ann.x, ann.y]).toEqual([columns * unitsPerCell - 1, 0]);
  });

  it("has room for as many players as a byte below 128 tells apart", () => {
    const board = new Board();
    const ids = Array.from({ length: 127 }, (_, index) => board.join(`player-${index}`)?.id);
    expect(new Set(ids).size).toBe(127);
    expect(Math.max(...ids.map((id) => id ?? 0))).toBe(127);
    expect(board.join("late")).toBeNull();
  });
});

describe("frames", () => {
  it("hold numbers below 128 alone, the furthest places and many flags included", () => {
    const player = {
      id: 127,
      name: "ann",
      x: columns * unitsPerCell - 1,
      y: rows * unitsPerCell - 1,
      flags: 0,
    };
    const flags = Array.from({ length: columns * rows }, (_, cell) => ({
      column: cell % columns,
      row: Math.floor(cell / columns),
      owner: 127,
    }));
    const frames = [placesFrame([player]), ...flagFrames(flags)];
    expect(frames).toHaveLength(3);
    expect(frames.every((frame) => frame.every((byte) => byte < 128))).toBe(true);
    expect(Math.max(...frames.map(({ length }) => length))).toBeLessThan(16 * 1024);
  });
});
