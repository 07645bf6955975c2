import { array, assert, asyncProperty, integer, nat, tuple } from "fast-check";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Entered, Entry, Quotas, Rate, Spend } from "../../src/guards/quotas.ts";
import { StateUnreachable, type RedisConnection } from "../../src/state/redis-connection.ts";
import { RedisNodes } from "../../src/state/redis-nodes.ts";
import { createRedisQuotas } from "../../src/state/redis-quotas.ts";
import { startRedisServer, type RedisServer } from "./redis-server.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.stop());

const started: Node[] = [];
afterEach(() => {
  const failed = started.flatMap((node) => node.failed);
  started.length = 0;
  // What a script does wrong would look like an engine that is away.
  if (failed.length > 0) throw new Error(`scripts failed: ${failed.join(", ")}`);
});

interface Node {
  readonly connection: RedisConnection;
  readonly nodes: RedisNodes;
  readonly quotas: Quotas;
  /** Scripts that were run, by name. */
  readonly ran: string[];
  /** Scripts that failed in the engine. */
  readonly failed: string[];
}

let scopes = 0;
const newScope = (): string => `a guard of /${++scopes}`;

async function startNode(scope: string): Promise<Node> {
  const connection = await server.connect();
  const [ran, failed]: [string[], string[]] = [[], []];
  const counted: RedisConnection = {
    ...bound(connection),
    async run(script, keys, values) {
      try {
        const answer = await connection.run(script, keys, values);
        ran.push(script.name);
        return answer;
      } catch (error) {
        if (!(error instanceof StateUnreachable)) failed.push(script.name);
        throw error;
      }
    },
  };
  const nodes = new RedisNodes({
    connection: counted,
    name: "test",
    version: "0",
    startedAt: 0,
    connections: () => 0,
  });
  await nodes.beat();
  const node = {
    connection,
    nodes,
    quotas: createRedisQuotas({ connection: counted, nodes }).of(scope),
    ran,
    failed,
  };
  started.push(node);
  return node;
}

/** The methods of a class, as an object that can be spread. */
function bound(connection: RedisConnection): RedisConnection {
  return {
    node: connection.node,
    key: (tag, name) => connection.key(tag, name),
    run: (script, keys, values) => connection.run(script, keys, values),
    command: (key, words) => connection.command(key, words),
    status: () => connection.status(),
    watch: (listener) => connection.watch(listener),
    every: (ms, task) => connection.every(ms, task),
    after: (ms, task) => connection.after(ms, task),
    about: (ms, task) => connection.about(ms, task),
    close: () => connection.close(),
  };
}

async function startTwo(scope = newScope()): Promise<readonly [Node, Node]> {
  return [await startNode(scope), await startNode(scope)];
}

const entry = (limit: number, evenIfRefused = false): Entry => ({
  rate: null,
  places: [{ key: "total", limit }],
  evenIfRefused,
});

async function enter({ quotas }: Node, asked: Entry): Promise<Entered> {
  return await quotas.enter(asked, 0);
}

