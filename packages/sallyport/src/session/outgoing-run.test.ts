import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { heldMemory } from "./buffer-pool.ts";
import { OutgoingRun } from "./outgoing-run.ts";

const chunk = Buffer.from("abcdefgh");
const texts = (run: OutgoingRun): readonly string[] =>
  run.take().map((piece) => Buffer.from(piece).toString());

describe("OutgoingRun", () => {
  it("joins neighbours to one piece of the chunk's own memory", () => {
    const run = new OutgoingRun();
    run.begin(chunk);
    run.extend(0, 2);
    run.extend(2, 5);
    const [piece, ...others] = run.take();
    expect(others).toEqual([]);
    expect(piece?.buffer).toBe(chunk.buffer);
    expect(piece?.length).toBe(5);
  });

  it("keeps the order of gaps and of pieces from elsewhere", () => {
    const run = new OutgoingRun();
    run.begin(chunk);
    run.extend(0, 1);
    run.extend(3, 4);
    run.push(Buffer.from("+"));
    run.extend(4, 6);
    expect(texts(run)).toEqual(["a", "d", "+", "ef"]);
  });

  it("hands over nothing twice, and goes on where it was", () => {
    const run = new OutgoingRun();
    run.begin(chunk);
    run.extend(0, 2);
    expect(texts(run)).toEqual(["ab"]);
    expect(texts(run)).toEqual([]);
    run.extend(2, 3);
    expect(texts(run)).toEqual(["c"]);
    run.begin(Buffer.from("xyz"));
    run.extend(0, 2);
    expect(texts(run)).toEqual(["xy"]);
  });

  it("gives back lent memory once it has gone, and only then", () => {
    const run = new OutgoingRun();
    run.begin(chunk);
    run.extend(0, 1);
    const lent = heldMemory.lend(1);
    lent[0] = 0x2b;
    run.pushLent([lent.subarray(0, 1)]);
    run.extend(1, 2);
    const free = heldMemory.freeBytes;
    const pieces = run.take();
    expect(Buffer.concat(pieces).toString()).toBe("a+b");
    expect(heldMemory.freeBytes).toBe(free);
    run.giveBack(pieces);
    run.giveBack(pieces);
    expect(heldMemory.freeBytes).toBe(free + 256);
  });
});
