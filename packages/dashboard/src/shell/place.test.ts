import { describe, expect, it } from "vitest";

import { hrefOf, parsePlace } from "./place.ts";

describe("parsePlace", () => {
  it("reads a view, what is below it and its filters", () => {
    expect(parsePlace("#/connections/s%2F1?user=ann&route=%2Fchat")).toEqual({
      view: "connections",
      rest: ["s/1"],
      query: { user: "ann", route: "/chat" },
    });
  });

  it("is the first view where nothing is said, and leaves alone what it cannot decode", () => {
    expect(parsePlace("")).toEqual({ view: "now", rest: [], query: {} });
    expect(parsePlace("#/journal/%E0%A4")).toEqual({ view: "journal", rest: ["%E0%A4"], query: {} });
  });
});

describe("hrefOf", () => {
  it("writes what parsePlace reads, without empty filters", () => {
    const href = hrefOf("connections", ["a/b?c#d"], { user: "ä&b", route: "" });
    expect(parsePlace(href)).toEqual({ view: "connections", rest: ["a/b?c#d"], query: { user: "ä&b" } });
    expect(href).not.toContain("route");
  });
});
