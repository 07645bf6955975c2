import { describe, expect, it } from "vitest";
import type { SallyportEvent } from "../events.ts";
import { LeftOutSignals } from "./left-out-signals.ts";

describe("LeftOutSignals", () => {
  it("tells every one exactly, and not oftener than every ten seconds", () => {
    const events: SallyportEvent[] = [];
    let now = 0;
    const left = new LeftOutSignals(
      (event) => events.push(event),
      () => now,
    );
    left.add(0);
    left.add(5);
    left.add(7);
    now = 9999;
    left.add(1);
    now = 10_000;
    left.add(0);
    left.add(0);
    expect(events.map((event) => (event.type === "gate" ? event.detail : ""))).toEqual([
      "5 signals were left out, 5 since the start",
      "8 signals were left out, 13 since the start",
    ]);
    expect(left.total).toBe(13);
  });
});
