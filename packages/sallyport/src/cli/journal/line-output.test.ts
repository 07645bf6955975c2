import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";

import { LineOutput } from "./line-output.ts";

/** A reader that takes what it is given when it is told to. */
function slowReader(): {
  poured: string[];
  take: (isRead: boolean) => void;
  pour: (text: string) => Promise<boolean>;
} {
  const poured: string[] = [];
  let waiting: ((isRead: boolean) => void) | null = null;
  return {
    poured,
    take: (isRead) => waiting?.(isRead),
    pour: async (text) => {
      poured.push(text);
      return await new Promise((resolve) => (waiting = resolve));
    },
  };
}

describe("LineOutput", () => {
  it("writes at once what comes at once", async () => {
    const written: string[] = [];
    const output = new LineOutput({ out: (text) => void written.push(text) });
    await output.write("a\n");
    await output.write("b\n");
    expect(written).toEqual([]);
    await turn();
    expect(written).toEqual(["a\nb\n"]);
    await output.flush();
    expect(written).toHaveLength(1);
  });

  it("waits for a slow reader, and does not gather more meanwhile", async () => {
    const { poured, take, pour } = slowReader();
    const output = new LineOutput({ out: () => undefined, pour });
    const large = output.write("x".repeat(70_000));
    let isDone = false;
    void large.then(() => (isDone = true));
    await turn();
    expect(isDone).toBe(false);
    take(true);
    expect(await large).toBe(true);
    expect(poured).toHaveLength(1);
  });

  it("says when nobody reads any more, and then writes no more", async () => {
    const { poured, take, pour } = slowReader();
    let before = 0;
    const output = new LineOutput({ out: () => undefined, pour }, () => (before += 1));
    await output.write("a\n");
    const flushed = output.flush();
    await turn();
    take(false);
    expect(await flushed).toBe(false);
    expect(await output.write("b\n")).toBe(false);
    expect(await output.flush()).toBe(false);
    expect(poured).toEqual(["a\n"]);
    expect(before).toBe(2);
  });
});
