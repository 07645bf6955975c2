import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { SingleUse } from "../../src/guards/shared-state.ts";
import { REDIS_FORMAT } from "../../src/state/redis-connection.ts";
import { startRedisServer, type RedisServer } from "../redis/redis-server.ts";
import { testNode, until, untilInStep, type TestNode, type TestNodeOptions } from "./redis-nodes-fixture.ts";
import { issuedTicket, proofOf, revocationOf, unused } from "./state-suite.ts";

/** Of those tests that leave it as it is: each has a prefix of its own. */
let shared: RedisServer;
beforeAll(async () => {
  shared = await startRedisServer();
});
afterAll(() => shared.stop());

async function startServer(flags: readonly string[] = []): Promise<RedisServer> {
  const server = await startRedisServer({ flags });
  onTestFinished(async () => {
    server.resume();
    await server.stop();
  });
  return server;
}

async function startNodes(
  { place }: RedisServer,
  options: TestNodeOptions = {},
): Promise<readonly [TestNode, TestNode]> {
  const nodes = [testNode(place, options), testNode(place, options)] as const;
  await untilInStep(nodes);
  return nodes;
}

let lastPrefix = 0;
const newPrefix = (): string => `test-${++lastPrefix}`;

const namesOf = ({ state }: TestNode): readonly string[] =>
  [
    ...state.revocations.list(Date.now()).map(({ user }) => String(user)),
    ...state.bans.list(Date.now()).map(({ cidr }) => cidr),
  ].toSorted();

/** A proof of possession of now. */
const singleUse = (): SingleUse => ({
  key: `dpop ${unused.key()}`,
  issuedAt: Date.now(),
  until: Date.now() + 60_000,
});

const wordsOf = ({ events }: TestNode): readonly string[] => events.map(({ message }) => message);

describe("an engine that is gone", () => {
  it("issues and redeems nothing, keeps what is known, and takes what is new at its node", async () => {
    const server = await startServer();
    const [one, other] = await startNodes(server);
    const [ada, ben] = [unused.user(), unused.user()];
    await one.state.revocations.add(revocationOf(ada));
    await until(() => other.state.revocations.find(proofOf(ada), Date.now()));
    const inStepAt = Date.now();
    await server.kill();
    await until(() => one.problem() !== null && other.problem() !== null);
    const { tickets, revocations, bans } = other.state;
    expect(await tickets.put(unused.key(), issuedTicket(10_000), Date.now())).toBe(false);
    await expect(tickets.take(unused.key(), Date.now())).rejects.toThrow();
    await expect(tickets.useOnce(singleUse(), Date.now())).rejects.toThrow();
    expect(revocations.outage()?.since).toBeGreaterThan(inStepAt - 5000);
    expect(revocations.find(proofOf(ada), Date.now())).not.toBeNull();
    expect(await revocations.add(revocationOf(ben))).toBe(false);
    expect(revocations.find(proofOf(ben), Date.now())).not.toBeNull();
    expect(bans.add("192.0.2.1", { reason: "flood", until: null }).ok).toBe(true);
    expect(other.figures()).toMatchObject({ up: false, outages: 1, unpublished: 2 });
    expect(wordsOf(other)).toEqual(["shared state is reached", "shared state cannot be reached"]);
    expect(one.state.revocations.find(proofOf(ben), Date.now())).toBeNull();

    // Empty: what nodes still know is put back, and what one of them took meanwhile reaches the other.
    await server.start();
    await untilInStep([one, other]);
    await until(() => one.state.revocations.find(proofOf(ben), Date.now()));
    await until(() => one.state.bans.find("192.0.2.1", Date.now()));
    expect(one.bansCame()).toBeGreaterThan(0);
    expect(wordsOf(other).at(-1)).toBe("shared state is reached");
    const third = testNode(server.place);
    await until(() => third.problem() === null);
    await expect.poll(() => namesOf(third)).toEqual(["192.0.2.1/32", ada, ben].toSorted());
    expect(other.figures()).toMatchObject({ up: true, unpublished: 0 });
  });

  it("comes back empty: who starts then relies on it when those who know more have put that back", async () => {
    const server = await startServer();
    const [one] = await startNodes(server);
    const ada = unused.user();
    await one.state.revocations.add(revocationOf(ada));
    await server.kill();
    await until(() => one.problem() !== null);
    const [later, soon] = [60_000, 0].map((settleMs) => testNode(server.place, { settleMs }));
    if (later === undefined || soon === undefined) throw new Error("there are two");
    await until(() => later.events.length > 0);
    await server.start();
    await until(() => later.state.revocations.find(proofOf(ada), Date.now()) !== null);
    expect(later.state.revocations.outage()).toMatchObject({ since: 0 });
    expect(later.problem()).toContain("put back");
    // One for which that has passed has all of it.
    await untilInStep([soon]);
  });

  it("was never there: nothing is known of revocations, so nobody may rely on it", async () => {
    const server = await startServer();
    await server.kill();
    const node = testNode(server.place);
    await until(() => node.events.length > 0);
    expect(node.state.revocations.outage()).toMatchObject({ since: 0 });
    expect(node.events[0]).toMatchObject({ level: "error", message: "shared state cannot be reached" });
    await server.start();
    await untilInStep([node]);
    expect(node.state.revocations.outage()).toBeNull();
  });
});

