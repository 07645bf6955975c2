import { describe, expect, it } from "vitest";

import { sampleReport } from "../test/sample-report.ts";
import { applyBaseline, parseBaseline } from "./baseline.ts";

const [high] = sampleReport.findings;
if (high === undefined) throw new Error("the sample has findings");
const report = { ...sampleReport, findings: [high] };
const accepted = (baseline: object) =>
  applyBaseline(report, parseBaseline(JSON.stringify(baseline))).findings.map((finding) => finding.accepted);

/** Why a finding of a subject is accepted by a line with a pattern. */
const acceptedAs = (subject: string | undefined, subjects: string): string | undefined => {
  const finding = subject === undefined ? high : { ...high, subject };
  const baseline = parseBaseline(JSON.stringify({ findings: [{ ...high, subjects, reason: "a test" }] }));
  return applyBaseline({ ...report, findings: [finding] }, baseline).findings[0]?.accepted;
};

describe("applyBaseline", () => {
  it("accepts what an earlier report found, of whatever target", () => {
    expect(accepted({ ...report, target: "ws://127.0.0.1:9/" })).toEqual([
      "it is in the baseline of 2026-11-30",
    ]);
    expect(accepted({ findings: [{ ...high, reason: "until the next release" }] })).toEqual([
      "until the next release",
    ]);
  });

  it("accepts nothing that is of another check, or has become worse", () => {
    expect(accepted({ findings: [{ ...high, check: "another" }] })).toEqual([undefined]);
    expect(accepted({ findings: [{ ...high, severity: "medium" }] })).toEqual([undefined]);
    expect(
      accepted({ findings: [{ ...high, severity: "medium" }, high, { ...high, severity: "low" }] }),
    ).toEqual(["it is in the baseline"]);
    expect(accepted({ findings: [] })).toEqual([undefined]);
  });

  it("accepts what is found of any subject of a pattern, and of no other", () => {
    expect(acceptedAs("packages/a/test/deep/b.ts", "packages/*/test/**")).toBe("a test");
    expect(acceptedAs("src/b.test.ts", "{test/**,**/*.test.ts}")).toBe("a test");
    expect(acceptedAs("src/b.ts", "{test/**,**/*.test.ts}")).toBeUndefined();
    expect(acceptedAs("packages/a/src/test.ts", "packages/*/test/**")).toBeUndefined();
    // Who writes a pattern means things that have a name.
    expect(acceptedAs(undefined, "**")).toBeUndefined();
  });
});

describe("parseBaseline", () => {
  it.for([
    ["{", "it is not JSON"],
    ["[]", "it has no `findings`"],
    ["null", "it has no `findings`"],
    ['{ "findings": [{ "check": "a" }] }', "findings[0] needs a `check` and a `severity`: info, low"],
    ['{ "findings": [{ "check": "a", "severity": "low" }, 1] }', "findings[1] needs"],
    [
      '{ "findings": [{ "check": "a", "severity": "low", "subjects": ["a"] }] }',
      "findings[0].subjects is one pattern",
    ],
  ])("refuses %j: %s", ([text = "", problem = ""]) => {
    expect(() => parseBaseline(text)).toThrow(problem);
  });
});
