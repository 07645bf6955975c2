import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { firstMatch, startChild } from "./child.ts";
import { startSoakedGateway, type SoakedGateway } from "./soak/gateway-process.ts";
import { type HostileCounts, runHostileClient } from "./soak/hostile-client.ts";
import { Pace } from "./soak/pace.ts";
import { renderSoak, type Sample, soakFaults, type SoakFindings } from "./soak/report.ts";
import { pause, runSteadyClient, steadyCounts } from "./soak/steady-client.ts";

const USAGE = `npm run soak -- [options]

  --minutes N       default 10
  --connections N   at a time; default 2000
  --snapshots DIR   writes two snapshots of the gateway's heap there, for a search after what grows; it stops for seconds
  --write           writes docs/reference/soak.md
`;

/** One client in so many attacks. */
const ONE_HOSTILE_IN = 5;
/** Clients come one after another at the start, milliseconds between two. */
const START_EVERY_MS = 20;
const LOOK_EVERY_MS = 30_000;
/** The first snapshot is taken at this look, when the gateway is warm. */
const SNAPSHOT_AT = 3;
/** The gateway has so long to forget the last of its clients, milliseconds: a Close that is not answered takes five seconds. */
const FORGET_WITHIN_MS = 20_000;

interface Choice {
  readonly minutes: number;
  readonly connections: number;
  readonly snapshots: string | null;
  readonly write: boolean;
}

function readChoice(): Choice {
  const { values } = parseArgs({
    options: {
      minutes: { type: "string", default: "10" },
      connections: { type: "string", default: "2000" },
      snapshots: { type: "string" },
      write: { type: "boolean", default: false },
    },
  });
  const [minutes, connections] = [Number(values.minutes), Number(values.connections)];
  if (!(minutes > 0)) throw new Error("--minutes: expected a number above 0");
  if (!Number.isInteger(connections) || connections < ONE_HOSTILE_IN)
    throw new Error(`--connections: expected a number from ${ONE_HOSTILE_IN} on`);
  return { minutes, connections, snapshots: values.snapshots ?? null, write: values.write };
}

async function soak(choice: Choice, gateway: SoakedGateway): Promise<SoakFindings> {
  const { minutes, connections, snapshots } = choice;
  const [steady, hostile, samples] = [steadyCounts(), new Map() as HostileCounts, [] as Sample[]];
  const [began, stop] = [performance.now(), new AbortController()];
  const url = `ws://127.0.0.1:${gateway.port}/`;
  const pace = new Pace(url);
  const watching = watch({ gateway, samples, snapshots, began, until: began + minutes * 60_000 });
  const clients: Promise<void>[] = [];
  for (let index = 0; index < connections; index++) {
    clients.push(
      index % ONE_HOSTILE_IN === 0
        ? runHostileClient({ port: gateway.port, counts: hostile, pace }, stop.signal)
        : runSteadyClient({ url, counts: steady, pace }, stop.signal),
    );
    await pause(START_EVERY_MS);
  }
  await watching;
  stop.abort();
  await Promise.all(clients);
  pace.stop();
  const echoMs = [pace.echoMs(0.5), pace.echoMs(0.99), pace.echoMs(1)] as const;
  const sessionsLeft = await forgotten(gateway);
  const exitCode = await gateway.stop();
  return {
    minutes,
    connections,
    samples,
    echoMs,
    steady,
    hostile,
    sessionsLeft,
    errors: gateway.errors,
    exitCode,
  };
}

interface Watch {
  readonly gateway: SoakedGateway;
  readonly samples: Sample[];
  readonly snapshots: string | null;
  readonly began: number;
  readonly until: number;
}

/** Looks at the gateway now and then, until the time is over. */
async function watch({ gateway, samples, snapshots, began, until }: Watch): Promise<void> {
  for (;;) {
    const atSeconds = (performance.now() - began) / 1000;
    const residentBytes = gateway.residentBytes();
    const wanted = snapshots !== null && (samples.length === SNAPSHOT_AT || performance.now() >= until);
    const held = await gateway.heldMemory(
      wanted ? join(snapshots, `${samples.length}.heapsnapshot`) : undefined,
    );
    const openSessions = await gateway.openSessions();
    samples.push({ atSeconds, residentBytes, held, openSessions });
    const mib = [residentBytes, held.heapUsed, held.heapTotal, held.external].map((bytes) =>
      (bytes / 1024 / 1024).toFixed(1),
    );
    console.log(
      `${atSeconds.toFixed(0)} s: ${mib.join(", ")} MiB (resident, live, heap, external), ${openSessions} sessions, ${gateway.errors.length} errors`,
    );
    if (performance.now() >= until) return;
    await pause(Math.max(1, Math.min(LOOK_EVERY_MS, until - performance.now())));
  }
}

/** How many sessions the gateway has when it has had the time to forget them. */
async function forgotten(gateway: SoakedGateway): Promise<number> {
  const until = performance.now() + FORGET_WITHIN_MS;
  while ((await gateway.openSessions()) > 0 && performance.now() < until) await pause(200);
  return gateway.openSessions();
}

async function main(): Promise<void> {
  const choice = readChoice();
  const directory = await mkdtemp(join(tmpdir(), "sallyport-soak-"));
  const echo = fileURLToPath(new URL("targets/ws-server.ts", import.meta.url));
  const backend = startChild([process.execPath, echo], "generator");
  try {
    const [, port] = await firstMatch(backend, /^listening (\d+)$/);
    const findings = await soak(choice, await startSoakedGateway(Number(port), directory));
    const page = renderSoak(findings);
    console.log(`\n${page}`);
    for (const line of findings.errors.slice(0, 20)) console.log(`logged: ${line}`);
    if (choice.write) await writeFile(new URL("../docs/reference/soak.md", import.meta.url), page);
    const faults = soakFaults(findings);
    for (const fault of faults) console.log(`fault: ${fault}`);
    if (faults.length > 0) process.exitCode = 1;
  } finally {
    await backend.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

try {
  await main();
} catch (error) {
  console.error(`soak: ${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 2;
}
