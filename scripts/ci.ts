import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { countTests, type TestCount, type TestReport } from "./count-tests.ts";
import { runSteps, staticSteps, testStep } from "./step.ts";
import { REPORT_VARIABLE, reportFiles } from "./test-reporters.ts";

async function runTests(): Promise<TestCount> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-ci-"));
  const read = (name: string): Promise<string> => readFile(join(directory, name), "utf8");
  const [result] = await runSteps([{ ...testStep, env: { [REPORT_VARIABLE]: directory } }]);
  try {
    const report: TestReport = JSON.parse(await read(reportFiles.tests));
    const unhandled: readonly string[] = JSON.parse(await read(reportFiles.unhandled));
    const { passed, failures } = countTests(report, unhandled);
    // Whatever it did not like, it did not pass.
    const isUntold = failures.length === 0 && result?.passed !== true;
    return { passed, failures: isUntold ? ["step: tests"] : failures };
  } catch (error) {
    return { passed: 0, failures: [`the tests left no report: ${String(error)}`] };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const steps = await runSteps(staticSteps);
const { passed, failures } = await runTests();
const failed = [
  ...steps.filter((step) => !step.passed).map(({ name }) => `step: ${name}`),
  ...failures,
  ...(passed === 0 ? ["no test passed"] : []),
];
for (const failure of failed) console.log(`not passed: ${failure}`);
console.log(`${passed} passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
