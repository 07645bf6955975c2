import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Ports on loopback. */
export interface Ports {
  readonly gate: number;
  readonly admin: number;
  readonly chat: number;
}

/** A gate that listens. */
export interface Gate {
  readonly process: ChildProcess;
  /** Stops it as an operator would (SIGTERM) and waits for its end. */
  stop(): Promise<void>;
}

/** The ports that `sallyport.yaml` is written with. */
export const writtenPorts: Ports = { gate: 8443, admin: 9090, chat: 8081 };

/** Copies `sallyport.yaml` into `directory` with these ports in place of the written ones. Returns the copy's path. */
export async function writeConfig(directory: string, ports: Ports): Promise<string> {
  const original = await readFile(new URL("sallyport.yaml", import.meta.url), "utf8");
  const byWritten = new Map([
    [writtenPorts.gate, ports.gate],
    [writtenPorts.admin, ports.admin],
    [writtenPorts.chat, ports.chat],
  ]);
  const text = original.replace(/127\.0\.0\.1:(\d+)/g, (whole, written: string) => {
    const port = byWritten.get(Number(written));
    return port === undefined ? whole : `127.0.0.1:${port}`;
  });
  await mkdir(directory, { recursive: true });
  const file = join(directory, "sallyport.yaml");
  await writeFile(file, text);
  return file;
}

/**
 * Runs `sallyport run --config FILE` and waits until it listens. Its log goes to `onLogLine`, or, without one, to this
 * process's standard error. Rejects when it ends before.
 */
export async function startGate(configFile: string, onLogLine?: (line: string) => void): Promise<Gate> {
  const child = spawn(process.execPath, [sallyportBinary(), "run", "--config", configFile], {
    cwd: dirname(configFile),
    stdio: ["ignore", "pipe", onLogLine === undefined ? "inherit" : "pipe"],
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
  if (child.stderr !== null && onLogLine !== undefined) {
    createInterface({ input: child.stderr }).on("line", onLogLine);
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
