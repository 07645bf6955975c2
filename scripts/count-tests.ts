import { stripVTControlCharacters } from "node:util";

/** The part of vitest's JSON report that is counted. */
export interface TestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** What a report comes to. */
export interface TestCount {
  readonly passed: number;
  /** What did not pass, by name and with the reason: failed tests, skipped tests, files that could not be run, and errors outside of tests. */
  readonly failures: readonly string[];
}

/** So much of a reason is told: it stands among the last lines of a run. */
const MAX_LINES = 3;
/** Of what no test caught, with where it came from: no test's name leads there. */
const MAX_UNHANDLED_LINES = 8;
const MAX_LINE = 300;

/**
 * Counts a report. A test that was not run counts as failed, unless its name says that it belongs to another
 * platform (`only on …`); so does a file that failed without a failing test in it, and an error that no test caught.
 *
 * @param unhandled errors outside of tests: a test process that died is one
 */
export function countTests({ testResults }: TestReport, unhandled: readonly string[] = []): TestCount {
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
      ...failedTests.map(
        ({ status, fullName, failureMessages }) => `${status}: ${fullName}${reasonOf(failureMessages?.[0])}`,
      ),
      ...failedFiles.map(({ name, message }) => `could not run: ${name}${reasonOf(message)}`),
      ...unhandled.map((error) => `outside of a test${reasonOf(error, MAX_UNHANDLED_LINES)}`),
    ],
  };
}

/** The first lines of a reason, without what colours them. */
function reasonOf(message = "", maxLines = MAX_LINES): string {
  const lines = stripVTControlCharacters(message)
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const told = lines.slice(0, maxLines).map((line) => `\n    ${line.slice(0, MAX_LINE)}`);
  return told.join("");
}
