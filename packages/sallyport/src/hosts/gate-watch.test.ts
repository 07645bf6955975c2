import { describe, expect, it } from "vitest";
import type { SallyportEvent } from "../events.ts";
import { createMemoryBans } from "../state/memory-bans.ts";
import { watchOptions } from "../watch/watch-options.ts";
import { Watch, type NamedFinding, type WatchServices } from "../watch/watch.ts";
import { GateWatch } from "./gate-watch.ts";
import type { WatchOrder } from "./watch-order.ts";

/** A watch that finds what a test says. */
class FakeWatch extends Watch {
  readonly services: WatchServices;
  fault: Error | null = null;

  constructor(options: ConstructorParameters<typeof Watch>[0], services: WatchServices) {
    super(options, services);
    this.services = services;
  }

  override take(): void {
    if (this.fault !== null) throw this.fault;
  }
}

let number = 0;

function finding(parts: Partial<NamedFinding> = {}): NamedFinding {
  return {
    incident: `incident-${++number}`,
    detector: "handshakeScan",
    severity: "medium",
    answer: "ban",
    references: [],
    sentence: "s",
    measured: {},
    subject: { kind: "address", value: "192.0.2.1" },
    route: null,
    address: null,
    user: null,
    session: null,
    ...parts,
  };
}

function setUp(options: unknown = {}, maxEntries = 10) {
  const events: SallyportEvent[] = [];
  const orders: WatchOrder[] = [];
  const clock = { now: 0 };
  const lame = { fails: false };
  const bans = createMemoryBans({ maxEntries, wallNow: () => clock.now });
  let fake: FakeWatch | null = null;
  const watch = new GateWatch({
    hands: {
      bans,
      order: async (order) => {
        if (lame.fails) throw new Error("nobody there");
        orders.push(order);
        return { reached: 2, closed: order.kind === "close" ? 2 : 0, unable: 0 };
      },
    },
    emit: (event) => events.push(event),
    wallNow: () => clock.now,
    create: (...made) => (fake = new FakeWatch(...made)),
  });
  watch.follow({ options: watchOptions.parse(options), proxies: ["10.0.0.0/8"] });
  const find = async (found: NamedFinding): Promise<SallyportEvent | undefined> => {
    fake?.services.onFinding(found, clock.now);
    await settled();
    return events.at(-1);
  };
  return { watch, events, orders, clock, bans, lame, find, fake: () => fake };
}

