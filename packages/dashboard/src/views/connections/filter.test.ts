import { describe, expect, it } from "vitest";

import { viewOfOpened } from "../../api/session-view.ts";
import { filterOf, isInState, isMeant, queryOf } from "./filter.ts";

const opened = {
  at: 0,
  type: "open",
  session: "s1",
  route: "/chat",
  address: "203.0.113.7",
  user: "ann",
  path: "/chat",
  origin: null,
  subprotocol: null,
} as const;
const view = viewOfOpened(opened);
const none = filterOf({});

describe("filterOf", () => {
  it("reads what the address says, and nothing that is no state", () => {
    expect(filterOf({ user: "ann", state: "waiting" })).toEqual({ ...none, user: "ann", state: "waiting" });
    expect(filterOf({ state: "<b>" })).toEqual(none);
  });
});

describe("queryOf", () => {
  it("asks the gate for what is filtered, in which order", () => {
    expect(queryOf(filterOf({ user: "ann", state: "waiting" }), { key: "user", descending: true })).toEqual({
      user: "ann",
      state: "waiting",
      sort: "user",
      descending: "true",
    });
  });
});

describe("isInState", () => {
  it.each([
    ["", view, true],
    ["ending", { ...view, expiresAt: "1970-01-01T00:04:59.000Z" }, true],
    ["ending", { ...view, expiresAt: "1970-01-01T00:05:00.000Z" }, false],
    ["ending", view, false],
    ["waiting", { ...view, waitingBytes: 1 }, true],
    ["waiting", view, false],
    ["anonymous", { ...view, user: null }, true],
    ["anonymous", view, false],
  ] as const)("%s", (state, session, answer) => expect(isInState(session, state, 0)).toBe(answer));
});

describe("isMeant", () => {
  it.each([
    [{}, true],
    [{ user: "ben" }, false],
    [{ route: "/chat", user: "ann", address: "203.0.113.7" }, true],
    [{ route: "/other" }, false],
    [{ address: "203.0.113.8" }, false],
    [{ address: "203.0.113.0/24" }, null],
    [{ address: "2001:db8:0::1" }, null],
  ])("%j: %s", (query, answer) => expect(isMeant(opened, filterOf(query))).toBe(answer));
});
