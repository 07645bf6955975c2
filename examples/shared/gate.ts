import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A gate that listens. */
export interface Gate {
  readonly process: ChildProcess;
  /** Stops it as an operator would (SIGTERM) and waits for its end. */
  stop(): Promise<void>;
}

/** Where the log of a gate goes. */
export interface GateLog {
  readonly onLine: (line: string) => void;
  /** As on a terminal with colours. Default: no. */
  readonly inColour?: boolean;
}

/**
 * Runs `sallyport run --config FILE` and waits until it listens. Its log goes to `log`, or, without one, to this
 * process's standard error. Rejects when it ends before.
 */
export async function startGate(configFile: string, log?: GateLog): Promise<Gate> {
  const child = spawn(process.execPath, [sallyportBinary(), "run", "--config", configFile], {
    cwd: dirname(configFile),
    ...(log?.inColour === true ? { env: { ...process.env, FORCE_COLOR: "1" } } : {}),
    stdio: ["ignore", "pipe", log === undefined ? "inherit" : "pipe"],
  });
  const listening = Promise.withResolvers<void>();
  child.once("error", listening.reject);
  child.once("exit", (code, signal) => {
    listening.reject(new Error(`the gate ended before it listened (${signal ?? `exit code ${code}`})`));
  });
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line.includes("listening on ")) listening.resolve();
    });
  }
  if (child.stderr !== null && log !== undefined) {
    createInterface({ input: child.stderr }).on("line", log.onLine);
  }
  await listening.promise;
  return { process: child, stop: () => stopGate(child) };
}

async function stopGate(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

function sallyportBinary(): string {
  const manifest = createRequire(import.meta.url).resolve("sallyport/package.json");
  return fileURLToPath(new URL("bin/sallyport.js", `file://${manifest}`));
}
