import { describe, expect, it } from "vitest";

import { countTests } from "./count-tests.ts";

const file = (status: string, ...tests: readonly (readonly [string, string])[]) => ({
  name: "a.test.ts",
  status,
  assertionResults: tests.map(([state, fullName]) => ({ status: state, fullName })),
});

describe("countTests", () => {
  it("counts what passed and names what failed", () => {
    const report = { testResults: [file("failed", ["passed", "a"], ["failed", "b"], ["passed", "c"])] };
    expect(countTests(report)).toEqual({ passed: 2, failures: ["failed: b"] });
  });

  it("counts a test that was not run as failed", () => {
    const report = { testResults: [file("passed", ["pending", "a"], ["todo", "b"], ["skipped", "c"])] };
    expect(countTests(report)).toEqual({ passed: 0, failures: ["pending: a", "todo: b", "skipped: c"] });
  });

  it("lets a test rest whose name gives it to another platform", () => {
    const report = { testResults: [file("passed", ["skipped", "a lock (only on Windows)"])] };
    expect(countTests(report)).toEqual({ passed: 0, failures: [] });
    const failing = { testResults: [file("failed", ["failed", "a lock (only on Windows)"])] };
    expect(countTests(failing).failures).toHaveLength(1);
  });

  it("counts a file that could not be run", () => {
    expect(countTests({ testResults: [file("failed")] })).toEqual({
      passed: 0,
      failures: ["could not run: a.test.ts"],
    });
  });
});
