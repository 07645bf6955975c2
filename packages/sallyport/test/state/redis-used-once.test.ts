import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SingleUse } from "../../src/guards/shared-state.ts";
import { startRedisServer, type RedisServer } from "../redis/redis-server.ts";
import { testNode, until, untilInStep, type TestNode } from "./redis-nodes-fixture.ts";
import { unused } from "./state-suite.ts";

let server: RedisServer;
beforeAll(async () => {
  server = await startRedisServer();
});
afterAll(() => server.stop());

const [AHEAD_MS, PARTS] = [10_000, 16];
let lastPrefix = 0;
const newPrefix = (): string => `once-${++lastPrefix}`;

async function startNode(prefix: string): Promise<TestNode> {
  const node = testNode(server.place, { prefix });
  await untilInStep([node]);
  return node;
}

const keyOf = ({ connection }: TestNode, part: string): string => connection.key(`used-dpop-${part}`, "used");

/** Resolves when the engine knows since when it notes, and that is some milliseconds ago. */
async function untilNoted(node: TestNode): Promise<void> {
  const keys = Array.from({ length: PARTS }, (_, part) => keyOf(node, part.toString(16)));
  await expect.poll(() => server.tell(`EXISTS ${keys.join(" ")}`)).toBe(`:${PARTS}\r\n`);
  const seenAt = Date.now();
  await until(() => Date.now() > seenAt + 20);
}

/** A proof of a client whose clock is as far ahead as it may be: no test waits for a real one to be late enough. */
function newProof(): SingleUse {
  const issuedAt = Date.now() + AHEAD_MS - 10;
  return { key: `dpop ${unused.key()}`, issuedAt, until: issuedAt + 60_000 };
}

const use = ({ state }: TestNode, what: SingleUse): Promise<boolean> =>
  state.tickets.useOnce(what, Date.now());

describe("what may be used once", () => {
  it("is taken once where the engine has noted everything since before it was made", async () => {
    const prefix = newPrefix();
    const [one, other] = [await startNode(prefix), await startNode(prefix)];
    await untilNoted(one);
    const proof = newProof();
    expect(await use(one, proof)).toBe(true);
    expect(await use(other, proof)).toBe(false);
    // A node that comes later changes nothing.
    expect(await use(await startNode(prefix), newProof())).toBe(true);
  });

  it("is not taken for new by an engine that may have lost it: begun anew, or emptied", async () => {
    const node = await startNode(newPrefix());
    for (const lose of [
      async () => {
        await server.kill();
        await until(() => node.problem() !== null);
        await server.start();
      },
      () => server.tell("FLUSHALL"),
    ]) {
      await untilInStep([node]);
      await untilNoted(node);
      const [proof, logout] = [
        newProof(),
        { key: `logout ${unused.key()}`, issuedAt: null, until: Date.now() + 60_000 },
      ];
      expect(await use(node, proof)).toBe(true);
      expect(await use(node, logout)).toBe(true);
      await lose();
      await untilInStep([node]);
      await expect(use(node, proof)).rejects.toThrow("lost");
      // What does no harm when it is taken once more is taken: a logout is better heard twice than not at all.
      expect(await use(node, logout)).toBe(true);
    }
  });

  it("is not taken where it is further ahead of the engine's clock than clocks may be apart: it would outlive what is known of it", async () => {
    const node = await startNode(newPrefix());
    await untilNoted(node);
    const issuedAt = Date.now() + AHEAD_MS + 60_000;
    const proof = { key: `dpop ${unused.key()}`, issuedAt, until: issuedAt + 60_000 };
    await expect(use(node, proof)).rejects.toThrow("ahead");
  });

  it("is not taken for new where the engine dropped what was used, to make room", async () => {
    const node = await startNode(newPrefix());
    await untilNoted(node);
    const proof = newProof();
    expect(await use(node, proof)).toBe(true);
    expect(await server.tell(`DEL ${keyOf(node, proof.key.slice(5, 6))}`)).toBe(":1\r\n");
    await expect(use(node, proof)).rejects.toThrow("lost");
  });

  it.each([
    ["a list", "RPUSH KEY planted"],
    ["a text", "SET KEY planted"],
    ["no moment", "ZADD KEY inf planted"],
    ["another process's", "ZADD KEY inf 0123456789abcdef_1"],
    ["a moment to come", "ZADD KEY inf RUN_99999999999999"],
    ["no moment before the one that is", `ZADD KEY inf RUN_${"9".repeat(400)}`],
  ])(
    "is refused, and not for long, where somebody wrote since when it was noted: %s",
    async (_what, command) => {
      const node = await startNode(newPrefix());
      await untilNoted(node);
      const run = /run_id:(\w+)/.exec(await server.tell("INFO server"))?.[1] ?? "";
      const proof = newProof();
      const key = keyOf(node, proof.key.slice(5, 6));
      await server.tell(`DEL ${key}`);
      const words = command
        .split(" ")
        .map((word) => word.replace("KEY", key).replace("RUN", run).replace("_", " "));
      await node.connection.command(key, words);
      await expect(use(node, proof)).rejects.toThrow("lost");
      const known = await node.connection.command(key, ["ZRANGE", key, "0", "-1"]);
      expect(known).toEqual([expect.stringMatching(new RegExp(`^${run} \\d+$`))]);
      const refusedAt = Date.now();
      await until(() => Date.now() > refusedAt + 20);
      const { issuedAt, until: end } = newProof();
      expect(await use(node, { ...proof, issuedAt, until: end })).toBe(true);
    },
  );

  it("is taken once more, and noted, where what was noted of it is none of ours and it does no harm twice", async () => {
    const node = await startNode(newPrefix());
    const logout = { key: `logout ${unused.key()}`, issuedAt: null, until: Date.now() + 60_000 };
    const key = node.connection.key(`used-logout-${logout.key.slice(7, 8)}`, "used");
    await node.connection.command(key, ["SET", key, "planted"]);
    expect(await use(node, logout)).toBe(true);
    expect(await use(node, logout)).toBe(false);
  });
});
