import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { freePort } from "../../../examples/shared/loopback.ts";
import type { ChaosCase } from "../chaos-case.ts";
import { startChild } from "../child.ts";
import { KEYS, scratchDirectory, startEngine, type Engine } from "../engine.ts";
import { openLab, startSite } from "../lab.ts";
import { loopback } from "../network.ts";
import { runOutage } from "../outage.ts";
import { Undo } from "../undo.ts";
import { until } from "../until.ts";

const run = promisify(execFile);

/** Until it is let, nobody takes a primary for gone. */
const NEVER_MS = "3600000";
// A replica that has not heard of its primary for ten times as long is not promoted: it is longer than the outage.
const SOON_MS = "5000";

async function startSentinel(primary: Engine, undo: Undo): Promise<number> {
  const [directory, port] = [await scratchDirectory(undo), await freePort(0)];
  const file = join(directory, "sentinel.conf");
  await writeFile(
    file,
    `bind 127.0.0.1
port ${port}
dir ${directory}
sentinel monitor main 127.0.0.1 ${primary.port} 2
sentinel down-after-milliseconds main ${NEVER_MS}
sentinel failover-timeout main 5000
`,
  );
  const child = startChild(["redis-server", file, "--sentinel"], { undo, directory });
  await child.says(/\+monitor master/);
  return port;
}

const tell = async (port: number, ...words: readonly string[]): Promise<string> =>
  (await run("redis-cli", ["-p", String(port), ...words])).stdout;

/** A primary, its replica and three sentinels: the primary is killed, and the replica takes its place. */
export const sentinelFailover: ChaosCase = {
  id: "sentinel",
  title: "The engine fails over (Sentinel)",
  done: "three sentinels; the primary is killed, and after the outage they may promote the replica",
  needsNamespaces: false,
  async run(pace) {
    const undo = new Undo();
    try {
      const primary = await startEngine({ network: loopback, undo });
      const replica = await startEngine({
        network: loopback,
        undo,
        flags: ["--replicaof", "127.0.0.1", String(primary.port)],
      });
      const follows = async (): Promise<boolean> =>
        (await replica.tell("INFO", "replication")).includes("link_status:up");
      await until("the replica follows", follows);
      const ports = [0, 1, 2].map(() => startSentinel(primary, undo));
      const sentinels = await Promise.all(ports);
      const [first = 0] = sentinels;
      await until("the sentinels know each other and the replica", async () => {
        const said = await tell(first, "SENTINEL", "master", "main");
        return /num-slaves\n1\n/.test(said) && /num-other-sentinels\n2\n/.test(said);
      });
      const redis = {
        sentinel: { primary: "main", urls: sentinels.map((port) => `redis://127.0.0.1:${port}`) },
        timeout: pace.timeout,
      };
      const site = await startSite({
        network: loopback,
        undo,
        state: () => ({ redis }),
        outageAfter: pace.outageAfter,
      });
      const lab = await openLab(site, undo);
      const promote = (): Promise<unknown> =>
        Promise.all(
          sentinels.map((port) => tell(port, "SENTINEL", "SET", "main", "down-after-milliseconds", SOON_MS)),
        );
      return await runOutage(
        lab,
        { away: [0, 1], servers: "another", hit: () => primary.kill(), heal: promote },
        pace,
      );
    } finally {
      await undo.all();
    }
  },
};

/** Three primaries, each with a replica: the one that has the log of changes is killed. */
export const clusterFailover: ChaosCase = {
  id: "cluster",
  title: "The engine fails over (Cluster)",
  done: "three primaries with a replica each; the primary with the log of changes is killed, and after the outage its replica may take its place",
  needsNamespaces: false,
  async run(pace) {
    const undo = new Undo();
    try {
      const engines = await Promise.all([0, 1, 2, 3, 4, 5].map(() => startClusterNode(undo)));
      await run("redis-cli", [
        "--cluster",
        "create",
        ...engines.map(({ port }) => `127.0.0.1:${port}`),
        "--cluster-replicas",
        "1",
        "--cluster-yes",
      ]);
      for (const engine of engines)
        await until("the cluster is whole", async () => {
          const [state, nodes] = [
            await engine.tell("CLUSTER", "INFO"),
            await engine.tell("CLUSTER", "NODES"),
          ];
          return state.includes("cluster_state:ok") && (nodes.match(/slave /g) ?? []).length === 3;
        });
      for (const engine of engines) await engine.tell("CONFIG", "SET", "cluster-node-timeout", NEVER_MS);
      const site = await startSite({
        network: loopback,
        undo,
        state: () => ({
          redis: { cluster: engines.map(({ port }) => `redis://127.0.0.1:${port}`), timeout: pace.timeout },
        }),
        outageAfter: pace.outageAfter,
      });
      const lab = await openLab(site, undo);
      const victim = await ownerOf(`${KEYS}{log}:log`, engines);
      const others = engines.filter((engine) => engine !== victim);
      return await runOutage(
        lab,
        {
          away: [0, 1],
          servers: "some others",
          hit: () => victim.kill(),
          heal: () =>
            Promise.all(
              others.map((engine) => engine.tell("CONFIG", "SET", "cluster-node-timeout", SOON_MS)),
            ),
        },
        pace,
      );
    } finally {
      await undo.all();
    }
  },
};

async function startClusterNode(undo: Undo): Promise<Engine> {
  const flags = ["--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1"];
  const bus = ["--cluster-port", String(await freePort(0)), "--cluster-node-timeout", "10000"];
  return await startEngine({ network: loopback, undo, flags: [...flags, ...bus] });
}

/** The primary that has a key. */
async function ownerOf(key: string, engines: readonly Engine[]): Promise<Engine> {
  const found = await Promise.all(
    engines.map(async (engine) => ({
      engine,
      has: (await engine.tell("EXISTS", key)) === "1" && (await engine.tell("ROLE")).startsWith("master"),
    })),
  );
  const owner = found.find(({ has }) => has)?.engine;
  if (owner === undefined) throw new Error(`nobody has ${key}`);
  return owner;
}