describe("an engine that stands still", () => {
  it("is waited for no longer than the bound of a command, and not at all from then on", async () => {
    const server = await startServer();
    const [one, other] = await startNodes(server, { timeoutMs: 200 });
    const ada = unused.user();
    server.pause();
    const added = one.state.revocations.add(revocationOf(ada));
    expect(one.state.revocations.find(proofOf(ada), Date.now())).not.toBeNull();
    expect(await added).toBe(false);
    await until(() => !one.figures().up);
    const taken = one.state.tickets.take(unused.key(), Date.now()).catch(String);
    const turn = new Promise((resolve) => void setImmediate(resolve, "it waits"));
    expect(await Promise.race([taken, turn])).toContain("no answer within 200 ms");
    server.resume();
    await untilInStep([one, other]);
    await until(() => other.state.revocations.find(proofOf(ada), Date.now()));
  });
});

describe("an engine that is full", () => {
  it("counts as gone until there is room, and then has what came meanwhile", async () => {
    const server = await startServer(["--maxmemory-policy", "noeviction"]);
    const [one, other] = await startNodes(server);
    await server.tell("CONFIG SET maxmemory 1");
    await until(() => one.problem() !== null);
    expect(one.problem()).toMatch(/OOM/);
    expect(await one.state.tickets.put(unused.key(), issuedTicket(10_000), Date.now())).toBe(false);
    const ada = unused.user();
    expect(await one.state.revocations.add(revocationOf(ada))).toBe(false);
    await server.tell("CONFIG SET maxmemory 0");
    await untilInStep([one, other]);
    await until(() => other.state.revocations.find(proofOf(ada), Date.now()));
  });
});

