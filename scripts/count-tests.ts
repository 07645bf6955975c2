/** The part of vitest's JSON report that is counted. */
export interface TestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** What a report comes to. */
export interface TestCount {
  readonly passed: number;
  /** What did not pass, by name: failed tests, skipped tests, and files that could not be run. */
  readonly failures: readonly string[];
}

/**
 * Counts a report. A test that was not run counts as failed, unless its name says that it belongs to another
 * platform (`only on …`); so does a file that failed without a failing test in it.
 */
export function countTests({ testResults }: TestReport): TestCount {
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const failedFiles = testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && assertionResults.every((test) => test.status !== "failed"),
  );
  const failedTests = tests.filter(
    ({ status, fullName }) => status !== "passed" && !(status !== "failed" && /\bonly on \w+/.test(fullName)),
  );
  return {
    passed: tests.filter(({ status }) => status === "passed").length,
    failures: [
      ...failedTests.map(({ status, fullName }) => `${status}: ${fullName}`),
      ...failedFiles.map(({ name }) => `could not run: ${name}`),
    ],
  };
}
