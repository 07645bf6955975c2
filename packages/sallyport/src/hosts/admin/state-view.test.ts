import { describe, expect, it } from "vitest";
import type { StateFigures } from "../../state/redis-state.ts";
import { publicWarningsOf, warningsOf } from "../gate-warnings.ts";
import { stateRoutes } from "./state-routes.ts";
import { viewState } from "./state-view.ts";

const disagreement = {
  about: "key",
  nodes: 1,
  what: "state.redis.keyFile",
  expected: "none as here",
  found: 'the key 0123456789abcdef at "gate-b"',
  mend: "Mend it",
} as const;
const sentence =
  'nodes do not agree on state.redis.keyFile: expected none as here, found the key 0123456789abcdef at "gate-b". Mend it.';
const figures: StateFigures = {
  shown: "redis://engine:6379",
  up: true,
  since: 1_700_000_000_000,
  problem: null,
  outages: 2,
  clockAheadMs: -3,
  unpublished: 1,
  putBack: 4,
  misfits: 5,
  memory: { usedBytes: 1000, limitBytes: 0, drops: null },
  node: "one",
  name: "gate-a:1",
  nodes: [
    {
      node: "one",
      name: "gate-a:1",
      version: "1.0.0",
      startedAt: 1_700_000_000_000,
      connections: 3,
      terms: null,
    },
    { node: "two", name: "<b>", version: "", startedAt: 1e300, connections: -1.5, terms: null },
  ],
  disagreements: [disagreement],
};

describe("viewState", () => {
  it("shows the engine, since when it is so, its memory, and the nodes", () => {
    expect(viewState(figures)).toEqual({
      engine: {
        where: "redis://engine:6379",
        up: true,
        since: "2023-11-14T22:13:20.000Z",
        problem: null,
        outages: 2,
        clockAheadMs: -3,
        unpublished: 1,
        putBack: 4,
        misfits: 5,
        memory: { usedBytes: 1000, limitBytes: null, drops: null },
      },
      nodes: [
        {
          name: "gate-a:1",
          isThis: true,
          version: "1.0.0",
          startedAt: "2023-11-14T22:13:20.000Z",
          connections: 3,
        },
        // What somebody else wrote is no moment, and no number of connections.
        { name: "<b>", isThis: false, version: "", startedAt: null, connections: 0 },
      ],
      disagreements: [{ ...disagreement, sentence }],
    });
  });

  it.each([
    ["an engine", figures],
    ["one that never answered", { ...figures, up: false, problem: "down", memory: null }],
    ["memory alone", null],
  ])("answers by the schema of its route: %s", (_what, found) => {
    const [{ answers }] = stateRoutes as readonly [(typeof stateRoutes)[number]];
    const schema = answers[200]?.schema ?? null;
    expect(schema?.safeParse(viewState(found)).error).toBeUndefined();
  });
});

const watch = { warnings: () => ["watch is off"] };

describe("warningsOf", () => {
  it("says in what nodes differ, and how to mend it", () => {
    expect(warningsOf({ watch, engine: () => figures })).toEqual(["watch is off", sentence]);
    expect(warningsOf({ watch, engine: () => null })).toEqual(["watch is off"]);
  });
});

describe("publicWarningsOf", () => {
  it("names no node and no fingerprint to whoever shows no token", () => {
    expect(publicWarningsOf({ watch, engine: () => figures })).toEqual([
      "watch is off",
      "nodes do not agree on state.redis.keyFile: the log and GET /state say more",
    ]);
  });
});