/** All that waits for its turn has had it. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

const gateEvent = { type: "gate", level: "info", message: "m" } as const;

describe("GateWatch", () => {
  it("answers in another turn than it finds: a connection may be in the middle of it", async () => {
    const { fake, events, bans } = setUp();
    fake()?.services.onFinding(finding(), 0);
    expect([events.length, bans.size]).toEqual([0, 0]);
    await settled();
    expect([events.length, bans.size]).toEqual([1, 1]);
  });

  it("bans ever longer, up to the most, and an IPv6 address as its /64", async () => {
    const { find, bans, clock } = setUp({ ban: { first: "10m", most: "30m", decay: "1h" } });
    const minutes: number[] = [];
    for (let count = 0; count < 3; count++) {
      await find(finding({ subject: { kind: "address", value: "2001:db8::7" } }));
      const [ban] = bans.list(clock.now);
      expect(ban?.cidr).toBe("2001:db8::/64");
      minutes.push(((ban?.until ?? 0) - clock.now) / 60_000);
      clock.now = ban?.until ?? 0;
    }
    expect(minutes).toEqual([10, 20, 30]);
  });

  it("bans a subnet as wide as the finding says, and no wider", async () => {
    const { find, bans } = setUp();
    await find(finding({ subject: { kind: "address", value: "198.51.100.0/24" } }));
    expect(bans.list(0)).toMatchObject([{ cidr: "198.51.100.0/24" }]);
  });

  it("leaves a ban by hand as it is, and does not lift it", async () => {
    const { find, bans, watch } = setUp();
    bans.add("192.0.2.1", { reason: "by hand", until: null });
    const event = await find(finding());
    expect(event).toMatchObject({ detail: "192.0.2.1/32 is banned already, until it is removed" });
    await watch.undo(event?.type === "finding" ? event.incident : "");
    expect(bans.list(0)).toMatchObject([{ reason: "by hand" }]);
  });

  it("does not lift a ban that somebody has written anew meanwhile", async () => {
    const { find, bans, watch } = setUp();
    const event = await find(finding());
    bans.add("192.0.2.1", { reason: "by hand", until: null });
    expect(await watch.undo(event?.type === "finding" ? event.incident : "")).toMatchObject({ lifted: [] });
    expect(bans.size).toBe(1);
  });

  it("says where it cannot do what is wanted", async () => {
    const { find, bans } = setUp({}, 1);
    bans.add("203.0.113.1", { reason: "for good", until: null });
    expect(await find(finding())).toMatchObject({
      outcome: "failed",
      detail: "1 bans by hand are kept: remove one first",
    });
    expect(await find(finding({ subject: { kind: "address", value: "unknown" } }))).toMatchObject({
      outcome: "failed",
      detail: '"unknown" is no address',
    });
    expect(await find(finding({ subject: { kind: "route", value: "/chat" } }))).toMatchObject({
      outcome: "failed",
      route: "/chat",
    });
  });

  it("ends the connections of a user or session in place of a ban", async () => {
    const { find, bans, orders } = setUp({ allow: ["203.0.113.0/24"], allowUsers: ["ops"] });
    expect(await find(finding({ subject: { kind: "user", value: "ann" } }))).toMatchObject({
      outcome: "done",
      user: "ann",
      detail: "2 connections ended",
    });
    expect(orders).toMatchObject([
      {
        kind: "close",
        code: "watch.closed",
        target: { filter: { user: "ann" }, spare: { allow: ["203.0.113.0/24"], users: ["ops"] } },
      },
    ]);
    expect(bans.size).toBe(0);
  });

  it.each([
    [{ subject: { kind: "user", value: "ops" } }, "on the allow-list"],
    [{ subject: { kind: "session", value: "s" }, address: "203.0.113.9" }, "on the allow-list"],
    [{ subject: { kind: "address", value: "203.0.112.0/22" } }, "on the allow-list"],
    [{ subject: { kind: "address", value: "10.1.2.3" } }, "a trusted proxy, which speaks for others"],
    [{ subject: { kind: "address", value: "10.0.0.0/7" } }, "a trusted proxy, which speaks for others"],
  ] as const)("spares %o", async (parts, detail) => {
    const { find, bans, orders } = setUp({ allow: ["203.0.113.0/24"], allowUsers: ["ops"] });
    expect(await find(finding(parts))).toMatchObject({ outcome: "spared", detail });
    expect([bans.size, orders.length]).toEqual([0, 0]);
  });

  it.each([
    [
      "ban",
      { kind: "address", value: "192.0.2.1" },
      /^would have banned 192\.0\.2\.1\/32, the first time until /,
    ],
    ["slow", { kind: "user", value: "ann" }, /^would have held user ann to 1\/s until /],
    ["refresh", { kind: "session", value: "s" }, /^would have demanded a fresh credential of session s$/],
    ["ban", { kind: "session", value: "s" }, /^would have ended the connections of session s$/],
  ] as const)("only says what it would have done in a dry run: %s", async (answer, subject, detail) => {
    const { find, bans, orders } = setUp({ mode: "observe" });
    expect(await find(finding({ answer, subject }))).toMatchObject({
      outcome: "observe",
      detail: expect.stringMatching(detail),
    });
    expect([bans.size, orders.length]).toEqual([0, 0]);
  });

  it("forgives for an hour what was taken back, another detector's finding for the quiet time, and nobody else", async () => {
    const { find, watch, clock } = setUp({ quiet: "10m" });
    const first = finding();
    await find(first);
    await watch.undo(first.incident);
    clock.now = 3_599_999;
    expect(await find(finding())).toMatchObject({ outcome: "spared" });
    expect(await find(finding({ detector: "originProbe" }))).toMatchObject({ outcome: "done" });
    clock.now = 599_999;
    const wider = { subject: { kind: "address", value: "192.0.2.0/24" } } as const;
    expect(await find(finding({ detector: "originProbe", ...wider }))).toMatchObject({ outcome: "spared" });
    expect(await find(finding({ subject: { kind: "address", value: "192.0.2.2" } }))).toMatchObject({
      outcome: "done",
    });
    clock.now = 3_600_000;
    expect(await find(finding(wider))).toMatchObject({ outcome: "done" });
  });

  it("lets what could not be taken back be tried again, and does nothing about it meanwhile", async () => {
    const { find, watch, orders, lame } = setUp();
    const first = finding({ answer: "slow" });
    await find(first);
    lame.fails = true;
    await expect(watch.undo(first.incident)).rejects.toThrow("nobody there");
    expect(watch.find(first.incident)?.undoneAt).toBeNull();
    expect(await find(finding({ answer: "slow" }))).toMatchObject({ outcome: "spared" });
    lame.fails = false;
    expect(await watch.undo(first.incident)).toMatchObject({
      already: false,
      lifted: ["what 2 connections were held to"],
    });
    expect(orders.filter(({ kind }) => kind === "lift")).toHaveLength(1);
    expect(await watch.undo(first.incident)).toMatchObject({ already: true, lifted: [] });
  });

  it("remembers slow-downs for a process that starts later, until they end or are lifted", async () => {
    const { find, watch, clock, orders } = setUp({ slow: { to: "1/s", for: "10m" } });
    const [one, other] = [finding({ answer: "slow" }), finding({ answer: "slow" })];
    await find(one);
    await find(other);
    expect(watch.slowings()).toHaveLength(2);
    await watch.undo(one.incident);
    expect(orders.at(-1)).toEqual({ kind: "lift", incident: one.incident });
    expect(watch.slowings()).toMatchObject([{ incident: other.incident, perSecond: 1 }]);
    clock.now = 600_000;
    expect(watch.slowings()).toEqual([]);
  });

  it("is off after a fault of its own, which is told once and harms nobody", async () => {
    const { watch, fake, events } = setUp();
    const broken = fake();
    if (broken !== null) broken.fault = new Error("out of order");
    for (let count = 0; count < 3; count++) watch.take(gateEvent);
    watch.turn();
    await settled();
    expect(events).toMatchObject([{ type: "gate", level: "error", detail: "the watch: out of order" }]);
    expect(watch.warnings()).toEqual(["the watch is off after a fault: out of order"]);
    expect(watch.figures().detectors).toEqual([{ name: "the watch", keys: 0, isOff: true }]);
    watch.follow({ options: watchOptions.parse({ quiet: "1m" }), proxies: [] });
    expect(watch.warnings()).toEqual([]);
  });

  it("goes on without a detector that failed, and says which is off", async () => {
    const { watch, fake, events } = setUp();
    fake()?.services.onFault?.("newName", "no error even");
    await settled();
    expect(watch.warnings()).toEqual(["newName is off after a fault: no error even"]);
    expect(watch.figures().detectors).toContainEqual({ name: "newName", keys: 0, isOff: true });
    expect(events).toHaveLength(1);
  });

  it("takes nothing while it is off", () => {
    const { watch } = setUp();
    watch.take(gateEvent);
    watch.follow({ options: null, proxies: [] });
    watch.take(gateEvent);
    watch.turn();
    expect(watch.figures()).toMatchObject({ detectors: [], signals: 1 });
    watch.close();
  });

  it("tells what it cannot answer for want of room", async () => {
    const { fake, events } = setUp();
    for (let count = 0; count < 1001; count++) fake()?.services.onFinding(finding({ answer: "alert" }), 0);
    await settled();
    const failed = events.filter((event) => event.type === "finding" && event.outcome === "failed");
    expect(failed).toMatchObject([{ detail: "1000 others are being answered" }]);
  });
});
