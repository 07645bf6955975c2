import { describe, expect, it } from "vitest";
import { ThreatScanner } from "./threat-scan.ts";
import { threatCategories } from "./threat-signatures.ts";

const all = new ThreatScanner({ categories: new Set(threatCategories), paranoia: 1 });

describe("ThreatScanner", () => {
  it("sums the scores of the signatures that a value matches", () => {
    expect(all.scan("' or 1=1--")).toMatchObject({ score: 10 });
    expect(all.scan("hello; how are you?")).toBeNull();
    expect(all.scan("`npm ci` and then")).toBeNull();
  });

  it("sees through encodings, comments and full-width forms", () => {
    for (const text of [
      "%253Csvg%2Fonload%3Dalert(1)%253E",
      "'/**/or/**/1=1--",
      "＜script＞alert(1)＜/script＞",
    ])
      expect(all.scan(text)?.score).toBeGreaterThanOrEqual(5);
  });

  it("looks for its own categories alone", () => {
    const path = new ThreatScanner({ categories: new Set(["path"]), paranoia: 1 });
    expect(path.scan("' or 1=1--")).toBeNull();
    expect(path.scan("../../etc/passwd")?.signatures.map(({ category }) => category)).not.toContain("sql");
  });

  it("looks more closely at higher levels", () => {
    expect(all.scan("SELECT name FROM users")).toBeNull();
    const strict = new ThreatScanner({ categories: new Set(threatCategories), paranoia: 2 });
    expect(strict.scan("SELECT name FROM users")?.signatures.map(({ id }) => id)).toEqual(["sql-statement"]);
    expect(strict.scan("hello")).toBeNull();
  });

  it("does not count what is excluded", () => {
    expect(all.scan("<script>alert(1)</script>", ({ category }) => category === "script")).toBeNull();
  });

  it("takes some signatures for a program that somebody shows, where a value has several lines", () => {
    expect(all.scan("x; cat /etc/hosts; ls /var/tmp")).not.toBeNull();
    expect(all.scan("#!/bin/sh\nx; cat notes/a; ls /var/tmp\n")).toBeNull();
  });
});
