import { describe, expect, it } from "vitest";

import { viewOfOpened, type SessionView } from "../../api/session-view.ts";
import { compareConnections, sortQueryOf } from "./compare-connections.ts";

const row = (session: string, changes: Partial<SessionView>): SessionView => ({
  ...viewOfOpened({
    at: 0,
    type: "open",
    session,
    route: "/chat",
    address: "203.0.113.7",
    user: null,
    path: "/chat",
    origin: null,
    subprotocol: null,
  }),
  ...changes,
});
const rows = [
  row("a", {
    openedAt: "2026-11-30T01:00:00Z",
    user: "zoe",
    expiresAt: null,
    inbound: { messages: 1, bytes: 900 },
  }),
  row("b", {
    openedAt: "2026-11-30T02:00:00Z",
    user: "ann",
    expiresAt: "2026-11-30T10:00:00Z",
    inbound: { messages: 9, bytes: 20 },
  }),
  row("c", {
    openedAt: "2026-11-30T03:00:00Z",
    user: null,
    expiresAt: "2026-11-30T09:00:00Z",
    inbound: { messages: 5, bytes: 1000 },
  }),
];
const order = (key: string, descending: boolean): string =>
  rows
    .toSorted(compareConnections({ key, descending }))
    .map(({ session }) => session)
    .join("");

describe("compareConnections", () => {
  it("orders by what a column shows; a proof that does not end is the last to end", () => {
    expect(order("user", false)).toBe("cba");
    expect(order("ends", false)).toBe("cba");
    expect(order("inbound", true)).toBe("cab");
  });

  it("has those first that are open for the longest, as the gate has them", () => {
    expect(order("opened", true)).toBe("abc");
    expect(order("opened", false)).toBe("cba");
  });
});

describe("sortQueryOf", () => {
  it("asks the gate for what the page shows: longest open is opened first", () => {
    expect(sortQueryOf({ key: "opened", descending: true })).toEqual({ sort: "opened", descending: "false" });
    expect(sortQueryOf({ key: "user", descending: false })).toEqual({ sort: "user", descending: "false" });
    expect(sortQueryOf({ key: "inbound", descending: true })).toEqual({
      sort: "inbound",
      descending: "true",
    });
  });
});