describe("an engine that fails over to a copy which missed the last changes", () => {
  it("redeems no ticket again: one that waited at the server before is none here", async () => {
    const primary = await startServer(["--repl-diskless-sync-delay", "0"]);
    const copy = await startServer();
    await copy.tell(`REPLICAOF 127.0.0.1 ${primary.port}`);
    const before = testNode(primary.place);
    await untilInStep([before]);
    const [taken, waiting] = [unused.key(), unused.key()];
    for (const key of [taken, waiting])
      expect(await before.state.tickets.put(key, issuedTicket(60_000), Date.now())).toBe(true);
    const keyOf = (key: string): string => before.connection.key(`tickets-${key[0]}`, key);
    await expect.poll(() => copy.tell(`EXISTS ${keyOf(taken)} ${keyOf(waiting)}`)).toBe(":2\r\n");
    await copy.tell("REPLICAOF NO ONE");
    expect(await before.state.tickets.take(taken, Date.now())).not.toBeNull();
    // What the copy says of since when it notes is the primary's; of this use it knows nothing.
    const used = before.connection.key("used-dpop-a", "used");
    await expect.poll(() => primary.tell(`EXISTS ${used}`)).toBe(":1\r\n");
    const seenAt = Date.now();
    await until(() => Date.now() > seenAt + 20);
    const proof = { ...singleUse(), key: `dpop a${unused.key()}`, issuedAt: Date.now() + 9_990 };
    expect(await before.state.tickets.useOnce(proof, Date.now())).toBe(true);
    await primary.kill();

    const after = testNode(copy.place);
    await untilInStep([after]);
    expect(await copy.tell(`EXISTS ${keyOf(taken)}`)).toBe(":1\r\n");
    expect(await after.state.tickets.take(taken, Date.now())).toBeNull();
    expect(await after.state.tickets.take(waiting, Date.now())).toBeNull();
    await expect(after.state.tickets.useOnce(proof, Date.now())).rejects.toThrow("lost");
    expect(wordsOf(after)).toEqual(["shared state is reached"]);
    const fresh = unused.key();
    await after.state.tickets.put(fresh, issuedTicket(60_000), Date.now());
    expect(await after.state.tickets.take(fresh, Date.now())).not.toBeNull();
  });
});

describe("a log that was cut", () => {
  it("costs a node that was away nothing: it reads everything anew, and puts back nothing that was taken back", async () => {
    const prefix = newPrefix();
    const [one, other] = await startNodes(shared, { prefix });
    const [ada, ben, cem] = [unused.user(), unused.user(), unused.user()];
    const gone = revocationOf(ada);
    await one.state.revocations.add(gone);
    await until(() => other.state.revocations.find(proofOf(ada), Date.now()));
    one.state.revocations.remove(gone.id);
    await one.state.revocations.add(revocationOf(ben));
    await until(() => namesOf(other).includes(ben));
    const log = one.connection.key("log", "log");
    await one.connection.command(log, ["XTRIM", log, "MAXLEN", "0"]);
    const back = testNode(shared.place, { prefix });
    await untilInStep([back]);
    expect(namesOf(back)).toEqual([ben]);
    await back.state.revocations.add(revocationOf(cem));
    for (const node of [one, other]) {
      await until(() => namesOf(node).includes(cem));
      expect(namesOf(node)).toEqual([ben, cem].toSorted());
    }
  });

  it("brings back nothing that was taken back while a node was away", async () => {
    const server = await startServer();
    const prefix = newPrefix();
    const [one, other] = await startNodes(server, { prefix });
    const [ada, ben] = [revocationOf(unused.user()), revocationOf(unused.user())];
    await one.state.revocations.add(ada);
    await one.state.revocations.add(ben);
    await until(() => namesOf(other).length === 2);
    const key = one.connection.key("log", "revocations");
    // As another node would take it back that this one hears nothing of: the log is gone at once.
    await one.connection.command(key, ["HSET", key, ada.id, "9999999999999 "]);
    const log = one.connection.key("log", "log");
    await one.connection.command(log, ["DEL", log]);
    await until(() => namesOf(one).length === 1 && namesOf(other).length === 1);
    expect([namesOf(one), one.figures().putBack, other.figures().putBack]).toEqual([[ben.user], 0, 0]);
  });
});

