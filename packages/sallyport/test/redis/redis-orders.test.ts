import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RedisConnection } from "../../src/state/redis-connection.ts";
import { openRedisLog, RING } from "../../src/state/redis-log.ts";
import { RedisNodes } from "../../src/state/redis-nodes.ts";
import { RedisOrders, type AnswerOrder } from "../../src/state/redis-orders.ts";
import { startRedisServer, type RedisServer } from "./redis-server.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.stop());

interface Node {
  readonly connection: RedisConnection;
  readonly nodes: RedisNodes;
  readonly orders: RedisOrders;
}

interface NodeTraits {
  readonly answer?: AnswerOrder;
  readonly wallNow?: () => number;
  readonly answerWithinMs?: number;
  readonly lookEveryMs?: number;
}

/** Each test has nodes of its own: those of others have left. */
async function withNodes(
  traits: readonly NodeTraits[],
  run: (...nodes: Node[]) => Promise<void>,
): Promise<void> {
  const started: Node[] = [];
  for (const [index, { answer, ...options }] of traits.entries()) {
    const connection = await server.connect();
    const said = { name: `node ${index}`, version: "0", startedAt: 1, connections: () => index };
    const nodes = new RedisNodes({ connection, ...said });
    await nodes.beat();
    const log = openRedisLog({
      connection,
      kinds: [],
      readMs: 25,
      onMisfit: () => {},
      onTaken: (kinds) => void (kinds.has(RING) && orders.look().catch(() => {})),
    });
    const orders: RedisOrders = new RedisOrders({
      connection,
      nodes,
      lookEveryMs: 100,
      ring: () => log.ring(),
      ...options,
    });
    if (answer !== undefined) orders.serve(answer);
    started.push({ connection, nodes, orders });
  }
  try {
    await run(...started);
  } finally {
    await Promise.all(started.map(({ nodes }) => nodes.leave()));
    for (const { connection } of started) connection.close();
  }
}

const fails: AnswerOrder = () => {
  throw new Error("no");
};

const order = { name: "count", parameters: [2, { a: "b" }], lastsMs: 60_000 };

describe("RedisNodes", () => {
  it("tells every node which are alive, and what each says of itself", async () => {
    await withNodes([{}, {}], async (one) => {
      await one.nodes.beat();
      expect(one.nodes.alive).toEqual([
        { node: one.nodes.node, name: "node 0", version: "0", startedAt: 1, connections: 0, terms: null },
        expect.objectContaining({ name: "node 1", connections: 1 }),
      ]);
    });
  });

  it("forgets a node that leaves at once, with what waits for it", async () => {
    await withNodes([{}, {}], async (one, other) => {
      await other.nodes.leave();
      await other.nodes.beat();
      await one.nodes.beat();
      expect(one.nodes.alive).toHaveLength(1);
    });
  });

  it("counts a node of which it cannot read what it says", async () => {
    await withNodes([{}, {}], async (one, other) => {
      await one.connection.command("", ["HSET", one.connection.key("nodes", "said"), other.nodes.node, "{"]);
      await one.nodes.beat();
      expect(one.nodes.alive.map(({ name }) => name).toSorted()).toContain(other.nodes.node);
    });
  });
});

describe("RedisNodes, where somebody planted names", () => {
  it("takes none that no node has: megabytes, markup, prototype names", async () => {
    await withNodes([{}, {}], async (one, other) => {
      const { connection } = one;
      const key = connection.key("nodes", "alive");
      for (const planted of ["x".repeat(2 ** 22), "<img src=x>", "__proto__", "", "9".repeat(23)])
        await connection.command(key, ["ZADD", key, "inf", planted]);
      await one.nodes.beat();
      expect(new Set(one.nodes.alive.map(({ node }) => node))).toEqual(
        new Set([one.nodes.node, other.nodes.node]),
      );
    });
  });
});

describe("RedisOrders", () => {
  it("reaches nodes that do not look by themselves: they are rung in the log", async () => {
    const lookEveryMs = 3_600_000;
    await withNodes([{ lookEveryMs }, { lookEveryMs, answer: () => "here" }], async (one, other) => {
      one.orders.serve(() => null);
      expect(await one.orders.askAll(order)).toEqual({ answers: ["here"], unanswered: [] });
      await other.nodes.beat();
    });
  });

  it("asks every other node, and gathers what they answer", async () => {
    const asked: unknown[] = [];
    const answer: AnswerOrder = (name, parameters) => {
      asked.push([name, ...parameters]);
      return { found: asked.length };
    };
    await withNodes([{ answer }, { answer }, { answer }], async (one) => {
      const { answers, unanswered } = await one.orders.askAll(order);
      expect(unanswered).toEqual([]);
      expect(answers).toHaveLength(2);
      expect(answers).toEqual(expect.arrayContaining([{ found: 1 }, { found: 2 }]));
      expect(asked).toEqual([
        ["count", 2, { a: "b" }],
        ["count", 2, { a: "b" }],
      ]);
    });
  });

  it("names the nodes that fail, and those that do not answer in time", async () => {
    await withNodes([{ answer: () => 1, answerWithinMs: 300 }, { answer: fails }, {}], async (one) => {
      expect(await one.orders.askAll(order)).toEqual({ answers: [], unanswered: ["node 1", "node 2"] });
    });
  });

  it("carries out what came while a node was away, unless it is wanted no more", async () => {
    const done: string[] = [];
    let now = Date.now();
    await withNodes([{ answer: () => 1, answerWithinMs: 1 }, { wallNow: () => now }], async (one, other) => {
      await one.orders.askAll({ ...order, name: "late", lastsMs: 1000 });
      await one.orders.askAll({ ...order, name: "kept", lastsMs: 60_000 });
      now += 20_000;
      other.orders.serve((name) => done.push(name));
      await other.orders.look();
      expect(done).toEqual(["kept"]);
      // Once: what was read is taken out.
      await other.orders.look();
      expect(done).toEqual(["kept"]);
    });
  });

  it("passes over what is no message, and over answers that nobody asked for", async () => {
    const done: string[] = [];
    await withNodes([{ answer: () => 1 }, { answer: (name) => done.push(name) }], async (one, other) => {
      const inbox = other.nodes.inboxOf(other.nodes.node);
      const answer = JSON.stringify({ kind: "answer", id: "x", from: "y", result: 1 });
      await one.connection.command(inbox, ["SET", inbox, "planted"]);
      await other.orders.look();
      for (const planted of ["{", '{"kind":"order"}', answer])
        await one.connection.command(inbox, ["XADD", inbox, "*", "m", planted]);
      await one.connection.command(inbox, ["XADD", inbox, "*", "no", ""]);
      expect(await one.orders.askAll(order)).toEqual({ answers: [1], unanswered: [] });
      expect(done).toEqual(["count"]);
    });
  });

  it("answers at once where no other node is alive, and names all that it knew where the engine is away", async () => {
    await withNodes([{ answer: () => 1 }], async (one) => {
      expect(await one.orders.askAll(order)).toEqual({ answers: [], unanswered: [] });
    });
    await withNodes([{ answer: () => 1 }, { answer: () => 1 }], async (one) => {
      await one.nodes.beat();
      await server.kill();
      await expect.poll(() => one.connection.status().up).toBe(false);
      expect(await one.orders.askAll(order)).toEqual({ answers: [], unanswered: ["node 1"] });
      await server.start();
      await expect.poll(async () => (await one.orders.askAll(order)).answers).toEqual([1]);
    });
  });
});
