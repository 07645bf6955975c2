import { deepEqual } from "node:assert/strict";
import { array, assert, asyncProperty, constantFrom, nat, record, type Arbitrary } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Entered, Entry } from "../../src/guards/quotas.ts";
import type { RedisConnection } from "../../src/state/redis-connection.ts";
import { RedisNodes } from "../../src/state/redis-nodes.ts";
import { RedisPlaces } from "../../src/state/redis-places.ts";
import { startRedisServer, type RedisServer } from "./redis-server.ts";

let server: RedisServer;
let nodes: readonly Node[];
beforeAll(async () => {
  server = await startRedisServer();
  nodes = await Promise.all(Array.from({ length: 4 }, startNode));
});
afterAll(() => server.stop());

interface Node {
  readonly connection: RedisConnection;
  readonly nodes: RedisNodes;
  readonly places: RedisPlaces;
}

/** Its lease is so long that it ends when a test says so alone. */
async function startNode(): Promise<Node> {
  const connection = await server.connect();
  const said = { name: "test", version: "0", startedAt: 0, connections: () => 0, leaseMs: 3_600_000 };
  const made = new RedisNodes({ connection, ...said });
  await made.beat();
  const places = new RedisPlaces({ connection, nodes: made, now: () => performance.now() });
  return { connection, nodes: made, places };
}

/** Everything is told that there is to tell, and so is what was sent before: all goes over one connection. */
async function told({ connection, places }: Node): Promise<void> {
  await new Promise((resolve) => void setImmediate(resolve));
  await places.tell();
  await connection.command("", ["PING"]);
}

/** As if the lease of a node had ended. */
async function endLease(of: Node): Promise<void> {
  const [key] = of.nodes.keys;
  await of.connection.command(key, ["ZADD", key, "1", of.nodes.node]);
}

interface Step {
  readonly what: "enter" | "enter anyway" | "release" | "die" | "forget everything" | "plant";
  readonly node: number;
  readonly user: number;
  readonly limit: number;
}

const step: Arbitrary<Step> = record({
  what: constantFrom(
    "enter",
    "enter",
    "enter",
    "enter anyway",
    "release",
    "release",
    "die",
    "forget everything",
    "plant",
  ),
  node: nat({ max: 3 }),
  user: nat({ max: 2 }),
  limit: nat({ max: 4 }),
});

/** The two counts of an entry: everybody's, and a user's. */
const countsOf = (user: number): readonly string[] => ["total", `user ${user}`];
const TOTAL = 9;

/** The plainest thing that counts: how many each node has, of which those count that are alive. */
class Model {
  readonly held = new Map<string, number>();
  readonly dead = new Set<number>();

  sum(key: string): number {
    return [0, 1, 2, 3].reduce((sum, node) => sum + (this.dead.has(node) ? 0 : this.of(node, key)), 0);
  }

  of(node: number, key: string): number {
    return this.held.get(`${node} ${key}`) ?? 0;
  }

  add(node: number, user: number, change: number): void {
    for (const key of countsOf(user)) this.held.set(`${node} ${key}`, this.of(node, key) + change);
  }
}

/** Nodes and the model beside them. */
class Compared {
  readonly #model = new Model();
  readonly #entered: { readonly node: number; readonly user: number; readonly entered: Entered }[] = [];
  readonly #scope: string;

  constructor(scope: string) {
    this.#scope = scope;
  }

  /** Does it; an entry is answered as it should be. */
  async play({ what, node, user, limit }: Step): Promise<void> {
    const at = nodes[node];
    if (at === undefined) return;
    if (what === "die") {
      this.#model.dead.add(node);
      return endLease(at);
    }
    if (what === "plant") return plant(at, limit);
    if (what === "forget everything") {
      await at.connection.command("", ["FLUSHALL"]);
      for (const index of nodes.keys()) await this.#revive(index);
      return;
    }
    // Whoever does anything is alive.
    if (this.#model.dead.has(node)) await this.#revive(node);
    if (what === "release") return this.#release(node);
    await this.#enter({ what, node, user, limit });
  }

  async #revive(index: number): Promise<void> {
    const node = nodes[index];
    if (node === undefined) return;
    await node.nodes.beat();
    await told(node);
    this.#model.dead.delete(index);
  }

