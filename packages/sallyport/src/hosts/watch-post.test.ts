import { describe, expect, it } from "vitest";
import type { ClosedEvent } from "../events.ts";
import type { WatchSignal } from "../watch/signal.ts";
import type { Gate, OpenSession } from "./gate.ts";
import { WatchPost } from "./watch-post.ts";

interface Scene {
  readonly post: WatchPost;
  readonly told: WatchSignal[];
  readonly clock: { now: number };
  readonly sessions: Map<string, OpenSession>;
  /** Opens a connection that carries a message and ten bytes in every second. */
  readonly open: (session: string) => OpenSession;
}

function setUp(active = true): Scene {
  const told: WatchSignal[] = [];
  const clock = { now: 0 };
  const sessions = new Map<string, OpenSession>();
  const post = new WatchPost((signal) => told.push(signal), active);
  const gate = { sessions, now: () => clock.now, wallNow: () => clock.now, policy: { routes: [] } };
  post.begin(gate as unknown as Gate);
  // Its own timer is not what is looked at.
  post.end();
  const open = (session: string): OpenSession => {
    const opened = clock.now;
    const count = (): number => Math.floor((clock.now - opened) / 1000);
    const made = {
      route: "/chat",
      facts: { session, address: "192.0.2.1", identity: { user: "ann" }, now: opened },
      driver: {
        session: {
          counts: () => ({
            inbound: { messages: count(), bytes: count() * 10 },
            outbound: { messages: 0, bytes: 0 },
          }),
        },
      },
      told: null,
      names: null,
      slowed: false,
      fingerprint: null,
    };
    const connection = made as unknown as OpenSession;
    sessions.set(session, connection);
    return connection;
  };
  return { post, told, clock, sessions, open };
}

function closed(session: string, messages: number): ClosedEvent {
  return {
    type: "closed",
    session,
    route: "/chat",
    address: "192.0.2.1",
    user: "ann",
    closedBy: "client",
    closeCode: 1000,
    durationMs: 0,
    inbound: { messages, bytes: messages * 10 },
    outbound: { messages: 0, bytes: 0 },
  };
}

/** Lets so many slices pass, a tenth of a second each. */
function pass({ post, clock }: Scene, slices: number): void {
  for (let slice = 0; slice < slices; slice++) {
    clock.now += 100;
    post.look();
  }
}

const traffic = (told: readonly WatchSignal[]) =>
  told.flatMap((signal) => (signal.type === "traffic" ? [signal] : []));

describe("WatchPost", () => {
  it("comes back to lasting connections, however many short ones open and close meanwhile", () => {
    const scene = setUp();
    scene.open("lasting");
    for (let slice = 0; slice < 300; slice++) {
      scene.open(`a${slice}`);
      scene.open(`b${slice}`);
      scene.sessions.delete(`a${slice - 3}`);
      scene.sessions.delete(`b${slice - 3}`);
      pass(scene, 1);
    }
    const spans = traffic(scene.told).filter(({ session }) => session === "lasting");
    expect(spans.length).toBeGreaterThanOrEqual(2);
  });

  it("tells of each connection's traffic about every ten seconds, since it was last told", () => {
    const scene = setUp();
    scene.open("s");
    pass(scene, 270);
    expect(
      traffic(scene.told).map(({ spanMs, inbound }) => [spanMs, inbound.messages, inbound.bytes]),
    ).toEqual([
      [9000, 9, 90],
      [9000, 9, 90],
      [9000, 9, 90],
    ]);
  });

  it("looks at a hundredth of ten thousand connections at a time, and at each in ten seconds", () => {
    const scene = setUp();
    for (let index = 0; index < 10_000; index++) scene.open(`s${index}`);
    pass(scene, 90);
    scene.told.length = 0;
    const perSlice: number[] = [];
    for (let slice = 0; slice < 101; slice++) {
      const before = scene.told.length;
      pass(scene, 1);
      perSlice.push(scene.told.length - before);
    }
    expect(Math.max(...perSlice)).toBeLessThanOrEqual(100);
    expect(new Set(traffic(scene.told).map(({ session }) => session)).size).toBeGreaterThan(9800);
  });

  it("tells the rest of the traffic before the end of a connection", () => {
    const scene = setUp();
    scene.open("s");
    pass(scene, 90);
    scene.clock.now = 10_000;
    scene.post.take(closed("s", 12));
    expect(scene.told.map(({ type }) => type)).toEqual(["traffic", "traffic", "closed"]);
    expect(traffic(scene.told)[1]).toMatchObject({ spanMs: 1000, inbound: { messages: 3, bytes: 30 } });
    scene.sessions.delete("s");
    scene.post.take(closed("s", 12));
    expect(scene.told).toHaveLength(4);
  });

  it("goes on when connections end and open while it is in the middle of a round", () => {
    const scene = setUp();
    for (let index = 0; index < 300; index++) scene.open(`s${index}`);
    pass(scene, 95);
    for (let index = 0; index < 250; index++) scene.sessions.delete(`s${index}`);
    scene.open("new");
    scene.told.length = 0;
    pass(scene, 250);
    expect(traffic(scene.told).filter(({ session }) => session === "new").length).toBeGreaterThanOrEqual(2);
  });

  it("tells which credential opened a connection, right behind its event, and nothing of none", () => {
    const scene = setUp();
    const connection = scene.open("s");
    scene.post.opened(connection);
    connection.fingerprint = "print";
    scene.post.opened(connection);
    scene.post.refreshed(connection);
    expect(scene.told).toMatchObject([
      { type: "credential", session: "s", user: "ann", fingerprint: "print" },
      { type: "credential", fingerprint: "print" },
    ]);
  });

  it("does not tell the watch what it does itself", () => {
    const { post, told } = setUp();
    const decision = {
      type: "decision",
      verdict: "close",
      incident: "i",
      session: "s",
      route: "/chat",
      address: "192.0.2.1",
      user: null,
      direction: null,
      detail: "",
    } as const;
    post.take({ ...decision, guard: "watch", code: "watch.closed" });
    post.take({ ...decision, guard: "firewall", code: "firewall.banned" });
    expect(told).toEqual([]);
    post.take({ ...decision, guard: "leak", code: "leak.closed" });
    expect(told).toHaveLength(1);
  });

  it("tells new names with the route of their connection, and nothing while nobody wants to know", () => {
    const scene = setUp();
    const connection = scene.open("s");
    const speaks = { choose: () => null, dialects: [] };
    const route = { id: "/chat", guards: [{ name: "dialect", mode: "enforce" as const, speaks }] };
    const names = scene.post.namesOf(route, connection.facts);
    expect(scene.post.namesOf({ ...route, guards: [] }, connection.facts)).toBeNull();
    names?.saw("inbound", "join");
    connection.route = "/other";
    names?.saw("inbound", "say");
    scene.post.active = false;
    names?.saw("inbound", "leave");
    scene.post.take({ type: "gate", level: "info", message: "m" });
    pass(scene, 200);
    expect(scene.told).toMatchObject([
      { type: "name", name: "join", direction: "inbound", route: "/chat", user: "ann" },
      { type: "name", name: "say", route: "/other" },
    ]);
    expect(scene.post.namesOf(route, connection.facts)).toBeNull();
  });

  it("has no names and does nothing before there is a gate", async () => {
    const post = new WatchPost(() => {}, true);
    post.look();
    expect(await post.carryOut({ kind: "lift", incident: "i" })).toEqual({
      reached: 0,
      closed: 0,
      unable: 0,
    });
  });
});
