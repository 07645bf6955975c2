import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { residentBytes } from "../process-meter.ts";
import { ownGateway } from "../targets.ts";

/** The gateway that is soaked. */
export interface SoakedGateway {
  readonly port: number;
  /** Every line that it logged as an error, and everything that is no log line: a stack, a warning of Node's. */
  readonly errors: readonly string[];
  /** Its resident memory in bytes. */
  residentBytes(): number;
  /** Sessions that are open, as it says itself. */
  openSessions(): Promise<number>;
  /** Ends it by SIGTERM. Its exit code. */
  stop(): Promise<number | null>;
}

/** Every default guard is on. The limits of one address are raised, since all clients have the same; some times are short. */
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
    slowConsumer: { after: 5s }
`;

/** Starts the gateway of this checkout in a process of its own. */
export async function startSoakedGateway(backend: number, directory: string): Promise<SoakedGateway> {
  const file = join(directory, "soak.yaml");
  await writeFile(file, config(backend));
  const child = spawn(process.execPath, [ownGateway.path, "run", "--config", file], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => errors.push(line));
  const exited = once(child, "exit");
  const { promise: started, resolve, reject } = Promise.withResolvers<{ port: number; admin: string }>();
  let port = 0;
  createInterface({ input: child.stdout })
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
    openSessions: async () => sessionsIn(await (await fetch(new URL("/metrics", admin))).text()),
    async stop() {
      child.kill("SIGTERM");
      await exited;
      return child.exitCode;
    },
  };
}

function sessionsIn(metrics: string): number {
  const lines = metrics.matchAll(/^sallyport_connections_active(?:\{[^}]*\})? (\d+)/gm);
  return [...lines].reduce((sum, [, count]) => sum + Number(count), 0);
}