describe("createRedisQuotas", () => {
  it("counts the places of all nodes together, exactly", async () => {
    const two = await startTwo();
    const asked = Array.from({ length: 30 }, (_, index) => enter(two[index % 2 === 0 ? 0 : 1], entry(10)));
    const entered = await Promise.all(asked);
    expect(entered.filter(({ refusal }) => refusal === null)).toHaveLength(10);
    expect(entered.find(({ refusal }) => refusal !== null)?.refusal).toEqual({
      place: 0,
      taken: 10,
      waitMs: 0,
    });
  });

  it("takes all places of an entry or none, and says which was full", async () => {
    const [{ quotas }] = await startTwo();
    const two = { ...entry(9), places: [...entry(9).places, { key: "address", limit: 1 }] };
    await quotas.enter(two, 0);
    expect((await quotas.enter(two, 0)).refusal).toEqual({ place: 1, taken: 1, waitMs: 0 });
    expect((await quotas.enter(entry(1), 0)).refusal).toMatchObject({ taken: 1 });
  });

  it("needs one round trip for an entry, however many places and whatever rate it has", async () => {
    const [{ quotas, ran }] = await startTwo();
    const rate = { key: "a", perSecond: 1, burst: 9 };
    ran.length = 0;
    await quotas.enter({ ...entry(10), rate, places: [...entry(10).places, { key: "b", limit: 1 }] }, 0);
    expect(ran.filter((name) => name !== "beat")).toEqual(["enter"]);
  });

  it("gives a place back once, so that the same node may enter at once and the other soon", async () => {
    const [one, other] = await startTwo();
    const first = await one.quotas.enter(entry(1), 0);
    first.release();
    first.release();
    const second = await one.quotas.enter(entry(1), 0);
    expect(second.refusal).toBeNull();
    expect((await other.quotas.enter(entry(1), 0)).refusal).toMatchObject({ taken: 1 });
    second.release();
    await expect.poll(async () => (await other.quotas.enter(entry(1), 0)).refusal).toBeNull();
  });

  it("holds a place beyond its limit for a guard that observes", async () => {
    const [one, other] = await startTwo();
    await one.quotas.enter(entry(1), 0);
    const beyond = await other.quotas.enter(entry(1, true), 0);
    expect(beyond.refusal).toMatchObject({ taken: 1 });
    expect((await one.quotas.enter(entry(1), 0)).refusal).toMatchObject({ taken: 2 });
  });

  it("keeps the rate of handshakes over all nodes", async () => {
    const [one, other] = await startTwo();
    const asked: Entry = { rate: { key: "a", perSecond: 0.001, burst: 3 }, places: [], evenIfRefused: false };
    const entered = [one, other, one, other].map((node) => enter(node, asked));
    const refusals = (await Promise.all(entered)).map(({ refusal }) => refusal);
    expect(refusals.filter((refusal) => refusal === null)).toHaveLength(3);
    const waitMs = refusals.find((refusal) => refusal !== null)?.waitMs ?? 0;
    expect(waitMs).toBeGreaterThan(900_000);
    expect(waitMs).toBeLessThanOrEqual(1_000_000);
  });

  it("frees the places of a node that was not heard of for 15 s", async () => {
    const [gone, other] = await startTwo();
    await gone.quotas.enter(entry(1), 0);
    expect((await other.quotas.enter(entry(1), 0)).refusal).toMatchObject({ taken: 1 });
    gone.connection.close();
    const [key] = other.nodes.keys;
    const until = Number(await other.connection.command(key, ["ZSCORE", key, gone.nodes.node]));
    expect(until - Date.now()).toBeLessThanOrEqual(15_000);
    // As if it were then.
    await other.connection.command(key, ["ZADD", key, "1", gone.nodes.node]);
    expect((await other.quotas.enter(entry(1), 0)).refusal).toBeNull();
  });

  it("writes its places anew where they were forgotten: an engine that came back empty, a node that was taken for gone", async () => {
    const [one, other] = await startTwo();
    await one.quotas.enter(entry(2), 0);
    await one.connection.command("", ["FLUSHALL"]);
    expect((await other.quotas.enter(entry(2), 0)).refusal).toBeNull();
    await one.nodes.beat();
    await other.nodes.beat();
    await expect.poll(async () => (await one.quotas.enter(entry(1), 0)).refusal).toMatchObject({ taken: 2 });
  });

  it("passes over what somebody planted in the engine", async () => {
    const [one, other] = await startTwo();
    const rate = { key: "ada", perSecond: 0.001, burst: 2 };
    await one.quotas.enter({ ...entry(5), rate }, 0);
    const keys = await one.connection.command("", ["KEYS", "*{nodes}:[pr]*"]);
    const plant = async (...words: readonly string[]): Promise<void> => {
      for (const key of [keys].flat().map(String)) {
        await one.connection.command(key, ["DEL", key]);
        await one.connection.command(key, [words[0] ?? "", key, ...words.slice(1)]);
      }
      other.ran.length = 0;
      // The engine has counted it, and not this node alone.
      const { refusal } = await other.quotas.enter({ ...entry(5), rate }, 0);
      expect([refusal, other.failed]).toEqual([null, []]);
    };
    await plant("SET", "nan");
    await plant("SET", "1e300");
    await plant("RPUSH", "x");
    await plant("HSET", one.nodes.node, "many");
  });
});

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const rest = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 1));

/** What all nodes may let through at most: as `RedisRates` states it. */
function mostOf({ perSecond, burst }: Rate, elapsedMs: number, nodes: number): number {
  const [lease, credit] = [Math.max(1, burst / 4), Math.max(1, burst / 16)];
  // A machine may be so slow that an answer is late: a share of all nodes of this file is two at most.
  const share = 2;
  return burst + (elapsedMs / 1000) * perSecond + nodes * (lease + 2 * (credit + 1) + share);
}

