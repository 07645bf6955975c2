import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { LoadOptions } from "../policy/load-config.ts";
import type { Problem } from "../policy/problem.ts";
import { playCase, problemsOf, type CaseResult, type Mismatch } from "./policy-test-case.ts";
import { loadPolicyTests } from "./policy-test-file.ts";
import { describeExpectation, describeFound } from "./policy-test-verdict.ts";
import { reportProblems } from "./report-problems.ts";
import { exitCodes, paint, type Terminal } from "./terminal.ts";

/** What `test` takes beside the files. */
export interface TestOptions extends LoadOptions {
  /** Write one JSON object to standard output instead of words. */
  readonly json: boolean;
}

/** What came of one file. */
interface FileResult {
  readonly file: string;
  readonly problems: readonly Problem[];
  readonly cases: readonly CaseResult[];
}

const TEST_FILE = /\.test\.(ya?ml|json)$/;

/**
 * `sallyport test FILE…`: plays the cases of policy tests against the policies that they name, without any network. A folder
 * stands for every `*.test.yaml` (`.yml`, `.json`) below it. Exit code 0 when all pass, 1 when a case fails, 2 when a file
 * or a configuration has a problem, or there is nothing to test.
 */
export async function testPolicies(
  paths: readonly string[],
  options: TestOptions,
  terminal: Terminal,
): Promise<number> {
  const found = await Promise.all(paths.map((path) => filesAt(path, terminal.directory)));
  const results: FileResult[] = [];
  for (const file of new Set(found.flat())) {
    const result = await testFile(file, options);
    results.push(result);
    if (!options.json) terminal.out(describeFile(result, terminal));
  }
  if (options.json) terminal.out(`${JSON.stringify(summarise(results), null, 2)}\n`);
  else report(results, paths, terminal);
  return exitCodeOf(results);
}

/** The files that a path stands for. One that is not there stands for itself: reading it is what fails. */
async function filesAt(path: string, directory: string): Promise<readonly string[]> {
  const absolute = resolve(directory, path);
  const isFolder = await stat(absolute).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [path];
  const names = await readdir(absolute, { recursive: true });
  const tests = names.filter((name) => TEST_FILE.test(name) && !name.split(/[\\/]/).includes("node_modules"));
  return tests.sort().map((name) => join(path, name));
}

async function testFile(file: string, options: TestOptions): Promise<FileResult> {
  const loaded = await loadPolicyTests(file, options);
  if (!loaded.ok) return { file, problems: loaded.problems, cases: [] };
  const problems = await problemsOf(loaded.tests);
  const cases: CaseResult[] = [];
  if (problems.length > 0) return { file, problems, cases };
  for (const one of loaded.tests.cases) cases.push(await playCase(loaded.tests, one));
  return { file, problems: [], cases };
}

function exitCodeOf(results: readonly FileResult[]): number {
  const cases = results.flatMap((result) => result.cases);
  const broken = results.some(({ problems }) => problems.length > 0);
  if (broken || cases.length === 0) return exitCodes.usage;
  return cases.every(({ mismatch }) => mismatch === null) ? exitCodes.done : exitCodes.found;
}

function count(results: readonly FileResult[]): { readonly passed: number; readonly failed: number } {
  const cases = results.flatMap((result) => result.cases);
  const failed = cases.filter(({ mismatch }) => mismatch !== null).length;
  return { passed: cases.length - failed, failed };
}

function summarise(results: readonly FileResult[]): Readonly<Record<string, unknown>> {
  const files = results.map(({ file, problems, cases }) => ({
    file,
    problems,
    cases: cases.map(({ name, mismatch }) => ({ name, passed: mismatch === null, mismatch })),
  }));
  return { ok: exitCodeOf(results) === exitCodes.done, ...count(results), files };
}

function report(results: readonly FileResult[], paths: readonly string[], terminal: Terminal): void {
  reportProblems(
    terminal,
    results.flatMap(({ problems }) => problems),
  );
  if (results.length === 0)
    terminal.err(`no policy tests at ${paths.join(", ")}: a folder stands for its files *.test.yaml\n`);
  const { passed, failed } = count(results);
  if (passed + failed === 0) return;
  const parts = [
    ...(failed > 0 ? [paint(terminal, "red", `${failed} failed`)] : []),
    ...(passed > 0 ? [paint(terminal, "green", `${passed} passed`)] : []),
  ];
  terminal.out(`${parts.join(", ")}\n`);
}

function describeFile({ file, cases }: FileResult, terminal: Terminal): string {
  if (cases.length === 0) return "";
  const lines = cases.flatMap((one) => describeCase(one, file, terminal));
  return `${[paint(terminal, "bold", file), ...lines].join("\n")}\n\n`;
}

function describeCase({ name, mismatch }: CaseResult, file: string, terminal: Terminal): readonly string[] {
  if (mismatch === null) return [`  ${paint(terminal, "green", "✓")} ${name}`];
  return [`  ${paint(terminal, "red", "✗")} ${name}`, ...describeMismatch(mismatch, file, terminal)];
}

function describeMismatch(mismatch: Mismatch, file: string, terminal: Terminal): readonly string[] {
  const { step, expected, found, problem, line, column } = mismatch;
  const what = step === null ? "the handshake" : `step ${step}`;
  const place = paint(terminal, "dim", line === 0 ? file : `${file}:${line}:${column}`);
  const [head = "", ...more] = found === null ? [problem ?? ""] : describeFound(found);
  return [
    `      ${what}  ${place}`,
    `        expected  ${paint(terminal, "green", describeExpectation(expected))}`,
    `        found     ${paint(terminal, "red", head)}`,
    ...more.map((text) => `                  ${text}`),
  ];
}
