import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import { onTestFinished } from "vitest";

import { startProgram, type SallyportProcess } from "../packages/sallyport/test/cli/sallyport-process.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What a command wrote, both together, and its exit code. */
export interface Typed {
  readonly text: string;
  readonly code: number;
}

/** A demo of a test's own, that ends with it. */
export interface WalkedDemo {
  readonly demo: SallyportProcess;
  /** Where its configuration, keys and journal are. */
  readonly directory: string;
}

/** What `npx` comes to for a command of this workspace: npm looks for longer than most commands take. */
const FOUND = 'npx() { "$@"; }; ';
/** Where it finds them. */
const PATH = [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter);

let npxRuns = 0;

/** Runs a line as a reader types it; `npx` itself is run once in a file, to see that it finds the command. @param withinMs how long it may take */
export function runInShell(line: string, withinMs: number): Promise<Typed> {
  const isFound = line.includes("npx ") && npxRuns++ > 0;
  const options = { cwd: root, timeout: withinMs, env: { ...process.env, PATH } };
  return new Promise((resolve) => {
    execFile("/bin/sh", ["-c", isFound ? FOUND + line : line], options, (error, stdout, stderr) =>
      resolve({ text: `${stdout}${stderr}`, code: typeof error?.code === "number" ? error.code : 0 }),
    );
  });
}

/** The commands of a page, in their order. */
export async function commandsOf(page: string): Promise<string[]> {
  const text = await readFile(join(root, page), "utf8");
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = ""]) =>
    block.split("\n").filter((line) => line !== ""),
  );
}

/** Starts the demo on free ports. @param withinMs how long it may take to start, and to end */
export async function startDemo(withinMs: number): Promise<WalkedDemo> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-demo-"));
  onTestFinished(async () => await rm(directory, { recursive: true, force: true }));
  const demo = startProgram(["examples/chat/demo.ts", "--free-ports", "--directory", directory], {
    directory: root,
    withinMs,
  });
  // Its gate would outlive it, were it killed.
  onTestFinished(async () => {
    demo.child.kill("SIGINT");
    await demo.exit(withinMs);
  });
  await demo.says(/Ctrl-C ends everything/);
  return { demo, directory };
}
