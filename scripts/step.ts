import { spawn } from "node:child_process";

/** One thing that has to hold, as a command that exits 0 when it does. */
export interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** The step that has to end before it begins. */
  readonly after?: string;
  /** Variables of its environment besides those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a step went. */
export interface StepResult {
  readonly name: string;
  readonly passed: boolean;
  readonly seconds: number;
  /** What it wrote to either stream. */
  readonly output: string;
}

const script = (name: string, run: string): Step => ({
  name,
  command: "npm",
  args: ["run", "--silent", ...run.split(" ")],
});

/** Everything that `npm run check` runs besides the tests: scripts of `package.json`. */
export const staticSteps: readonly Step[] = [
  script("format", "format:check"),
  script("lint", "lint"),
  script("types", "types"),
  script("dead code", "unused"),
  script("documents in step", "docs -- --check"),
  script("build", "build"),
  { ...script("audit", "audit:project"), after: "build" },
  { ...script("package", "package:check"), after: "build" },
];

/** Each of them keeps one core busy, and the machines of CI have two. */
const AT_ONCE = 2;

/** The tests, as the README runs them. */
export const testStep: Step = { name: "tests", command: "npm", args: ["test", "--silent"] };

/** Runs a step and keeps what it says. */
async function runStep({ name, command, args, env }: Step): Promise<StepResult> {
  const begun = performance.now();
  const output: string[] = [];
  const passed = await new Promise<boolean>((resolve) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...env },
    });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => output.push(text));
    }
    child.once("error", (error) => output.push(String(error)));
    child.once("close", (code) => resolve(code === 0));
  });
  return { name, passed, seconds: (performance.now() - begun) / 1000, output: output.join("") };
}

/** Runs steps in their order, two at a time, each with its line when it ends, and shows what a failed one said. */
export async function runSteps(steps: readonly Step[]): Promise<StepResult[]> {
  const running = new Map<string, Promise<StepResult>>();
  const queue = steps.values();
  const runNext = async (): Promise<void> => {
    for (const step of queue) {
      const before = step.after === undefined ? undefined : running.get(step.after);
      const result = Promise.resolve(before).then(() => runStep(step));
      running.set(step.name, result);
      tell(await result);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runNext));
  return await Promise.all(running.values());
}

function tell({ name, passed, seconds, output }: StepResult): void {
  console.log(`${passed ? "ok  " : "FAIL"} ${name.padEnd(20)} ${seconds.toFixed(1).padStart(6)} s`);
  if (!passed) console.log(output.trimEnd());
}
