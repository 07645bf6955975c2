import { spawn } from "node:child_process";

/** What a program came to. */
export interface ToolResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** How much of what a program writes is kept, in characters; a report of lint may be long. */
const MAX_OUTPUT = 64 * 1024 * 1024;

/** Runs a script by Node in a folder. Rejects where it cannot be started, or is not done in time. */
export async function runTool(
  args: readonly [string, ...string[]],
  {
    node,
    directory,
    timeoutMs = 300_000,
  }: { readonly node: string; readonly directory: string; readonly timeoutMs?: number },
): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, {
      cwd: directory,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: timeoutMs,
    });
    const written = { out: "", err: "" };
    for (const [stream, name] of [
      [child.stdout, "out"],
      [child.stderr, "err"],
    ] as const)
      stream.setEncoding("utf8").on("data", (text: string) => {
        if (written[name].length < MAX_OUTPUT) written[name] += text;
      });
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (signal !== null) reject(new Error(`${args[0]} was not done after ${timeoutMs / 1000} s`));
      else resolve({ code, ...written });
    });
  });
}
