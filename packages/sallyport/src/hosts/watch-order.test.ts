import { describe, expect, it } from "vitest";
import { missedOrders, type SlowOrder } from "./watch-order.ts";

const slow = (incident: string): SlowOrder => ({
  kind: "slow",
  incident,
  target: { filter: { user: "ann" }, spare: { allow: [], users: [] } },
  perSecond: 1,
  until: 1,
});

describe("missedOrders", () => {
  it("is what was ordered or lifted since a process that starts was given what is in force", () => {
    expect(missedOrders([slow("kept"), slow("lifted")], [slow("kept"), slow("new")])).toEqual([
      slow("new"),
      { kind: "lift", incident: "lifted" },
    ]);
    expect(missedOrders([slow("kept")], [slow("kept")])).toEqual([]);
  });
});