describe("an engine that drops what it likes", () => {
  it.each([
    ["dropped", (key: string) => ["DEL", key]],
    ["replaced by something of another type", (key: string) => ["SET", key, "planted"]],
  ])("has revocations and bans put back by the nodes that know them: %s", async (_how, lose) => {
    const prefix = newPrefix();
    const [one, other] = await startNodes(shared, { prefix });
    const ada = unused.user();
    await one.state.revocations.add(revocationOf(ada));
    one.state.bans.add("192.0.2.1", { reason: "flood", until: null });
    const all = ["192.0.2.1/32", ada];
    await until(() => namesOf(other).length === all.length);
    // The log of changes is there still: nodes that follow it see nothing of it.
    for (const kind of ["revocations", "bans"]) {
      const key = one.connection.key("log", kind);
      await one.connection.command(key, ["DEL", key]);
      await one.connection.command(key, lose(key));
    }
    await until(() => one.figures().putBack + other.figures().putBack >= all.length);
    const later = testNode(shared.place, { prefix });
    await untilInStep([later]);
    await expect.poll(() => namesOf(later)).toEqual(all);
    expect([namesOf(one), namesOf(other)]).toEqual([all, all]);
    expect(one.figures().misfits + other.figures().misfits).toBe(0);
  });

  it("issues tickets all the same, within the room that there is", async () => {
    const [one] = await startNodes(shared, { prefix: newPrefix() });
    const [waiting, held] = [unused.key(), one.connection.key("tickets-a", "held")];
    const heldNow = (): Promise<unknown> => one.connection.command(held, ["GET", held]);
    expect(await one.state.tickets.put(`a${waiting}`, issuedTicket(60_000), Date.now())).toBe(true);
    const before = Number(await heldNow());
    for (const words of [
      ["DEL", held],
      ["SET", held, "nan"],
      ["SET", held, "-1000000"],
    ]) {
      await one.connection.command(held, words);
      const key = `a${unused.key()}`;
      expect(await one.state.tickets.put(key, issuedTicket(60_000), Date.now())).toBe(true);
      expect(Number(await heldNow())).toBe(2 * before);
      expect(await one.state.tickets.take(key, Date.now())).not.toBeNull();
    }
  });
});

describe("clocks that are a minute apart", () => {
  it("let tickets, revocations and bans hold as long as they should, by the engine's clock", async () => {
    const prefix = newPrefix();
    const ahead = testNode(shared.place, { prefix, clockMs: 60_000 });
    const behind = testNode(shared.place, { prefix, clockMs: -60_000 });
    await untilInStep([ahead, behind]);
    const here = Date.now();
    const key = unused.key();
    // Ten seconds by the clock of who issues it, which for the other one has not begun.
    const ticket = { ...issuedTicket(0), expiresAt: here + 60_000 + 10_000 };
    expect(await ahead.state.tickets.put(key, ticket, here + 60_000)).toBe(true);
    expect(await behind.state.tickets.take(key, here - 60_000)).toEqual(ticket);

    const ada = unused.user();
    const createdAt = here - 60_000;
    await behind.state.revocations.add(revocationOf(ada, { createdAt, expiresAt: createdAt + 30_000 }));
    await until(() => ahead.state.revocations.list(0).length > 0);
    const [found] = ahead.state.revocations.list(0);
    expect(Math.abs((found?.expiresAt ?? 0) - (here + 60_000 + 30_000))).toBeLessThan(5000);
    expect((found?.expiresAt ?? 0) - (found?.createdAt ?? 0)).toBe(30_000);
    ahead.state.bans.add("192.0.2.1", { reason: "flood", until: here + 60_000 + 30_000 });
    await until(() => behind.state.bans.list(0).length > 0);
    const [ban] = behind.state.bans.list(0);
    expect(Math.abs((ban?.until ?? 0) - (here - 60_000 + 30_000))).toBeLessThan(5000);
    expect(ahead.figures().clockAheadMs).toBeLessThan(-55_000);
    expect(ahead.events.map(({ message }) => message)).toContain("clocks are apart");
  });

  it("let no proof be used twice: what was used is remembered until the slowest clock would refuse it", async () => {
    const prefix = newPrefix();
    const on = testNode(shared.place, { prefix });
    const behind = testNode(shared.place, { prefix, clockMs: -60_000 });
    await untilInStep([on, behind]);
    const hash = unused.key();
    // It is fresh for some milliseconds more by one clock, and for a minute more by the other.
    const use = { key: `dpop ${hash}`, issuedAt: null, until: Date.now() + 5 };
    expect(await on.state.tickets.useOnce(use, Date.now())).toBe(true);
    await until(() => Date.now() > use.until + 5);
    expect(await behind.state.tickets.useOnce(use, Date.now() - 60_000)).toBe(false);
  });
});

