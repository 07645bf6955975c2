import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { freePort } from "../../../../examples/shared/loopback.ts";
import type { RedisPlace } from "../../src/state/redis-client.ts";
import { startRedisServer } from "../redis/redis-server.ts";
import { suiteNodes } from "./redis-nodes-fixture.ts";
import { describeState } from "./state-suite.ts";

const scratches: string[] = [];
afterAll(() => Promise.all(scratches.map((directory) => rm(directory, { recursive: true, force: true }))));

describeState("Redis", async () => {
  const server = await startRedisServer();
  return await suiteNodes(server.place, () => server.stop());
});

// One node has all slots: what it refuses is a script whose keys would be on several.
describeState("a cluster", async () => {
  const server = await startRedisServer({
    flags: [
      "--cluster-enabled",
      "yes",
      "--cluster-announce-ip",
      "127.0.0.1",
      "--cluster-port",
      String(await freePort(0)),
      "--dir",
      await scratch(),
    ],
  });
  await server.tell("CLUSTER ADDSLOTSRANGE 0 16383");
  const place: RedisPlace = { ...server.place, kind: "cluster" };
  return await suiteNodes(place, () => server.stop());
});

describeState("the primary that a sentinel names", async () => {
  const server = await startRedisServer();
  const port = await freePort(0);
  const directory = await scratch();
  const file = join(directory, "sentinel.conf");
  await writeFile(
    file,
    `bind 127.0.0.1\nport ${port}\ndir ${directory}\nsentinel monitor main 127.0.0.1 ${server.port} 1\n`,
  );
  const sentinel = spawn("redis-server", [file, "--sentinel"], { stdio: "ignore" });
  const place: RedisPlace = {
    ...server.place,
    kind: "sentinel",
    hosts: [{ host: "127.0.0.1", port }],
    primaryName: "main",
  };
  return await suiteNodes(place, async () => {
    sentinel.kill("SIGKILL");
    await once(sentinel, "exit");
    await server.stop();
  });
});

// Where it is not installed its tests are told as skipped: Debian 12 has no package of it.
const hasValkey = spawnSync("valkey-server", ["--version"]).status === 0;
describeState(
  "Valkey (only on machines that have it)",
  async () => {
    const server = await startRedisServer({ binary: "valkey-server" });
    return await suiteNodes(server.place, () => server.stop());
  },
  hasValkey,
);

async function scratch(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-redis-"));
  scratches.push(directory);
  return directory;
}
