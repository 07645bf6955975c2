import { describe, expect, it } from "vitest";

import type { GateSample } from "../../../../sallyport/src/hosts/dashboard/live-message.ts";
import { stacked, timelineOf } from "./timeline-series.ts";

const sample = (at: number, refusals: Record<string, number>): GateSample => ({
  at,
  seconds: 10,
  connections: 0,
  perRoute: {},
  handshakes: 0,
  refusals,
  latencyAddedMs: null,
  cpu: 0,
  memory: 0,
  loopDelayMs: 0,
});

describe("timelineOf", () => {
  it("adds up what was refused in each while, also where there was nothing", () => {
    const samples = [
      sample(10_000, { origin: 1 }),
      sample(20_000, { origin: 2, threat: 0.5 }),
      sample(95_000, { threat: 6 }),
    ];
    expect(timelineOf(samples, 30)).toEqual({
      times: [30, 60, 90, 120],
      guards: [
        { guard: "threat", counts: [5, 0, 0, 60] },
        { guard: "origin", counts: [30, 0, 0, 0] },
      ],
    });
  });

  it("puts the guards that refuse least together, and leaves out who refused nothing", () => {
    const refusals = { a: 7, b: 6, c: 5, d: 4, e: 3, f: 2, g: 1, h: 0 };
    const { guards } = timelineOf([sample(10_000, refusals)], 10);
    expect(guards.map(({ guard }) => guard)).toEqual(["a", "b", "c", "d", "e", "others"]);
    expect(guards.at(-1)?.counts).toEqual([30]);
  });

  it("is empty where nothing is known", () => {
    expect(timelineOf([], 10)).toEqual({ times: [], guards: [] });
  });
});

describe("stacked", () => {
  it("puts one upon the other", () => {
    expect(
      stacked([
        { guard: "a", counts: [1, 2] },
        { guard: "b", counts: [10, 20] },
      ]),
    ).toEqual([
      { guard: "a", counts: [11, 22] },
      { guard: "b", counts: [10, 20] },
    ]);
  });
});
