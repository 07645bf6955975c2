import { spawn } from "node:child_process";
import { once } from "node:events";

import { freePort } from "../../../examples/shared/loopback.ts";
import { findNode } from "./find-node.ts";
import type { CorpusPair } from "./pair.ts";

/** A server of a pair that runs. */
export interface RunningVersion {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

const READY_WITHIN_MS = 60_000;

/** Starts the server in a folder of `installVersion`. Rejects with what it wrote where it does not come up. */
export async function startVersion(
  { flags = [], path = "/", node }: CorpusPair,
  folder: string,
): Promise<RunningVersion> {
  const port = await freePort(0);
  const program = (node === undefined ? null : await findNode(node)) ?? process.execPath;
  const child = spawn(program, [...flags, "server.cjs"], {
    cwd: folder,
    env: { PATH: process.env["PATH"] ?? "", HOME: folder, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  let written = "";
  await new Promise<void>((resolve, reject) => {
    const fail = (): void => reject(new Error(`the server did not come up: ${written.slice(-500)}`));
    const timer = setTimeout(fail, READY_WITHIN_MS);
    const look = (chunk: Buffer): void => {
      written += chunk.toString("utf8");
      if (written.includes("ready")) resolve();
    };
    child.stdout.on("data", look);
    child.stderr.on("data", (chunk: Buffer) => (written += chunk.toString("utf8")));
    child.once("exit", fail);
    child.once("spawn", () => timer.unref());
  }).catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { url: `ws://127.0.0.1:${port}${path}`, stop };
}