/** Lets a connection send whenever it may. Answers how many passed. */
function sender(spend: Spend): { send(count: number): void; readonly passed: number } {
  let [passed, heldUntil] = [0, 0];
  return {
    send(count) {
      for (let sent = 0; sent < count && performance.now() >= heldUntil; sent++) {
        heldUntil = performance.now() + spend(1, performance.now());
        passed += 1;
      }
    },
    get passed() {
      return passed;
    },
  };
}

describe("spending of a rate by several nodes", () => {
  it("holds nobody below the rate, and asks for many keys at once", async () => {
    const [one] = await startTwo();
    const spends = Array.from({ length: 50 }, (_, user) =>
      one.quotas.spender({ key: `user ${user}`, perSecond: 200, burst: 400 }, performance.now()),
    );
    await expect.poll(() => one.ran.includes("lease")).toBe(true);
    await settled();
    one.ran.length = 0;
    const waits = spends.flatMap((spend) => Array.from({ length: 40 }, () => spend(1, performance.now())));
    expect(Math.max(...waits)).toBe(0);
    expect(one.ran.filter((name) => name === "lease").length / waits.length).toBeLessThan(0.01);
  });

  it("waits for the debt that all nodes made together", async () => {
    const two = await startTwo();
    const rate: Rate = { key: "ada", perSecond: 0.1, burst: 16 };
    const begun = performance.now();
    const senders = two.map(({ quotas }) => sender(quotas.spender(rate, begun)));
    const passed = (): number => senders.reduce((sum, one) => sum + one.passed, 0);
    // As long as the engine takes to answer.
    for (let turn = 0; turn < 200 || passed() < 16; turn++) {
      for (const one of senders) one.send(1);
      await rest();
    }
    expect(passed()).toBeGreaterThanOrEqual(16);
    expect(passed()).toBeLessThanOrEqual(mostOf(rate, performance.now() - begun, 2));
  });

  it("never admits more than the bound that it states", async () => {
    const two = await startTwo();
    let [runs, beyondBurst] = [0, 0];
    await assert(
      asyncProperty(
        array(tuple(nat({ max: 1 }), integer({ min: 1, max: 30 })), { minLength: 20, maxLength: 80 }),
        async (steps) => {
          const rate: Rate = { key: `run ${++runs}`, perSecond: 500, burst: 32 };
          const begun = performance.now();
          const senders = two.map(({ quotas }) => sender(quotas.spender(rate, begun)));
          for (const [node, count] of steps) {
            senders[node]?.send(count);
            await rest();
          }
          const passed = senders.reduce((sum, one) => sum + one.passed, 0);
          if (passed > rate.burst) beyondBurst += 1;
          expect(passed).toBeLessThanOrEqual(mostOf(rate, performance.now() - begun, 2));
        },
      ),
      { numRuns: 20 },
    );
    expect(beyondBurst).toBeGreaterThan(0);
  });

  it("goes on with its own share while the engine is away, and with the common rate when it is back", async () => {
    const [one, other] = await startTwo();
    await one.nodes.beat();
    const rate: Rate = { key: "ada", perSecond: 0.1, burst: 32 };
    const spend = one.quotas.spender(rate, performance.now());
    await server.kill();
    await expect.poll(() => one.connection.status().up).toBe(false);
    const alone = sender(spend);
    alone.send(1000);
    // A share of two nodes, and the message that went into debt.
    const nodes = one.nodes.alive.length;
    expect(alone.passed).toBe(Math.max(1, Math.floor(rate.burst / nodes)) + 1);
    const entered = await one.quotas.enter(entry(1), 0);
    expect([entered.refusal, (await one.quotas.enter(entry(1), 0)).refusal]).toMatchObject([
      null,
      { taken: 1 },
    ]);
    expect((await other.quotas.enter(entry(1), 0)).refusal).toBeNull();
    await server.start();
    await expect.poll(() => [one, other].every(({ connection }) => connection.status().up)).toBe(true);
    // Both have what they let in meanwhile, and it counts.
    await expect
      .poll(async () => (await other.quotas.enter(entry(1), 0)).refusal)
      .toMatchObject({ taken: 2 });
    await expect.poll(() => spend(1, performance.now() + 1e6)).toBe(0);
  });
});
