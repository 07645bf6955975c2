import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import { atExit } from "./at-exit.ts";

/** Where a process of the benchmark runs: the generator and what is measured never share a core where there are two. */
export type Place = "generator" | "target";

/** A process that was started, and the lines of its standard output. */
export interface Child {
  readonly pid: number;
  readonly lines: Interface;
  write(line: string): void;
  /** Ends it, and waits until it has ended. */
  stop(): Promise<void>;
}

/** Where a program is, or `null` where it is not installed. System administration programs are looked for, too. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** Whether generator and target have a core each. */
export const pinned: boolean = availableParallelism() >= 2 && findProgram("taskset") !== null;

/** Starts a program on its core; it ends with this process at the latest. Its standard error is shown where it is not the log of a server that works. */
export function startChild(command: readonly string[], place: Place): Child {
  const cores: Readonly<Record<Place, string>> = { generator: "0", target: "1" };
  const [program = "", ...rest] = pinned ? ["taskset", "-c", cores[place], ...command] : command;
  const child = spawn(program, rest, { stdio: ["pipe", "pipe", "pipe"] });
  const errors: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors.push(text);
    if (errors.length > 20) errors.shift();
  });
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout });
  let stopping = false;
  const forget = atExit(() => {
    stopping = true;
    child.kill("SIGKILL");
  });
  child.once("exit", (code, signal) => {
    forget();
    if (!stopping)
      process.stderr.write(`${command.join(" ")} ended (${signal ?? code}):\n${errors.join("")}\n`);
  });
  return {
    pid: child.pid ?? 0,
    lines,
    write: (line) => void child.stdin.write(`${line}\n`),
    async stop() {
      stopping = true;
      await end(child);
    },
  };
}

/** The first line that the pattern matches. Rejects when the output ends, or after a minute. */
export function firstMatch(child: Child, pattern: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${pattern} did not come within 60 s`)), 60_000);
    child.lines.once("close", () => {
      clearTimeout(timer);
      reject(new Error(`the output ended before ${pattern}`));
    });
    child.lines.on("line", function look(this: Interface, line: string) {
      const match = pattern.exec(line);
      if (match === null) return;
      clearTimeout(timer);
      this.off("line", look);
      resolve(match);
    });
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 3000);
  await ended;
  clearTimeout(timer);
}
