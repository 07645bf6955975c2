import { describe, expect, it } from "vitest";
import type { Notice } from "./alert.ts";
import { AlertGroups } from "./alert-groups.ts";

const HOUR = 3_600_000;
const notice = (at: number): Notice => ({
  detector: "handshakeScan",
  severity: "high",
  sentence: "s",
  at,
  finding: null,
});

describe("AlertGroups", () => {
  it("gathers for its time what follows an alert", () => {
    const groups = new AlertGroups({ groupMs: 60_000, atMost: 1 });
    groups.take(notice(0));
    expect(groups.next(0)).toMatchObject({ count: 1 });
    groups.take(notice(1));
    groups.take(notice(2));
    expect([groups.next(2), groups.due(2)]).toEqual([null, 60_000]);
    expect(groups.next(60_000)).toMatchObject({ count: 2, since: 1, until: 2 });
  });

  it("does not wait for an old time to come again when the clock is set back", () => {
    const groups = new AlertGroups({ groupMs: 60_000, atMost: 1 });
    groups.take(notice(1000 * HOUR));
    groups.next(1000 * HOUR);
    groups.take(notice(HOUR));
    expect(groups.due(HOUR)).toBe(HOUR);
    expect(groups.next(HOUR)).toMatchObject({ count: 1 });
  });
});
