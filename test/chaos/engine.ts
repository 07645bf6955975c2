import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { freePort } from "../../examples/shared/loopback.ts";
import { REDIS_FORMAT } from "../../packages/sallyport/src/state/redis-connection.ts";
import { startChild, type Child } from "./child.ts";
import type { Network } from "./network.ts";
import type { Undo } from "./undo.ts";

const run = promisify(execFile);

/** What all keys of gateways begin with. */
export const KEYS: string = `sallyport:${REDIS_FORMAT}:`;

/** A redis-server of a lab, which writes down every change before it answers. */
export interface Engine {
  readonly port: number;
  /** Its command, past whatever network is in between. Answers what it said. */
  readonly tell: (...words: readonly string[]) => Promise<string>;
  /** Ends it as by `kill -9`. */
  kill(): Promise<void>;
  /** Starts it again. @param how with what it had written down, or with nothing */
  start(how: "with its data" | "empty"): Promise<void>;
  /** Lets it stand still, and go on. */
  pause(): void;
  resume(): void;
}

/** How an engine is started. */
export interface EngineOptions {
  readonly network: Network;
  readonly undo: Undo;
  readonly flags?: readonly string[];
}

/** A directory that is removed at the end. */
export async function scratchDirectory(undo: Undo): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-chaos-"));
  undo.later(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Starts an engine on a free port. */
export async function startEngine({ network, undo, flags = [] }: EngineOptions): Promise<Engine> {
  const directory = await scratchDirectory(undo);
  const port = await freePort(0);
  const socket = join(directory, "engine.sock");
  const words = [
    ...network.in("engine"),
    "redis-server",
    // Flags and what they are, as they would be typed.
    ...`--port ${port} --protected-mode no --unixsocket ${socket} --dir ${directory}`.split(" "),
    ...`--maxmemory-policy noeviction --appendonly yes --appendfsync always --daemonize no`.split(" "),
    ...`--repl-diskless-sync-delay 0 --bind ${[...new Set(network.engine)].join(" ")}`.split(" "),
    "--save",
    "",
    ...flags,
  ];
  let child: Child;
  const begin = async (): Promise<void> => {
    child = startChild(words, { undo, directory });
    await child.says(/Ready to accept connections/);
  };
  await begin();
  return {
    port,
    async tell(...command) {
      const { stdout } = await run("redis-cli", ["-s", socket, ...command]);
      return stdout.trim();
    },
    kill: () => child.kill(),
    async start(how) {
      if (how === "empty") await rm(join(directory, "appendonlydir"), { recursive: true, force: true });
      await begin();
    },
    pause: () => void child.process.kill("SIGSTOP"),
    resume: () => void child.process.kill("SIGCONT"),
  };
}
