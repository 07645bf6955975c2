import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { portOf } from "../gateway/harness.ts";
import { placeAt, startRedisServer, type RedisServer } from "../redis/redis-server.ts";
import { testNode, until, untilInStep, type TestNode } from "./redis-nodes-fixture.ts";
import { unused } from "./state-suite.ts";

const MIB = 1024 * 1024;

let engine: RedisServer;
beforeAll(async () => {
  engine = await startRedisServer();
});
afterAll(() => engine.stop());

let lastPrefix = 0;

/** A node, and how many bytes the engine has answered it until now. */
interface CountedNode extends TestNode {
  readonly heardBytes: () => number;
  /** Runs Lua in the engine, past the node. */
  readonly plant: (script: string, ...keys: readonly string[]) => Promise<void>;
}

async function countedNode(): Promise<CountedNode> {
  let heard = 0;
  const sockets = new Set<Socket>();
  const relay = createServer((near) => {
    const far = connect(engine.port, "127.0.0.1");
    for (const socket of [near, far]) sockets.add(socket.on("error", () => {}));
    near.pipe(far).pipe(near);
    far.on("data", ({ length }: Buffer) => (heard += length));
  });
  relay.listen(0, "127.0.0.1");
  await once(relay, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    relay.close();
  });
  const node = testNode(placeAt(portOf(relay.address())), { prefix: `planted-${++lastPrefix}` });
  await untilInStep([node]);
  const planter = await engine.connect();
  return {
    ...node,
    heardBytes: () => heard,
    async plant(script, ...keys) {
      await planter.run({ name: "plant", text: script, sha1: "0".repeat(40) }, keys, []);
    },
  };
}

const repeat = (count: number, script: string): string => `for i = 1, ${count} do ${script} end`;
const LONG = `string.rep('x', ${MIB})`;

describe("what somebody planted that is larger than any of ours", () => {
  it("stays in the engine: changes of the log", async () => {
    const node = await countedNode();
    const log = node.connection.key("log", "log");
    const change = `redis.call('XADD', KEYS[1], '*', 'kind', 'bans', 'name', 'x', 'entry', ${LONG})`;
    await node.plant(repeat(12, change), log);
    node.state.bans.add("192.0.2.1", { reason: "flood", until: null });
    await until(() => node.figures().misfits === 12 && node.problem() === null);
    expect(node.heardBytes()).toBeLessThan(8 * MIB);
  });

  it("stays in the engine: entries, and their names", async () => {
    const node = await countedNode();
    const [log, bans] = [node.connection.key("log", "log"), node.connection.key("log", "bans")];
    const entry = `redis.call('HSET', KEYS[2], i .. ${LONG}, i .. ${LONG})`;
    await node.plant(`${repeat(12, entry)} redis.call('DEL', KEYS[1])`, log, bans);
    await until(() => node.figures().misfits >= 12 && node.problem() === null);
    expect(node.heardBytes()).toBeLessThan(8 * MIB);
  });

  it("stays in the engine: what nodes say, and their names", async () => {
    const node = await countedNode();
    const name = "n".repeat(22);
    const said = `redis.call('HSET', KEYS[2], '${name}', string.rep('x', ${17 * MIB}))`;
    const alive = `redis.call('ZADD', KEYS[1], 9e15, '${name}', 9e15, string.rep('x', ${17 * MIB}))`;
    await node.plant(`${said} ${alive}`, ...node.nodes.keys);
    // One may have begun before.
    await node.nodes.beat();
    await node.nodes.beat();
    expect(node.nodes.alive.map((one) => one.node).toSorted()).toEqual([name, node.nodes.node].toSorted());
    expect(node.heardBytes()).toBeLessThan(8 * MIB);
  });

  it("stays in the engine: orders, and those behind them are carried out", async () => {
    const node = await countedNode();
    const asked: string[] = [];
    const inbox = node.nodes.inboxOf(node.nodes.node);
    const order = { kind: "order", id: "1", from: "nobody", name: "behind", parameters: [], until: 9e15 };
    const long = `redis.call('XADD', KEYS[1], '*', 'm', string.rep('x', ${13 * MIB}))`;
    await node.plant(`${long} redis.call('XADD', KEYS[1], '*', 'm', '${JSON.stringify(order)}')`, inbox);
    node.orders.serve((name) => asked.push(name));
    await until(() => asked.length > 0);
    expect([asked, node.heardBytes() < 8 * MIB]).toEqual([["behind"], true]);
  });

  it("stays in the engine: tickets", async () => {
    const node = await countedNode();
    const hash = unused.key();
    const run = "string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')";
    const record = `redis.call('SET', KEYS[1], ${run} .. ' ' .. string.rep('x', ${9 * MIB}))`;
    await node.plant(record, node.connection.key(`tickets-${hash[0]}`, hash));
    expect(await node.state.tickets.take(hash, Date.now())).toBeNull();
    expect(node.heardBytes()).toBeLessThan(8 * MIB);
  });

  it("is an outage where it is more entries than nodes put there, and over when they are gone", async () => {
    const node = await countedNode();
    const [log, bans] = [node.connection.key("log", "log"), node.connection.key("log", "bans")];
    await node.plant(
      `${repeat(200_001, "redis.call('HSET', KEYS[2], i, i)")} redis.call('DEL', KEYS[1])`,
      log,
      bans,
    );
    await until(() => node.problem()?.includes("more bans in the engine than nodes put there"));
    expect(node.figures().misfits).toBe(0);
    await node.plant("redis.call('DEL', KEYS[1])", bans);
    await untilInStep([node]);
  });
});
