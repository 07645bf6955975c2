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

  it("says why a file could not be run and why a test failed, in three lines at most", () => {
    const message = `\u{1B}[31mError: no such module\u{1B}[39m\n\n  at one\n  at two\n  at three`;
    const broken = { ...file("failed"), message };
    const failing = {
      name: "b.test.ts",
      status: "failed",
      assertionResults: [{ status: "failed", fullName: "b", failureMessages: ["x".repeat(1000)] }],
    };
    expect(countTests({ testResults: [broken, failing] }).failures).toEqual([
      `failed: b\n    ${"x".repeat(300)}`,
      "could not run: a.test.ts\n    Error: no such module\n    at one\n    at two",
    ]);
  });

  it("counts an error outside of a test as failed, though every test passed", () => {
    expect(
      countTests({ testResults: [file("passed", ["passed", "a"])] }, ["Unhandled Rejection: late"]),
    ).toEqual({
      passed: 1,
      failures: ["outside of a test\n    Unhandled Rejection: late"],
    });
  });
});
