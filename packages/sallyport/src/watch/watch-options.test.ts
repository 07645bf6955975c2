import { describe, expect, it } from "vitest";
import { builtInDetectors } from "./built-in-detectors.ts";
import { watchOptions } from "./watch-options.ts";

const problems = (written: unknown): string[] =>
  watchOptions.safeParse(written).error?.issues.map(({ message, path }) => `${path.join(".")}: ${message}`) ??
  [];
const rule = { name: "many", when: "true", say: "too many" };

describe("watchOptions", () => {
  it("has a default for everything: all detectors are on, and nothing but alerts", () => {
    const parsed = watchOptions.parse(undefined);
    expect(parsed).toMatchObject({
      mode: "enforce",
      allow: [],
      allowUsers: [],
      ban: { first: 600_000, most: 86_400_000, decay: 86_400_000 },
      slow: { to: 1, for: 600_000 },
      learn: 3_600_000,
      quiet: 600_000,
      findings: 60,
      keys: 16_384,
      rules: [],
    });
    expect(Object.keys(parsed.detectors)).toEqual(builtInDetectors.map(({ name }) => name));
    for (const detector of Object.values(parsed.detectors))
      expect(detector).toMatchObject({ answer: "alert" });
  });

  it("reads what is written", () => {
    expect(
      watchOptions.parse({
        mode: "observe",
        allow: ["10.0.0.0/8"],
        detectors: {
          handshakeScan: { answer: "ban", address: { perMinute: 5 } },
          newName: "off",
          replay: false,
        },
        rules: [{ ...rule, by: "user", count: 20, within: "2m", severity: "high", answer: "close" }],
      }),
    ).toMatchObject({
      allow: ["10.0.0.0/8"],
      detectors: {
        handshakeScan: { answer: "ban", address: { perMinute: 5, perHour: 60 } },
        newName: "off",
        replay: false,
      },
      rules: [{ within: 120_000, count: 20 }],
    });
  });

  it("refuses unknown detectors, keys and answers", () => {
    expect(problems({ detectors: { nothing: {} } })).toHaveLength(1);
    expect(problems({ colour: 1 })).toHaveLength(1);
    expect(problems({ detectors: { handshakeScan: { answer: "shout" } } })).toHaveLength(1);
    expect(problems({ allow: [] })).toHaveLength(1);
  });

  it("refuses rules by whose names the gate tells of itself", () => {
    for (const name of ["watch", "gate"])
      expect(problems({ rules: [{ ...rule, name }] })).toEqual([
        "rules.0.name: the gate tells of itself by this name",
      ]);
  });

  it("refuses rules that would do something to everybody on a route, which is never done", () => {
    for (const answer of ["slow", "refresh", "close", "ban"])
      expect(problems({ rules: [{ ...rule, by: "route", answer }] })).toHaveLength(1);
    expect(problems({ rules: [{ ...rule, by: "route", answer: "alert" }] })).toEqual([]);
  });

  it("refuses rules that would ban one for another, have a detector's name or one twice, or cannot be compiled", () => {
    expect(problems({ rules: [{ ...rule, by: "user", answer: "ban" }] })).toEqual([
      "rules.0.answer: `answer: ban` needs `by: address`: nobody is banned for what another did",
    ]);
    expect(problems({ rules: [{ ...rule, answer: "ban" }] })).toEqual([]);
    expect(problems({ rules: [{ ...rule, name: "replay" }] })).toEqual([
      "rules.0.name: a detector has this name",
    ]);
    expect(problems({ rules: [rule, rule] })).toEqual(["rules: expected each name once"]);
    expect(problems({ rules: [{ ...rule, when: "event.x" }] })).toHaveLength(1);
    expect(
      problems({ rules: Array.from({ length: 51 }, (_, index) => ({ ...rule, name: `r${index}` })) }),
    ).toEqual(["rules: expected at most 50 rules"]);
  });
});
