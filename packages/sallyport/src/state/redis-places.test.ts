import { describe, expect, it } from "vitest";
import type { Entered, Entry } from "../guards/quotas.ts";
import { type PlaceKeys, RedisPlaces, type RedisPlacesOptions } from "./redis-places.ts";
import type { RedisStatus } from "./redis-connection.ts";

const never = (): (() => void) => () => {};

/** Places of a node whose engine is there or not as the test says, and the keys of each call that it answers. */
function placesOf(): {
  readonly places: RedisPlaces;
  readonly engine: { up: boolean };
  readonly calls: (readonly string[])[];
} {
  const engine = { up: true };
  const calls: (readonly string[])[] = [];
  const status = (): RedisStatus => ({ up: engine.up, since: 0, problem: null, clockAheadMs: 0 });
  const connection: RedisPlacesOptions["connection"] = {
    run: async (script, keys) => {
      if (!engine.up) throw new Error("down");
      calls.push(keys);
      return script.name === "enter" ? 1 : null;
    },
    status,
    after: never,
    about: never,
  };
  const nodes = { node: "n", keys: [], alive: [{}], watchForgotten: () => {}, beat: async () => {} };
  const options = { connection, nodes: nodes as unknown as RedisPlacesOptions["nodes"], now: () => 0 };
  return { places: new RedisPlaces(options), engine, calls };
}

const keys: PlaceKeys = { places: (key) => `places:${key}`, rate: (key) => `rate:${key}` };

const entry = (key: string, limit = 1): Entry => ({
  rate: null,
  places: [{ key, limit }],
  evenIfRefused: false,
});

describe("RedisPlaces, while its engine is away", () => {
  it("remembers nothing of who came and went: addresses are many (CWE-770)", async () => {
    const { places, engine, calls } = placesOf();
    const enter = (key: string, limit?: number): Promise<Entered> => places.enter(entry(key, limit), keys);
    engine.up = false;
    const held = await enter("stays");
    for (let index = 0; index < 1000; index += 1) {
      (await enter(`came ${index}`)).release();
      expect((await enter(`refused ${index}`, 0)).refusal).not.toBeNull();
    }
    engine.up = true;
    await places.tell();
    expect(calls).toEqual([["places:stays"]]);
    held.release();
    await places.tell();
    expect(calls).toEqual([["places:stays"], ["places:stays"]]);
  });

  it("tells of what went meanwhile and came before", async () => {
    const { places, engine, calls } = placesOf();
    const before = await places.enter(entry("before"), keys);
    engine.up = false;
    before.release();
    engine.up = true;
    await places.tell();
    expect(calls).toEqual([["places:before"], ["places:before"]]);
  });
});
