import { describe, expect, it } from "vitest";
import { decision, opening, refusal } from "../../test/watch-fixture.ts";
import { canPageCause, isPageMade } from "./page-made.ts";

const arrival = { kind: "http", host: "h", secure: true, cookie: true, caller: null } as const;

describe("isPageMade", () => {
  it("says yes of a plain request to a page, and no of a WebSocket and of the gate's own endpoints (CWE-352)", () => {
    expect(isPageMade(refusal({ arrival }))).toBe(true);
    expect(isPageMade(refusal({ arrival: { ...arrival, kind: "websocket" } }))).toBe(false);
    expect(isPageMade(refusal({ arrival, path: "/.sallyport/ticket" }))).toBe(false);
    expect(isPageMade(refusal())).toBe(false);
  });
});

describe("canPageCause", () => {
  const origin = "https://evil.test";
  const admin = {
    type: "admin",
    name: null,
    role: null,
    address: "192.0.2.1",
    method: "GET",
    path: "/",
    status: 401,
    detail: "",
  } as const;

  it.each([
    ["a WebSocket that origin refuses", refusal({ guard: "origin", code: "origin.foreign", origin }), true],
    ["a path that nobody serves, with an origin", refusal({ origin }), true],
    ["the same without one, which no browser sends", refusal(), false],
    ["a page that is asked for", refusal({ arrival }), true],
    ["what only is observed", refusal({ verdict: "observe" }), true],
    [
      "a credential, which is looked at after the origin",
      refusal({ guard: "identity", code: "identity.invalid", origin }),
      false,
    ],
    ["a request to the admin API without its token", admin, true],
    ["one with it", { ...admin, name: "ops", status: 403 }, false],
    ["what befalls a connection that was let in", decision(), false],
    ["a connection that was let in", opening({ origin }), false],
  ] as const)("of %s: %#", (_, event, expected) => {
    expect(canPageCause(event)).toBe(expected);
  });
});