  async #release(node: number): Promise<void> {
    const index = this.#entered.findIndex((one) => one.node === node);
    const [found] = index === -1 ? [] : this.#entered.splice(index, 1);
    if (found === undefined) return;
    found.entered.release();
    this.#model.add(node, found.user, -1);
    await Promise.all(nodes.map(told));
  }

  async #enter({ what, node, user, limit }: Step): Promise<void> {
    const limits = [TOTAL, limit];
    const places = countsOf(user).map((key, index) => ({ key, limit: limits[index] ?? 0 }));
    const asked: Entry = { rate: null, places, evenIfRefused: what === "enter anyway" };
    const place = places.findIndex((one) => this.#model.sum(one.key) >= one.limit);
    const expected =
      place === -1 ? null : { place, taken: this.#model.sum(places[place]?.key ?? ""), waitMs: 0 };
    const entered = await nodes[node]?.places.enter(asked, (key) => `${this.#scope} ${key}`);
    deepEqual(entered?.refusal, expected);
    if (entered === undefined || (expected !== null && !asked.evenIfRefused)) return;
    this.#model.add(node, user, 1);
    this.#entered.push({ node, user, entered });
  }

  async end(): Promise<void> {
    for (const index of nodes.keys()) await this.#revive(index);
    for (const { entered } of this.#entered) entered.release();
    await Promise.all(nodes.map(told));
  }
}

/** Sums that somebody wrote, and marks that nobody made. */
const PLANTED: readonly (readonly string[])[] = [
  ["@", "1"],
  ["@", ""],
  ["#", "many"],
  ["#", "-5"],
  ["#", "1e300"],
];

async function plant({ connection }: Node, which: number): Promise<void> {
  const keys = await connection.command("", ["KEYS", "*places:*"]);
  for (const key of [keys].flat().map(String))
    await connection.command(key, ["HSET", key, ...(PLANTED[which] ?? [])]);
}

describe("places of several nodes", () => {
  it("are what adding up what each node that is alive has comes to, whatever happens", async () => {
    let runs = 0;
    await assert(
      asyncProperty(array(step, { minLength: 10, maxLength: 60 }), async (steps) => {
        const compared = new Compared(`run ${++runs}`);
        try {
          for (const one of steps) await compared.play(one);
        } finally {
          await compared.end();
        }
      }),
      { numRuns: 20 },
    );
  });

  it("leave nothing in the engine when all are given back", async () => {
    const left = await nodes[0]?.connection.command("", ["KEYS", "*places:*"]);
    expect(left).toEqual([]);
  });

  it("are not given once more at a node that has them, where the engine dropped the count", async () => {
    const [one, other] = nodes;
    const asked: Entry = { rate: null, places: [{ key: "user", limit: 3 }], evenIfRefused: false };
    const enter = async (node: Node | undefined): Promise<Entered> => {
      const entered = await node?.places.enter(asked, (key) => `dropped ${key}`);
      if (entered === undefined) throw new Error("there is no such node");
      return entered;
    };
    const held = [await enter(one), await enter(one), await enter(other)];
    const [key = ""] = [await one?.connection.command("", ["KEYS", "*places:dropped *"])].flat().map(String);
    for (let turn = 0; turn < 3; turn++) {
      await one?.connection.command(key, ["DEL", key]);
      held.push(await enter(one));
      expect((await enter(one)).refusal).toEqual({ place: 0, taken: 3, waitMs: 0 });
    }
    expect(held.map(({ refusal }) => refusal?.taken ?? null)).toEqual([null, null, null, null, 3, 3]);
    for (const { release } of held) release();
    for (const node of nodes) await told(node);
    expect(await one?.connection.command("", ["EXISTS", key])).toBe(0);
  });

  it("cost the engine the same, however many nodes hold some of a count", async () => {
    const [one] = nodes;
    const [alive, , mark] = one?.nodes.keys ?? [];
    const enter = async (asked: Entry): Promise<Entered | undefined> =>
      one?.places.enter(asked, (name) => `of many nodes ${name}`);
    const entry: Entry = { rate: null, places: [{ key: "total", limit: 10_000 }], evenIfRefused: false };
    await enter(entry);
    const run = async (...words: readonly string[]): Promise<unknown> => one?.connection.command("", words);
    const [key] = [await run("KEYS", "*places:*")].flat().map(String);
    expect(key).toBeDefined();
    const others = Array.from({ length: 200 }, (_, index) => `node ${index}`);
    const until = String(Date.now() + 3_600_000);
    await run("ZADD", alive ?? "", ...others.flatMap((name) => [until, name]));
    await run("HSET", key ?? "", "#", "401", ...others.flatMap((name) => [name, "2"]));
    const commands = async (): Promise<number> =>
      Number(/total_commands_processed:(\d+)/.exec(String(await run("INFO", "stats")))?.[1]);
    const before = await commands();
    for (let index = 0; index < 100; index++) await enter(entry);
    // The look itself, and whatever else four nodes do in that time.
    expect((await commands()) - before).toBeLessThan(100 * 20);
    expect((await enter({ ...entry, places: [{ key: "total", limit: 1 }] }))?.refusal).toMatchObject({
      taken: 501,
    });
    // One of them is gone: those that are left are added up once.
    await run("ZADD", alive ?? "", "1", "node 7");
    const marked = await run("GET", mark ?? "");
    expect((await enter({ ...entry, places: [{ key: "total", limit: 1 }] }))?.refusal).toMatchObject({
      taken: 499,
    });
    expect(await run("GET", mark ?? "")).not.toBe(marked);
  });
});
