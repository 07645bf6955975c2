import { describe, expect, it } from "vitest";
import { channelPair } from "../../test/channel-pair.ts";
import { connectCalls, type Calls } from "./calls.ts";

interface Theirs {
  readonly double: (value: number) => number;
  readonly later: () => Promise<string>;
  readonly fail: () => never;
  readonly note: (text: string) => void;
}

interface Connected {
  readonly calls: Calls<Theirs>;
  readonly notes: string[];
  readonly finish: (text: string) => void;
}

function connect(): Connected {
  const [near, far] = channelPair();
  const notes: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string>();
  const theirs: Theirs = {
    double: (value) => value * 2,
    later: () => promise,
    fail: () => {
      throw new Error("no such thing");
    },
    note: (text) => void notes.push(text),
  };
  connectCalls(far, theirs);
  return { calls: connectCalls<Theirs>(near, {}), notes, finish: resolve };
}

describe("connectCalls", () => {
  it("brings each answer to who asked, in whatever order they come", async () => {
    const { calls, finish } = connect();
    const later = calls.ask("later");
    expect(await Promise.all([calls.ask("double", 2), calls.ask("double", 3)])).toEqual([4, 6]);
    finish("at last");
    expect(await later).toBe("at last");
  });

  it("rejects with what went wrong on the other side", async () => {
    const { calls } = connect();
    await expect(calls.ask("fail")).rejects.toThrow("no such thing");
  });

  it("answers nothing but what it was given: neither an unknown name nor what every object has", async () => {
    const { calls } = connect();
    for (const name of ["unknown", "constructor", "toString"])
      await expect(calls.ask(name as "fail")).rejects.toThrow(name);
  });

  it("tells without an answer, in order with what is asked", async () => {
    const { calls, notes } = connect();
    calls.tell("note", "first");
    calls.tell("fail");
    await calls.ask("double", 1);
    expect(notes).toEqual(["first"]);
  });

  it("rejects what waits when the channel ends, and whatever is asked from then on", async () => {
    const { calls } = connect();
    const waiting = calls.ask("later");
    calls.end();
    await expect(waiting).rejects.toThrow("gone");
    await expect(calls.ask("double", 1)).rejects.toThrow("gone");
  });
});
