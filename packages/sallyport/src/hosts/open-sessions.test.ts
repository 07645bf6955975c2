import { describe, expect, it, vi } from "vitest";
import { compressedFrame, deflated } from "../../test/deflated.ts";
import { startApplication, startGateway, type TestGateway } from "../../test/gateway/harness.ts";
import { openRaw, op, type RawPeer } from "../../test/gateway/raw-client.ts";
import { createTokens } from "../../test/hosts/test-tokens.ts";
import {
  closeSessionsOf,
  joinPages,
  listSessions,
  type SessionFilter,
  type SessionState,
} from "./open-sessions.ts";
import { byAge, placeOf, sessionColumns } from "./session-order.ts";
import type { SessionView } from "./session-view.ts";

interface Running {
  readonly gate: TestGateway;
  readonly open: (user: string, path?: string) => Promise<RawPeer>;
  readonly users: (filter: SessionFilter) => (string | null)[];
}

async function start(): Promise<Running> {
  const [application, tokens] = [await startApplication(), await createTokens()];
  const route = { upstream: application.url, identity: tokens.identity };
  const gate = await startGateway({
    routes: [
      { path: "/chat", ...route },
      { path: "/orders", ...route },
    ],
  });
  return {
    gate,
    open: async (user, path = "/chat") =>
      openRaw(gate.port, { target: path, lines: [`Authorization: Bearer ${await tokens.sign(user)}`] }),
    users: (filter) =>
      listSessions(gate.gateway.gate, { filter, limit: 10, after: null }).sessions.map(({ user }) => user),
  };
}

const killed = { code: "session.killed", detail: "test" } as const;

describe("listSessions", () => {
  it("tells everything of an open connection but what is secret", async () => {
    const { gate, open } = await start();
    const peer = await open("ada");
    await peer.frame(op.text, "hello").readFrame();
    const { sessions, matching } = listSessions(gate.gateway.gate, { filter: {}, limit: 10, after: null });
    expect(matching).toBe(1);
    expect(sessions).toEqual([
      {
        session: [...gate.gateway.gate.sessions.keys()][0],
        route: "/chat",
        user: "ada",
        issuer: expect.any(String),
        tenant: null,
        provider: "jwt",
        address: "127.0.0.1",
        host: "127.0.0.1",
        path: "/chat",
        origin: null,
        subprotocol: null,
        openedAt: expect.stringMatching(/^20.*Z$/),
        expiresAt: expect.stringMatching(/^20.*Z$/),
        refreshable: false,
        inbound: { messages: 1, bytes: 5 },
        outbound: { messages: 1, bytes: 5 },
        waitingBytes: 0,
        policy: gate.gateway.gate.policy.version,
        compression: null,
      },
    ]);
  });

  it("tells what compression was negotiated, and the bytes that are kept for it", async () => {
    const application = await startApplication(undefined, { perMessageDeflate: { threshold: 0 } });
    const gate = await startGateway({ upstream: application.url, route: { compression: "inspect" } });
    const peer = await openRaw(gate.port, { lines: ["Sec-WebSocket-Extensions: permessage-deflate"] });
    const shown = (): SessionView["compression"] | undefined =>
      listSessions(gate.gateway.gate, { filter: {}, limit: 1, after: null }).sessions[0]?.compression;
    expect(shown()).toEqual({ extension: "permessage-deflate", windowBytes: 0 });
    expect(gate.gateway.gate.windows.bytes).toBe(65_536);
    const frame = { opcode: op.text, payload: deflated("hello"), maskKey: Buffer.alloc(4) };
    await peer.send(compressedFrame(frame)).readFrame();
    expect(shown()).toEqual({ extension: "permessage-deflate", windowBytes: 16 });
    peer.socket.destroy();
    await vi.waitUntil(() => gate.gateway.gate.windows.bytes === 0, { timeout: 5000 });
  });

  it("finds by each field, by several together, and by an address or the range that it is in", async () => {
    const { gate, open, users } = await start();
    await open("ada");
    await open("bob", "/orders");
    const [first = ""] = gate.gateway.gate.sessions.keys();
    expect(users({})).toEqual(["ada", "bob"]);
    expect(users({ user: "bob" })).toEqual(["bob"]);
    expect(users({ session: first })).toEqual(["ada"]);
    expect(users({ session: first, user: "bob" })).toEqual([]);
    expect(users({ session: "unknown" })).toEqual([]);
    expect(users({ route: "/orders" })).toEqual(["bob"]);
    expect(users({ route: "/orders", user: "ada" })).toEqual([]);
    expect(users({ tenant: "t" })).toEqual([]);
    expect(users({ issuer: "other" })).toEqual([]);
    expect(users({ address: "127.0.0.1" })).toEqual(["ada", "bob"]);
    expect(users({ address: "127.0.0.0/8" })).toEqual(["ada", "bob"]);
    expect(users({ address: "127.0.0.2" })).toEqual([]);
    expect(users({ address: "::/0" })).toEqual([]);
    expect(users({ address: "no address" })).toEqual([]);
  });

  it("gives every session once over all pages, also when one ends in between", async () => {
    const { gate, open } = await start();
    const { gate: inner } = gate.gateway;
    for (let count = 0; count < 5; count++) await open(`user${count}`);
    const first = listSessions(inner, { filter: {}, limit: 2, after: null });
    expect([first.sessions.length, first.matching]).toEqual([2, 5]);
    const [gone, last] = first.sessions;
    if (gone === undefined || last === undefined) throw new Error("there are two");
    inner.sessions.delete(gone.session);
    const rest = listSessions(inner, { filter: {}, limit: 10, after: placeOf(last, byAge) });
    expect(rest.matching).toBe(4);
    const users = [...first.sessions, ...rest.sessions].map(({ user }) => user);
    expect(users).toHaveLength(5);
    expect(new Set(users)).toEqual(new Set([0, 1, 2, 3, 4].map((count) => `user${count}`)));
  });
});

