import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, describe, onTestFinished } from "vitest";
import { viewState } from "../../src/hosts/admin/state-view.ts";
import { statementKeysOf } from "../../src/hosts/derived-statement-keys.ts";
import { warningsOf } from "../../src/hosts/gate-warnings.ts";
import { stateOptions, type RedisConfig } from "../../src/policy/state-options.ts";
import { problemOf } from "../../src/problem-of.ts";
import { createMemoryState } from "../../src/state/memory-state.ts";
import { prepareState, type OpenState } from "../../src/state/open-state.ts";
import { tryState } from "../../src/state/try-state.ts";
import { startRedisServer, type RedisServer } from "../redis/redis-server.ts";
import { until } from "../state/redis-nodes-fixture.ts";
import { revocationOf } from "../state/state-suite.ts";
import { Canaries } from "./canary.ts";
import { Outputs } from "./outputs.ts";

// Shown to fail: what must stand somewhere, a revoked user and the fingerprint of a key, is found in what the engine was sent.

function configOf(redis: Readonly<Record<string, unknown>>): RedisConfig {
  const parsed = stateOptions.parse({ redis });
  if (parsed === null) throw new Error("memory is no engine");
  return parsed;
}

/** Everything that an engine is sent from now on. */
async function overhear({ port }: RedisServer): Promise<() => string> {
  const socket = connect(port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let heard = "";
  socket.on("data", (chunk) => (heard += chunk.toString("latin1")));
  socket.write("MONITOR\r\n");
  await once(socket, "data");
  return () => heard;
}

async function openNode(config: RedisConfig, told: (event: unknown) => void): Promise<OpenState> {
  const share = await prepareState(config);
  const node = share(createMemoryState(), {
    emit: told,
    onBans: () => {},
    onOutage: () => {},
    version: "0",
    connections: () => 0,
    limits: () => ({ "/": "total 1" }),
  });
  onTestFinished(() => node.close());
  return node;
}

describe("the key that nodes share", () => {
  it("stands in nothing that the engine is sent, in no event, problem, figure or warning, and in no key that follows from it", async () => {
    const server = await startRedisServer();
    onTestFinished(() => server.stop());
    const directory = await mkdtemp(join(tmpdir(), "sallyport-state-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const [canaries, outputs] = [new Canaries(), new Outputs()];
    const newKey = (name: string): string => canaries.adopt(name, randomBytes(32).toString("base64"));
    const [inFile, written] = [newKey("the key in its file"), newKey("the key in the configuration")];
    const kept = canaries.plant("what nodes keep for each other");
    const user = canaries.plant("a revoked user");
    const keyFile = join(directory, "state.key");
    await writeFile(keyFile, `${inFile}\n`, { mode: 0o600 });
    const heard = await overhear(server);

    const url = `redis://127.0.0.1:${server.port}`;
    const configs = [
      configOf({ url, keyFile, timeout: "20s", lease: "40s" }),
      configOf({ url, key: written, timeout: "20s", lease: "40s" }),
    ];
    const tell = (event: unknown): void => outputs.add("events", JSON.stringify(event));
    const nodes: OpenState[] = [];
    for (const config of configs) nodes.push(await openNode(config, tell));
    await until(() => nodes.every(({ engine }) => engine?.problem() === null));
    for (const { vault, secret, state } of nodes) {
      await vault?.save("a-certificate", kept);
      expect(await vault?.load("a-certificate")).toBe(kept);
      await state.revocations.add(revocationOf(user));
      outputs.add("keys that follow", JSON.stringify(statementKeysOf(secret)([], Date.now())));
      // Whoever has a lock has said to the others what it has.
      expect(await vault?.lock("a-lock", 1000)).not.toBeNull();
    }
    for (const config of configs) outputs.add("check", JSON.stringify(await tryState(config)));
    for (const { engine } of nodes) {
      const figures = engine?.figures() ?? null;
      outputs.add("state", JSON.stringify([figures, viewState(figures), engine?.problem()]));
      const watch = { warnings: () => [] };
      outputs.add("warnings", JSON.stringify(warningsOf({ watch, engine: () => figures })));
    }
    // A file that holds no key, though a secret.
    const noKey = canaries.plant("what is no key");
    await writeFile(keyFile, noKey);
    outputs.add(
      "problems",
      await prepareState(configOf({ url, keyFile })).then(() => "it took it", problemOf),
    );
    outputs.add("engine", heard());

    expect(outputs.of("problems")).toContain("not a key of 32 bytes");
    for (const { secret } of nodes) {
      expect(outputs.of("engine")).toContain(secret?.id);
      expect(outputs.of("check")).toContain(secret?.id);
    }
    const sightings = outputs
      .find(canaries)
      .filter(({ canary, place }) => canary !== "a revoked user" || place !== "engine");
    expect(sightings).toEqual([]);
    expect(outputs.find(canaries).map(({ canary, place }) => [canary, place])).toEqual([
      ["a revoked user", "engine"],
    ]);
  });
});
