import { describe, expect, it } from "vitest";

import { viewOfOpened, type SessionView } from "../../api/session-view.ts";
import { columns, sorted } from "./connection-columns.tsx";

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
  row("a", { user: "zoe", expiresAt: null, inbound: { messages: 1, bytes: 900 } }),
  row("b", { user: "ann", expiresAt: "2026-11-30T10:00:00Z", inbound: { messages: 9, bytes: 20 } }),
  row("c", { user: null, expiresAt: "2026-11-30T09:00:00Z", inbound: { messages: 5, bytes: 1000 } }),
];
const order = (key: string, descending: boolean): string =>
  sorted(rows, { key, descending })
    .map(({ session }) => session)
    .join("");

describe("sorted", () => {
  it("orders by what a column shows; a proof that does not end is the last to end", () => {
    expect(order("user", false)).toBe("cba");
    expect(order("ends", false)).toBe("cba");
    expect(order("inbound", true)).toBe("cab");
  });

  it("has those first that are open for the longest, as they come", () => {
    expect(order("opened", true)).toBe("abc");
    expect(order("opened", false)).toBe("cba");
  });
});

describe("columns", () => {
  it("are few in a narrow window", () => {
    expect(columns.flatMap(({ key, narrow }) => (narrow === undefined ? [] : [key]))).toEqual([
      "user",
      "address",
      "opened",
    ]);
  });
});
