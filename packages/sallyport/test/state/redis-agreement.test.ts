import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REDIS_FORMAT } from "../../src/state/redis-connection.ts";
import type { NodeTerms } from "../../src/state/node-terms.ts";
import { stateOptions } from "../../src/policy/state-options.ts";
import { tryState } from "../../src/state/try-state.ts";
import { startRedisServer, type RedisServer } from "../redis/redis-server.ts";
import { testNode, until, untilInStep, type TestNode } from "./redis-nodes-fixture.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.stop());

const terms: NodeTerms = { key: "0123456789abcdef", leaseMs: 15_000, limits: { "/chat": "total 100" } };

async function startNode(prefix: string, name: string, more: Partial<NodeTerms> = {}): Promise<TestNode> {
  const node = testNode(server.place, { prefix, name, terms: { ...terms, ...more } });
  await untilInStep([node]);
  await node.nodes.beat();
  return node;
}

const abouts = (node: TestNode): readonly string[] => node.figures().disagreements.map(({ about }) => about);
const told = ({ events }: TestNode): readonly string[] =>
  events.flatMap(({ level, message, detail }) =>
    message.includes("agree") ? [`${level} ${message} ${detail}`] : [],
  );

describe("watchAgreement", () => {
  it("tells once of what nodes do not have alike, and when they have", async () => {
    const one = await startNode("a", "gate-a");
    const other = await startNode("a", "gate-b", { key: "fedcba9876543210", limits: { "/chat": "total 7" } });
    await one.nodes.beat();
    await until(() => abouts(one).length === 2 && abouts(other).length === 2);
    expect(abouts(one)).toEqual(["key", "limits"]);
    expect(one.figures().nodes.map(({ name }) => name)).toEqual(["gate-a", "gate-b"]);
    expect(told(one)).toMatchObject([
      expect.stringMatching(
        /^error nodes do not agree redis:\/\/test: .*the key fedcba9876543210 at "gate-b"/,
      ),
      expect.stringMatching(/^warn nodes do not agree redis:\/\/test: .*"total 7" at "gate-b"/),
    ]);
    // Whoever starts another one is told before it runs.
    const config = stateOptions.parse({
      redis: { url: `redis://127.0.0.1:${server.port}`, prefix: "a", lease: "30s" },
    });
    if (config === null) throw new Error("memory is no engine");
    const tried = await tryState(config);
    expect(tried.disagreements.map(({ about, nodes, expected }) => [about, nodes, expected])).toEqual([
      ["key", 2, "none as here"],
      ["lease", 2, "30s as here"],
    ]);
    await other.close();
    await one.nodes.beat();
    await until(() => abouts(one).length === 0);
    expect(told(one).slice(2)).toEqual([
      "info nodes agree again redis://test: key",
      "info nodes agree again redis://test: limits",
    ]);
  });

  it("tells of nodes that write another format, older or newer, which it does not see otherwise", async () => {
    const one = await startNode("b", "gate-a");
    await until(() => one.figures().up);
    const keyOf = (format: number): string =>
      one.connection.key("nodes", "alive").replace(`:${REDIS_FORMAT}:`, `:${format}:`);
    const [newer, older] = [keyOf(REDIS_FORMAT + 1), keyOf(1)];
    await server.tell(`ZADD ${newer} ${Date.now() + 600_000} new-1 ${Date.now() + 600_000} new-2 1 gone`);
    // Of another type: none.
    await server.tell(`SET ${older} planted`);
    await until(() => abouts(one).length > 0);
    expect(one.figures().disagreements).toMatchObject([{ about: "format", nodes: 2 }]);
    expect(told(one)).toMatchObject([expect.stringContaining(`found ${REDIS_FORMAT + 1} at 2 nodes`)]);
    await server.tell(`DEL ${newer}`);
    await until(() => abouts(one).length === 0);
  });

  it("takes a node for one that says nothing where what it says cannot be read, or it is older than this", async () => {
    const one = await startNode("c", "gate-a");
    const said = { name: "x", version: "0", startedAt: 0, connections: 7 };
    const [alive, hash] = one.nodes.keys;
    const names = ["a", "b"].map((letter) => letter.repeat(22));
    const both = [said, { ...said, terms: { key: "<img>", leaseMs: 1, limits: {} } }];
    for (const [index, name] of names.entries()) {
      await server.tell(`ZADD ${alive} ${Date.now() + 600_000} ${name}`);
      await one.connection.command(hash, ["HSET", hash, name, JSON.stringify(both[index])]);
    }
    await one.nodes.beat();
    const { nodes, disagreements } = one.figures();
    expect(nodes.filter(({ name }) => name === "x")).toMatchObject([
      { connections: 7, terms: null },
      { connections: 7, terms: null },
    ]);
    expect(disagreements).toEqual([]);
  });
});
