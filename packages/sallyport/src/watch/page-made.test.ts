import { describe, expect, it } from "vitest";
import { refusal } from "../../test/watch-fixture.ts";
import { isPageMade } from "./page-made.ts";

const arrival = { kind: "http", host: "h", secure: true, cookie: true, caller: null } as const;

describe("isPageMade", () => {
  it("says yes of a plain request to a page, and no of a WebSocket and of the gate's own endpoints (CWE-352)", () => {
    expect(isPageMade(refusal({ arrival }))).toBe(true);
    expect(isPageMade(refusal({ arrival: { ...arrival, kind: "websocket" } }))).toBe(false);
    expect(isPageMade(refusal({ arrival, path: "/.sallyport/ticket" }))).toBe(false);
    expect(isPageMade(refusal())).toBe(false);
  });
});
