import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

import type { Running } from "./run-example.ts";

/** A program of this machine that listens. */
export interface Tool {
  readonly command: string;
  readonly args: readonly string[];
  /** On loopback. */
  readonly port: number;
  /** What to do where it is not there. */
  readonly install: string;
}

const LOOK_EVERY_MS = 20;

/** Starts a program, and waits until it listens. Rejects when it is not there, or ends before. Its words go to standard error. */
export async function startTool({ command, args, port, install }: Tool): Promise<Running> {
  // Debian keeps servers where a user who is not root does not look.
  const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin` };
  const child = spawn(command, args, { stdio: ["ignore", "ignore", "inherit"], env });
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw new Error(`${command} is needed, and not there: ${install}`, { cause });
  }
  while (!(await isListening(port))) {
    if (hasEnded(child)) throw new Error(`${command} ended before it listened`);
    await delay(LOOK_EVERY_MS);
  }
  return {
    async close() {
      if (hasEnded(child)) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