describe("a clock that is set while a node runs", () => {
  const HOUR_MS = 3_600_000;

  it("ends nothing that is in force: what was read by the wrong time is read anew", async () => {
    const prefix = newPrefix();
    const clock = { aheadMs: -24 * HOUR_MS };
    const [late, right] = [testNode(shared.place, { prefix, clock }), testNode(shared.place, { prefix })];
    await untilInStep([late, right]);
    const ada = unused.user();
    const createdAt = Date.now();
    await right.state.revocations.add(revocationOf(ada, { createdAt, expiresAt: createdAt + HOUR_MS }));
    right.state.bans.add("192.0.2.1", { reason: "flood", until: createdAt + HOUR_MS });
    const here = (): number => Date.now() + clock.aheadMs;
    const isKnown = (): boolean =>
      late.state.revocations.find(proofOf(ada), here()) !== null &&
      late.state.bans.find("192.0.2.1", here()) !== null;
    await until(isKnown);
    clock.aheadMs = 0;
    expect(isKnown()).toBe(false);
    await until(isKnown);
  });

  it("makes the copies no younger: for how long they may be out of date is known", async () => {
    const clock = { aheadMs: 0 };
    const prefix = newPrefix();
    const node = testNode(shared.place, { prefix, clock });
    await untilInStep([node]);
    const log = node.connection.key("log", "log");
    clock.aheadMs = -HOUR_MS;
    await node.connection.command(log, ["DEL", log]);
    await node.connection.command(log, ["SET", log, "planted"]);
    const outageMs = (): number | null => {
      const outage = node.state.revocations.outage();
      return outage === null ? null : Date.now() + clock.aheadMs - outage.since;
    };
    await until(() => outageMs() !== null);
    expect(outageMs()).toBeGreaterThanOrEqual(0);
    clock.aheadMs = -2 * HOUR_MS;
    expect(outageMs()).toBeGreaterThanOrEqual(0);
    clock.aheadMs = 2 * HOUR_MS;
    expect(outageMs()).toBeLessThan(HOUR_MS);
  });
});

const hostileEntries: readonly string[] = [
  "planted",
  "0 {",
  "9999999999999 7",
  '9999999999999 {"id":"x","reason":"","closes":true,"createdAt":0,"expiresAt":1}',
  '9999999999999 {"id":"y","user":"ada","reason":"","closes":true,"createdAt":0,"expiresAt":1}',
  '0 {"id":"x","user":"ada","reason":"","closes":true,"createdAt":0,"expiresAt":1}',
  '9999999999999999 {"id":"x","user":"ada","reason":"","closes":true,"createdAt":0,"expiresAt":1}',
  `9999999999999 "${"x".repeat(20_000)}"`,
  '9999999999999 {"__proto__":{"id":"x"}}',
];

describe("a revocation that other nodes would leave out", () => {
  it.each([
    ["one name is too long", { user: "x".repeat(2049) }],
    ["all of it is", { user: "\u0001".repeat(2000), tenant: "\u0002".repeat(2000) }],
  ])("holds at its node, and is not said to hold elsewhere: %s", async (_why, names) => {
    const [one, other] = await startNodes(shared, { prefix: newPrefix() });
    expect(await one.state.revocations.add({ ...revocationOf("ada"), ...names })).toBe(false);
    expect(one.state.revocations.list(Date.now())).toHaveLength(1);
    expect(await one.state.revocations.add(revocationOf(unused.user()))).toBe(true);
    await until(() => other.state.revocations.list(Date.now()).length > 0);
    expect(other.state.revocations.list(Date.now())).toHaveLength(1);
    expect(other.figures().misfits).toBe(0);
  });
});

