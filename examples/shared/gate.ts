import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
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

/**
 * Waits until a gate says that it is ready: before an engine that has only begun it waits three seconds for what others may put back.
 * Rejects when that takes a minute. @param adminUrl its admin address, such as `http://127.0.0.1:9090`
 */
export async function untilReady(adminUrl: string): Promise<void> {
  const late = performance.now() + 60_000;
  for (;;) {
    const answer = await fetch(`${adminUrl}/ready`);
    await answer.body?.cancel();
    if (answer.status === 200) return;
    if (performance.now() > late) throw new Error(`the gate whose admin address is ${adminUrl} is not ready`);
    await delay(100);
  }
}
