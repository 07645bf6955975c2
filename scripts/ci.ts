import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { countTests, type TestCount, type TestReport } from "./count-tests.ts";
import { runSteps, staticSteps, testStep } from "./step.ts";

async function runTests(): Promise<TestCount> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-ci-"));
  const file = join(directory, "report.json");
  const reporters = ["--", "--reporter=dot", "--reporter=json", `--outputFile.json=${file}`];
  await runSteps([{ ...testStep, args: [...testStep.args, ...reporters] }]);
  try {
    const report: TestReport = JSON.parse(await readFile(file, "utf8"));
    return countTests(report);
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
