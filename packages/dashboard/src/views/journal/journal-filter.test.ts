import { describe, expect, it } from "vitest";

import { asksAtOnce, journalFilterOf, searchParams } from "./journal-filter.ts";

describe("journalFilterOf", () => {
  it("is the last hour where nothing is asked for, and what is asked for else", () => {
    expect(journalFilterOf({}).since).toBe("1h");
    expect(journalFilterOf({ session: "s1" })).toMatchObject({ since: "", session: "s1" });
    expect(journalFilterOf({ since: "7d", other: "x" })).toMatchObject({ since: "7d", user: "" });
  });
});

describe("asksAtOnce", () => {
  it("is so where a link says what is looked for: every search is recorded", () => {
    expect([asksAtOnce({}), asksAtOnce({ user: "" }), asksAtOnce({ user: "ann" })]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe("searchParams", () => {
  it("leaves out what is empty, and escapes the rest", () => {
    expect(searchParams(journalFilterOf({ user: "a&b=c" }), { cursor: "", limit: "7" })).toBe(
      "user=a%26b%3Dc&limit=7",
    );
  });
});
