import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { ReadTurn } from "./read-turn.ts";

const LIMITS = { read: 64, gathered: 32, piece: 16 };

/** A turn whose end comes when it is told. */
function createTurn(): {
  turn: ReadTurn;
  ends: (() => void)[];
  taken: string[];
  read: (text: string, from?: string) => void;
} {
  const ends: (() => void)[] = [];
  const taken: string[] = [];
  const turn = new ReadTurn(LIMITS, (run) => ends.push(run));
  const read = (text: string, from = "a"): void => {
    const size = turn.input.write(text);
    turn.add(size, (bytes) => taken.push(`${from}:${Buffer.from(bytes).toString()}`));
  };
  return { turn, ends, taken, read };
}

describe("ReadTurn", () => {
  it("hands on what small reads brought at the end of the turn, in their order, though each overwrote the one before", () => {
    const { ends, taken, read } = createTurn();
    read("one", "a");
    read("two", "b");
    read("three", "a");
    expect(taken).toEqual([]);
    expect(ends).toHaveLength(1);
    ends[0]?.();
    expect(taken).toEqual(["a:one", "b:two", "a:three"]);
  });

  it("begins the next turn where the memory begins, and asks for its end anew", () => {
    const { ends, taken, read } = createTurn();
    for (let turns = 0; turns < 5; turns++) {
      read("0123456789");
      read("abcdefghij");
      ends.at(-1)?.();
    }
    expect(ends).toHaveLength(5);
    expect(taken).toHaveLength(10);
  });

  it("hands on at once what is too large to be gathered, behind what came before it", () => {
    const { ends, taken, read } = createTurn();
    read("small");
    read("x".repeat(17));
    expect(taken).toEqual(["a:small", `a:${"x".repeat(17)}`]);
    ends[0]?.();
    expect(taken).toHaveLength(2);
  });

  it("gathers no more than it may: what has no room goes on at once, with all before it", () => {
    const { taken, read } = createTurn();
    read("a".repeat(16));
    read("b".repeat(16));
    expect(taken).toEqual([]);
    read("c");
    expect(taken).toEqual([`a:${"a".repeat(16)}`, `a:${"b".repeat(16)}`, "a:c"]);
  });

  it("hands on early where something else is to be told, and then has nothing left", () => {
    const { turn, ends, taken, read } = createTurn();
    read("one");
    turn.flush();
    expect(taken).toEqual(["a:one"]);
    ends[0]?.();
    expect(taken).toEqual(["a:one"]);
  });

  it("keeps the order where it is asked again while it hands on", () => {
    const { turn, ends, taken, read } = createTurn();
    turn.input.write("first");
    turn.add(5, (bytes) => {
      taken.push(Buffer.from(bytes).toString());
      turn.flush();
      taken.push("end of first");
    });
    read("second");
    ends[0]?.();
    expect(taken).toEqual(["first", "a:second", "end of first"]);
  });

  it("loses nothing of the others where one throws", () => {
    const { turn, ends, taken, read } = createTurn();
    turn.add(1, () => {
      throw new Error("a fault of ours");
    });
    read("other");
    expect(() => ends[0]?.()).toThrow("a fault of ours");
    expect(ends).toHaveLength(2);
    ends[1]?.();
    expect(taken).toEqual(["a:other"]);
  });

  it("knows its own memory", () => {
    const { turn } = createTurn();
    expect(turn.holds(turn.input.subarray(3))).toBe(true);
    expect(turn.holds(Buffer.alloc(3))).toBe(false);
  });
});
