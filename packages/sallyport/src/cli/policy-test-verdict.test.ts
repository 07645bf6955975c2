import { describe, expect, it } from "vitest";
import {
  describeDuration,
  describeExpectation,
  describeFound,
  foundDenied,
  foundRefused,
  foundWell,
  isExpected,
} from "./policy-test-verdict.ts";

const denial = { code: "permission.message", detail: 'rule 2 "own rooms": `allow` is false' } as const;
const any = { number: null, code: null, detail: null } as const;

describe("isExpected", () => {
  it("takes a message that was held back for one that passes, and not the other way round", () => {
    expect(isExpected({ verdict: "pass", ...any }, foundWell("held"))).toBe(true);
    expect(isExpected({ verdict: "held", ...any }, foundWell("pass"))).toBe(false);
    expect(isExpected({ verdict: "pass", ...any }, foundWell("undecided"))).toBe(false);
  });

  it("needs the observation that is expected, and that it passed", () => {
    const observe = { verdict: "observe", ...any, code: "permission.message" } as const;
    expect(isExpected(observe, foundWell("pass", [denial]))).toBe(true);
    expect(isExpected(observe, foundWell("pass"))).toBe(false);
    expect(isExpected(observe, foundDenied("close", { denial, observed: [denial] }))).toBe(false);
  });

  it("needs every reason that is written", () => {
    const found = foundDenied("close", { denial, number: 4503 });
    const close = {
      verdict: "close",
      number: 4503,
      code: "permission.message",
      detail: "own rooms",
    } as const;
    expect(isExpected(close, found)).toBe(true);
    expect(isExpected({ ...close, number: 4401 }, found)).toBe(false);
    expect(isExpected({ ...close, code: "expiry.token" }, found)).toBe(false);
    expect(isExpected({ ...close, detail: "members" }, found)).toBe(false);
    expect(isExpected({ ...close, verdict: "drop" }, found)).toBe(false);
  });
});

describe("describeFound", () => {
  it("says the verdict, the number, the code, which message and when; then who decided and why", () => {
    const found = { ...foundDenied("close", { denial, number: 4503 }), nth: 7, afterMs: 1500 };
    expect(describeFound(found)).toEqual([
      "close 4503 permission.message at number 7 after 1.5s",
      'permission: rule 2 "own rooms": `allow` is false',
    ]);
  });

  it("tells what was only observed, too", () => {
    expect(describeFound(foundWell("admitted", [denial]))).toEqual([
      "admitted",
      'observed permission.message, permission: rule 2 "own rooms": `allow` is false',
    ]);
  });

  it("keeps to one line and moves no cursor, whatever a detail quotes (CWE-150)", () => {
    const found = foundRefused({ code: "origin.foreign", detail: "a\u001b[2Jb\u009bc\nd" });
    expect(describeFound(found)).toEqual(["refused 403 origin.foreign", "origin: a [2Jb c"]);
  });
});

describe("describeExpectation", () => {
  it("says it as it is found", () => {
    expect(describeExpectation({ verdict: "admitted", ...any })).toBe("admitted");
    const refused = { verdict: "refused", number: 403, code: "origin.foreign", detail: "x" } as const;
    expect(describeExpectation(refused)).toBe("refused 403 origin.foreign “x”");
  });
});

describe("describeDuration", () => {
  it.each([
    [1, "0.001s"],
    [1500, "1.5s"],
    [59_000, "59s"],
    [60_000, "1m"],
    [90_000, "90s"],
    [7_200_000, "2h"],
    [86_400_000, "1d"],
  ])("writes %d ms as a file would", (ms, text) => {
    expect(describeDuration(ms)).toBe(text);
  });
});
