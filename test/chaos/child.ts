import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

import type { Undo } from "./undo.ts";

/** A process of a lab. */
export interface Child {
  readonly process: ChildProcess;
  /** What it wrote so far. */
  written(): string;
  /** Resolves with the match once what it wrote matches; rejects when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  /** Tells it to end, and waits for its end. */
  end(): Promise<void>;
  /** Ends it as by `kill -9`, and waits for its end. */
  kill(): Promise<void>;
}

/** How a process is started. */
export interface ChildOptions {
  readonly undo: Undo;
  readonly directory: string;
  /** How long it may take to say what is waited for, milliseconds. Default: 60,000. */
  readonly withinMs?: number;
}

/** Starts a process; it is killed at the end. */
export function startChild(
  [command = "", ...words]: readonly string[],
  { undo, directory, withinMs = 60_000 }: ChildOptions,
): Child {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"], cwd: directory });
  let written = "";
  const looks = new Set<() => void>();
  const take = (chunk: Buffer): void => {
    written += String(chunk);
    for (const look of looks) look();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const ended = once(child, "exit").then(
    () => `it ended: ${child.signalCode ?? child.exitCode}`,
    (error: unknown) => String(error),
  );
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  undo.later(kill);
  return {
    process: child,
    written: () => written,
    kill,
    async end() {
      child.kill("SIGTERM");
      await ended;
    },
    async says(pattern) {
      const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
      const look = (): void => {
        const match = pattern.exec(written);
        if (match !== null) resolve(match);
      };
      const fail = (why: string): void => reject(new Error(`${command}: ${why}\n${written.slice(-4000)}`));
      const timer = setTimeout(() => fail(`it does not say ${String(pattern)}`), withinMs);
      void ended.then(fail);
      looks.add(look);
      look();
      return await promise.finally(() => {
        looks.delete(look);
        clearTimeout(timer);
      });
    },
  };
}
