import { runSteps, staticSteps, testStep } from "./step.ts";

const results = await runSteps([...staticSteps, testStep]);
const failed = results.filter(({ passed }) => !passed).map(({ name }) => name);
console.log(failed.length === 0 ? "everything holds" : `failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