describe("hostile values in the engine", () => {
  it("are left out, and told of once", async () => {
    const prefix = newPrefix();
    const [one] = await startNodes(shared, { prefix });
    const { connection } = one;
    const [key, log] = [connection.key("log", "revocations"), connection.key("log", "log")];
    const append = (...fields: string[]): Promise<unknown> =>
      connection.command(log, ["XADD", log, "*", ...fields]);
    for (const entry of hostileEntries) {
      await connection.command(key, ["HSET", key, "x", entry]);
      const fresh = testNode(shared.place, { prefix });
      await untilInStep([fresh]);
      expect(namesOf(fresh)).toEqual([]);
      expect([entry, fresh.figures().misfits]).toEqual([entry, 1]);
      await fresh.close();
      await append("kind", "revocations", "name", "x", "entry", entry);
    }
    await append("what", "ever");
    await append("kind", "bans", "name", "everybody", "entry", '0 {"reason":""}');
    const ada = unused.user();
    await one.state.revocations.add(revocationOf(ada));
    await until(() => one.figures().misfits === hostileEntries.length + 1);
    expect(namesOf(one)).toEqual([ada]);
    const told = one.events.filter(({ message }) => message === "shared state holds what is none of ours");
    expect(told.map(({ detail }) => detail?.split(" in ")[0])).toEqual([
      "among the revocations",
      "among the bans",
    ]);
  });

  it("open nothing as tickets, are told of once, and counted", async () => {
    const [one] = await startNodes(shared, { prefix: newPrefix() });
    const planter = one.connection;
    for (const record of ["{", "7", '{"identity":{"provider":"root"}}']) {
      const hash = unused.key();
      const key = planter.key(`tickets-${hash[0]}`, hash);
      await planter.command(key, ["SET", key, record]);
      expect(await one.state.tickets.take(hash, Date.now())).toBeNull();
    }
    expect(wordsOf(one).filter((word) => word.includes("none of ours"))).toHaveLength(1);
    expect(one.figures().misfits).toBe(3);
  });

  it("of another type are an outage, and not the end of the process", async () => {
    const prefix = newPrefix();
    const planter = await shared.connect();
    const key = planter.key("log", "log").replace("sallyport", prefix);
    await planter.command(key, ["SET", key, "planted"]);
    const node = testNode(shared.place, { prefix });
    await until(() => node.problem()?.includes("WRONGTYPE"));
    expect(node.state.revocations.outage()).toMatchObject({ since: 0 });
    await planter.command(key, ["DEL", key]);
    await untilInStep([node]);
  });
});

describe("an old and a new format", () => {
  it("stand side by side: who writes another one neither sees it nor breaks it", async () => {
    const [one] = await startNodes(shared, { prefix: newPrefix() });
    const ada = unused.user();
    await one.state.revocations.add(revocationOf(ada));
    const planter = one.connection;
    const newer = planter.key("log", "revocations").replace(`:${REDIS_FORMAT}:`, `:${REDIS_FORMAT + 1}:`);
    await planter.command(newer, ["HSET", newer, "x", "something else altogether"]);
    // Of the same format, a newer node may write more beside what this one knows, and kinds that it does not.
    const log = planter.key("log", "log");
    const value = JSON.stringify({ ...revocationOf("ben", { id: "b" }), severity: "high" });
    await planter.command(log, [
      "XADD",
      log,
      "*",
      "kind",
      "revocations",
      "name",
      "b",
      "entry",
      `9999999999999 ${value}`,
    ]);
    await planter.command(log, ["XADD", log, "*", "kind", "moods", "name", "b", "entry", "0 {}"]);
    await until(() => one.state.revocations.find(proofOf("ben"), Date.now()));
    expect(one.figures().misfits).toBe(0);
  });

  it("and gates with another prefix share nothing", async () => {
    const [one] = await startNodes(shared, { prefix: newPrefix() });
    const apart = testNode(shared.place, { prefix: newPrefix() });
    await untilInStep([apart]);
    const [key, ada] = [unused.key(), unused.user()];
    await one.state.revocations.add(revocationOf(ada));
    await one.state.tickets.put(key, issuedTicket(10_000), Date.now());
    expect(await apart.state.tickets.take(key, Date.now())).toBeNull();
    expect(namesOf(apart)).toEqual([]);
  });
});
