import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import { residentBytes } from "../process-meter.ts";
import { ownGateway } from "../targets.ts";
import type { HeldMemory, MemoryQuestion } from "./memory-probe.ts";

/** The gateway that is soaked. */
export interface SoakedGateway {
  readonly port: number;
  /** Every line that it logged as an error, and everything that is no log line: a stack, a warning of Node's. */
  readonly errors: readonly string[];
  /** Its resident memory in bytes. */
  residentBytes(): number;
  /** Its memory after a collection; with a file, a snapshot of its heap is written there first, which takes seconds. */
  heldMemory(snapshot?: string): Promise<HeldMemory>;
  /** Sessions that are open, as it says itself. */
  openSessions(): Promise<number>;
  /** Ends it by SIGTERM. Its exit code. */
  stop(): Promise<number | null>;
}

/**
 * Every default guard is on. The limits of one address are raised, since all clients have the same; some times are short. The
 * rate is lower than the default, or the floods would be all that the machine has time for.
 */
const config = (backend: number): string => `version: 1
listen:
  - address: 127.0.0.1:0
    tls: off
admin: { address: 127.0.0.1:0 }
log: { format: json, level: error }
routes:
  - path: /
    upstream: ws://127.0.0.1:${backend}
    identity: anonymous
    connectionLimit: { total: 10000, perAddress: 10000, handshakesPerAddress: 100000/s }
    messageSize: { finishWithin: 5s }
    messageRate: { perConnection: 50/s }
    slowConsumer: { after: 5s }
`;

/** Starts the gateway of this checkout in a process of its own. */
export async function startSoakedGateway(backend: number, directory: string): Promise<SoakedGateway> {
  const file = join(directory, "soak.yaml");
  await writeFile(file, config(backend));
  const probe = fileURLToPath(new URL("memory-probe.ts", import.meta.url));
  const command = ["--expose-gc", "--import", probe, ownGateway.path, "run", "--config", file];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
  const errors: string[] = [];
  createInterface({ input: readable(child.stderr) }).on("line", (line) => errors.push(line));
  const exited = once(child, "exit");
  const { promise: started, resolve, reject } = Promise.withResolvers<{ port: number; admin: string }>();
  let port = 0;
  createInterface({ input: readable(child.stdout) })
    .on("line", (line) => {
      port = Number(/^listening on http:.*:(\d+)$/.exec(line)?.[1] ?? port);
      const admin = /^admin on (\S+)$/.exec(line)?.[1];
      if (admin !== undefined) resolve({ port, admin });
    })
    .once("close", () => reject(new Error(`the gateway did not start: ${errors.join("\n")}`)));
  const { admin } = await started;
  return {
    port,
    errors,
    residentBytes: () => residentBytes(child.pid ?? 0),
    async heldMemory(snapshot) {
      const question: MemoryQuestion = snapshot === undefined ? ["memory"] : ["snapshot", snapshot];
      child.send(question);
      // What the probe sends is what it says it sends.
      // eslint-disable-next-line typescript/no-unsafe-type-assertion
      const [answer] = (await once(child, "message")) as [HeldMemory];
      return answer;
    },
    openSessions: async () => sessionsIn(await (await fetch(new URL("/metrics", admin))).text()),
    async stop() {
      child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
  };
}

function readable(stream: Readable | null): Readable {
  if (stream === null) throw new Error("the gateway has no output");
  return stream;
}

function sessionsIn(metrics: string): number {
  const lines = metrics.matchAll(/^sallyport_connections_active(?:\{[^}]*\})? (\d+)/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}
