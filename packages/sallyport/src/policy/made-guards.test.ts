import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Guard, GuardDefinition } from "../guards/guard.ts";
import { MadeGuards } from "./made-guards.ts";

const kept: GuardDefinition<unknown> = {
  name: "kept",
  phases: ["message"],
  stops: "nothing",
  options: z.unknown(),
  fromOptionsAlone: true,
  create: () => ({ name: "kept", mode: "enforce" }),
};

function setUp(): { create: () => Guard; disposed: string[] } {
  const disposed: string[] = [];
  let made = 0;
  return {
    disposed,
    create: () => {
      const name = `guard ${++made}`;
      return { name, mode: "enforce", dispose: () => void disposed.push(name) };
    },
  };
}

const order = { definition: kept, options: { at: [1] }, route: "/" };

describe("MadeGuards", () => {
  it("takes over a guard that would be made the same, and disposes of it when the last that has it lets go", async () => {
    const { create, disposed } = setUp();
    const first = new MadeGuards(null);
    const guard = await first.have(order, create);
    const second = new MadeGuards(first);
    expect(await second.have({ ...order, options: { at: [1] } }, create)).toBe(guard);
    first.release();
    expect(disposed).toEqual([]);
    const third = new MadeGuards(second);
    expect(await third.have(order, create)).toBe(guard);
    second.release();
    third.release();
    expect(disposed).toEqual(["guard 1"]);
  });

  it.each([
    ["its options", { ...order, options: { at: [2] } }],
    ["its route", { ...order, route: "/other" }],
    ["its definition", { ...order, definition: { ...kept } }],
  ])("makes a new one where %s changed", async (_what, other) => {
    const { create, disposed } = setUp();
    const first = new MadeGuards(null);
    const guard = await first.have(order, create);
    const second = new MadeGuards(first);
    expect(await second.have(other, create)).not.toBe(guard);
    first.release();
    expect(disposed).toEqual(["guard 1"]);
  });

  it("makes a new one of what is read from files or lent, though its options are the same", async () => {
    const { fromOptionsAlone: _, ...read } = kept;
    const { create } = setUp();
    const first = new MadeGuards(null);
    const guard = await first.have({ ...order, definition: read }, create);
    expect(await new MadeGuards(first).have({ ...order, definition: read }, create)).not.toBe(guard);
  });

  it("keeps what it has, where the next policy fails", async () => {
    const { create, disposed } = setUp();
    const first = new MadeGuards(null);
    await first.have(order, create);
    const second = new MadeGuards(first);
    await second.have(order, create);
    await expect(
      second.have({ ...order, route: "/b" }, () => Promise.reject(new Error("a test"))),
    ).rejects.toThrow("a test");
    second.release();
    expect(disposed).toEqual([]);
  });
});