function usersOf(sessions: readonly SessionView[]): string {
  return sessions.map(({ user }) => user).join(" ");
}

describe("listSessions, in the order of each column", () => {
  it("gives the same over pages as at once, either way, and in parts that are joined", async () => {
    const { gate, open } = await start();
    const inner = gate.gateway.gate;
    for (const [index, user] of ["zoe", "ann", "mia"].entries()) {
      const peer = await open(user, index === 1 ? "/orders" : "/chat");
      for (let count = 0; count <= index; count += 1) await peer.frame(op.text, "x".repeat(9)).readFrame();
    }
    const seen: Record<string, string> = {};
    for (const by of sessionColumns)
      for (const descending of [false, true]) {
        const order = { by, descending };
        const whole = listSessions(inner, { filter: {}, order, limit: 10, after: null });
        const paged: SessionView[] = [];
        for (let page = 0; page < 3; page += 1) {
          const last = paged.at(-1);
          const after = last === undefined ? null : placeOf(last, order);
          paged.push(...listSessions(inner, { filter: {}, order, limit: 1, after }).sessions);
        }
        expect([by, usersOf(paged)]).toEqual([by, usersOf(whole.sessions)]);
        const parts = whole.sessions.map((session) => ({ sessions: [session], matching: 1 }));
        expect(joinPages(parts.toReversed(), { limit: 10, order })).toEqual(whole);
        seen[`${by} ${descending}`] = usersOf(whole.sessions);
      }
    expect(seen).toMatchObject({
      "user false": "ann mia zoe",
      "user true": "zoe mia ann",
      "inbound true": "mia ann zoe",
      "outbound false": "zoe ann mia",
    });
    expect(seen["route true"]).toMatch(/^ann /);
  });

  it("gives those in a state alone", async () => {
    const { gate, open } = await start();
    await open("ada");
    const inner = gate.gateway.gate;
    const matching = (state: SessionState): number =>
      listSessions(inner, { filter: {}, state, limit: 10, after: null }).matching;
    expect([matching("ending"), matching("waiting"), matching("anonymous")]).toEqual([0, 0, 0]);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
    expect(matching("ending")).toBe(1);
    vi.useRealTimers();
  });
});

describe("closeSessionsOf", () => {
  it("closes with 4540 what the filter means, and nothing else", async () => {
    const { gate, open, users } = await start();
    const [ada, bob] = [await open("ada"), await open("bob", "/orders")];
    expect(await closeSessionsOf(gate.gateway.gate, { user: "nobody" }, killed)).toBe(0);
    expect(await closeSessionsOf(gate.gateway.gate, { route: "/chat" }, killed)).toBe(1);
    expect(await ada.readClose()).toMatchObject({ code: 4540 });
    ada.close(4540).socket.end();
    await gate.seen("closed");
    expect(users({})).toEqual(["bob"]);
    expect((await bob.frame(op.text, "still").readFrame()).payload.toString()).toBe("still");
    expect(await gate.seen("decision")).toMatchObject({
      code: "session.killed",
      detail: "test",
      user: "ada",
    });
  });
});

describe("joinPages", () => {
  it("is one list in the order of opening, of at most so many", async () => {
    const { gate, open } = await start();
    for (const user of ["a", "b", "c", "d"]) await open(user);
    const all = listSessions(gate.gateway.gate, { filter: {}, limit: 10, after: null });
    const parts = [0, 1].map((worker) => ({
      sessions: all.sessions.filter((_, index) => index % 2 === worker),
      matching: 2,
    }));
    expect(joinPages(parts, { limit: 10 })).toEqual(all);
    expect(joinPages(parts.toReversed(), { limit: 3 })).toEqual({
      sessions: all.sessions.slice(0, 3),
      matching: 4,
    });
  });
});
