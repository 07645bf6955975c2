import { describe, expect, it } from "vitest";

import { sampleReport } from "../test/sample-report.ts";
import { applyBaseline, parseBaseline } from "./baseline.ts";

const [high] = sampleReport.findings;
if (high === undefined) throw new Error("the sample has findings");
const report = { ...sampleReport, findings: [high] };
const accepted = (baseline: object) =>
  applyBaseline(report, parseBaseline(JSON.stringify(baseline))).findings.map((finding) => finding.accepted);

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
});

describe("parseBaseline", () => {
  it.for([
    ["{", "it is not JSON"],
    ["[]", "it has no `findings`"],
    ["null", "it has no `findings`"],
    ['{ "findings": [{ "check": "a" }] }', "findings[0] needs a `check` and a `severity`: info, low"],
    ['{ "findings": [{ "check": "a", "severity": "low" }, 1] }', "findings[1] needs"],
  ])("refuses %j: %s", ([text = "", problem = ""]) => {
    expect(() => parseBaseline(text)).toThrow(problem);
  });
});
