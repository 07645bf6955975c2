import { describe, expect, it } from "vitest";

import { refusalsOf, summarize, tracks } from "./tracks.ts";

const sample = {
  at: 0,
  seconds: 1,
  connections: 12,
  perRoute: {
    "/a": { connections: 5, messagesIn: 1, messagesOut: 2, bytesIn: 10, bytesOut: 20 },
    "/b": { connections: 7, messagesIn: 3, messagesOut: 4, bytesIn: 30, bytesOut: 40 },
  },
  handshakes: 2,
  refusals: { origin: 1, threat: 0.5 },
  latencyAddedMs: null,
  cpu: 0,
  memory: 0,
  loopDelayMs: 0,
};

describe("tracks", () => {
  it("add up what routes carry and guards refuse; what was not measured is no number", () => {
    expect(tracks.map(({ lines }) => lines.map(({ of }) => of(sample)))).toEqual([
      [12],
      [4, 6],
      [40, 60],
      [2, 1.5],
      [null, null],
    ]);
    expect(refusalsOf(sample)).toBe(1.5);
  });
});

describe("summarize", () => {
  it("says what a line came to, of what was measured", () => {
    expect(summarize([4, null, 1, 7])).toEqual({ now: 7, least: 1, mean: 4, most: 7 });
    expect(summarize([null])).toBeNull();
  });
});
