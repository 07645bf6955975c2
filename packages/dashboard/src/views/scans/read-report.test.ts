import { describe, expect, it } from "vitest";

import { readReport } from "./read-report.ts";

const finding = {
  check: "accepts-foreign-origin",
  group: "origin",
  severity: "high",
  confidence: "certain",
  title: "Any page may connect",
  detail: "evil.example was let in",
  evidence: [{ about: "a foreign page", lines: ["> GET /", "< 101"] }],
  reproduce: "sallyport-scan ws://127.0.0.1",
  remedy: { summary: "Check it", ws: "verifyClient" },
  references: { cwe: [1385], rfc: ["RFC 6455 10.2"] },
};

describe("readReport", () => {
  it("reads what sallyport-scan writes", () => {
    const read = readReport(
      JSON.stringify({ target: "ws://x", findings: [finding], notTested: [], passed: [] }),
    );
    expect(read).toMatchObject({
      ok: true,
      report: {
        target: "ws://x",
        findings: [
          {
            ...finding,
            references: ["CWE-1385", "RFC 6455 10.2"],
            endpoint: null,
            place: null,
            accepted: null,
          },
        ],
      },
    });
  });

  it("says what is wrong with a file that is none", () => {
    expect(readReport("{")).toMatchObject({ ok: false, problem: expect.stringContaining("no JSON") });
    for (const other of ["[]", "null", "7", '{"findings":[]}', '{"findings":{},"notTested":[]}'])
      expect(readReport(other)).toMatchObject({ ok: false, problem: expect.stringContaining("no report") });
  });

  it("never throws, whatever stands where something else is expected, and bounds what there is", () => {
    const odd = {
      severity: "worst",
      evidence: [{ lines: [7, "x".repeat(50_000)] }, null],
      remedy: [],
      place: { line: "x" },
      references: { cwe: [{ toString: 1, valueOf: 1 }, 7], rfc: [[[]], "6455"], advisories: { length: 9 } },
    };
    const findings = [odd, null, 7, ...Array.from({ length: 3000 }, () => finding)];
    const read = readReport(JSON.stringify({ findings, notTested: [1, {}], startedAt: 7, durationMs: "x" }));
    if (!read.ok) throw new Error(read.problem);
    expect(read.report.findings.length).toBeLessThanOrEqual(2000);
    expect(read.report.findings[0]).toMatchObject({ severity: "info", title: "", place: ":0" });
    expect(read.report.findings[0]?.references).toEqual(["CWE-7", "6455"]);
    expect(read.report.findings[0]?.evidence[0]?.lines[1]?.length).toBe(20_000);
    expect(read.report.notTested).toEqual([{ check: "", title: "", reason: "" }]);
  });
});
