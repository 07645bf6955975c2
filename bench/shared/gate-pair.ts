import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { type Child, firstMatch, startChild } from "../child.ts";
import { defaultGuards, type GuardFacts } from "../gateway-config.ts";
import { cpuNanoseconds } from "../process-meter.ts";
import { ownGateway } from "../targets.ts";
import { untilReady } from "../../examples/shared/gate.ts";

/** A gateway that runs. */
export interface Gate {
  readonly pid: number;
  readonly port: number;
  /** Where its admin API is. */
  readonly admin: string;
}

/** Two gateways of one configuration. */
export interface GatePair {
  readonly gates: readonly [Gate, Gate];
  /** Of the admin API. */
  readonly token: string;
  /** Microseconds of CPU that both have used so far, user and system. */
  cpuMicroseconds(): number;
  stop(): Promise<void>;
}

/** What a pair is made from. */
export interface PairFacts extends GuardFacts {
  readonly directory: string;
  readonly backend: number;
  /** As a configuration says it. */
  readonly state: unknown;
}

/**
 * Starts two gateways with all default guards, and every one that asks shared state: a user's rate and connections, an address's, revocations, bans
 * and tickets. Only what would throttle a generator behind one address is raised.
 */
export async function startPair(facts: PairFacts): Promise<GatePair> {
  await mkdir(facts.directory, { recursive: true });
  const config = join(facts.directory, "sallyport.json");
  const route = {
    path: "/bench",
    upstream: `ws://127.0.0.1:${facts.backend}`,
    ...defaultGuards(facts),
    connectionLimit: { total: 20_000, perAddress: 20_000, perUser: 1000, handshakesPerAddress: "100000/s" },
    messageRate: { perConnection: "1000/s", perUser: "200/s" },
  };
  const written = {
    version: 1,
    listen: [{ address: "127.0.0.1:0", tls: "off" }],
    admin: { address: "127.0.0.1:0", tokenFile: "admin.token" },
    log: { format: "json", level: "warn" },
    state: facts.state,
    routes: [route],
  };
  await writeFile(config, JSON.stringify(written));
  // One after the other: the first one writes the token that both take.
  const first = await startGate(config);
  const second = await startGate(config);
  for (const { gate } of [first, second]) await untilReady(gate.admin);
  const token = (await readFile(join(facts.directory, "admin.token"), "utf8")).trim();
  const children = [first.child, second.child];
  return {
    gates: [first.gate, second.gate],
    token,
    cpuMicroseconds: () => children.reduce((sum, { pid }) => sum + cpuNanoseconds(pid), 0) / 1000,
    async stop() {
      await Promise.all(children.map((child) => child.stop()));
    },
  };
}

async function startGate(config: string): Promise<{ readonly child: Child; readonly gate: Gate }> {
  const child = startChild([process.execPath, ownGateway.path, "run", "--config", config], "target");
  const listening = firstMatch(child, /listening on http:\/\/127\.0\.0\.1:(\d+)/);
  const [at, api] = await Promise.all([listening, firstMatch(child, /admin on (\S+)/)]);
  return { child, gate: { pid: child.pid, port: Number(at[1]), admin: api[1] ?? "" } };
}
