import { describe, expect, it } from "vitest";
import type { Identity } from "../guards/guard.ts";
import type { NodeOrders } from "../state/redis-orders.ts";
import type { RefreshAnswer } from "./gate.ts";
import type { SessionView } from "./session-view.ts";
import { OtherNodes, type OwnSessions } from "./other-nodes.ts";
import { nothingDone } from "./watch-order.ts";

type Answer = Parameters<NodeOrders["serve"]>[0];

function copy(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? null)) as unknown;
}

/** Nodes that send each other JSON, as through an engine. */
function connect(names: readonly string[]): NodeOrders[] {
  const serving = new Map<string, Answer>();
  return names.map((name) => ({
    name,
    serveNamed: () => {},
    serve: (answer) => void serving.set(name, answer),
    async askAll(order) {
      const answers: unknown[] = [];
      const unanswered: string[] = [];
      for (const [other, answer] of serving) {
        if (other === name) continue;
        try {
          answers.push(copy(await answer(order.name, [copy(order.parameters)].flat())));
        } catch {
          unanswered.push(other);
        }
      }
      return { answers, unanswered };
    },
  }));
}

function view(session: string, openedAt: number): SessionView {
  return {
    session,
    route: "/chat",
    user: "ada",
    issuer: "https://id.example",
    tenant: null,
    provider: "jwt",
    address: "192.0.2.7",
    host: "app.example.com",
    path: "/chat",
    origin: null,
    subprotocol: null,
    openedAt: new Date(openedAt).toISOString(),
    expiresAt: null,
    refreshable: false,
    inbound: { messages: 1, bytes: 2 },
    outbound: { messages: 3, bytes: 4 },
    waitingBytes: 0,
    policy: "abc",
    compression: null,
  };
}

const nobody: OwnSessions = {
  listSessions: () => ({ sessions: [], matching: 0 }),
  closeSessions: async () => 0,
  demandRefresh: async () => nothingDone,
  find: async () => null,
  refresh: async () => null,
};

function silent(): Promise<never> {
  return Promise.reject(new Error("silent"));
}

function join(orders: NodeOrders, own: OwnSessions): OtherNodes {
  return new OtherNodes(orders, own);
}

/** A node with nothing, and others as they are given. */
function nodes(...others: readonly Partial<OwnSessions>[]): OtherNodes {
  const [first, ...rest] = connect(["one", ...others.map((_, index) => `other ${index}`)]);
  if (first === undefined) throw new Error("there is no node");
  for (const [index, orders] of rest.entries()) join(orders, { ...nobody, ...others[index] });
  return join(first, nobody);
}

const all = { filter: {}, limit: 2, after: null };
const killed = { code: "session.killed", detail: "by an operator" } as const;
const key = { session: "s", refreshHash: "a".repeat(64), keyThumbprint: null, fingerprint: null };
const identity: Identity = {
  provider: "jwt",
  user: "ada",
  issuer: "https://id.example",
  claims: { role: "x" },
  tenant: null,
  expiresAt: 5,
  credential: "authorization",
};

describe("OtherNodes", () => {
  it("lists the sessions of all nodes in one order, and says who carries each", async () => {
    const one = nodes(
      { listSessions: () => ({ sessions: [view("c", 3), view("d", 4)], matching: 2 }) },
      { listSessions: async () => ({ sessions: [view("a", 1)], matching: 1 }) },
    );
    const { sessions, ...rest } = await one.listSessions(all);
    expect(sessions.map(({ session, node }) => [session, node])).toEqual([
      ["a", "other 1"],
      ["c", "other 0"],
    ]);
    expect(rest).toEqual({ matching: 3, unanswered: [] });
  });

  it("lists the sessions of one node, which may be another", async () => {
    const one = nodes(
      { listSessions: () => ({ sessions: [view("c", 3), view("d", 4)], matching: 2 }) },
      { listSessions: async () => ({ sessions: [view("a", 1)], matching: 1 }) },
    );
    const of = async (node: string): Promise<unknown> => {
      const { sessions, matching } = await one.listSessions({ ...all, node });
      return [sessions.map(({ session }) => session).join(" "), matching];
    };
    expect(await of("other 0")).toEqual(["c d", 2]);
    expect(await of("other 1")).toEqual(["a", 1]);
    expect(await of("one")).toEqual(["", 0]);
    expect(await of("another")).toEqual(["", 0]);
  });

  it("closes at every node, and says how many and who did not answer", async () => {
    const asked: unknown[] = [];
    const one = nodes(
      {
        async closeSessions(...given) {
          asked.push(given);
          return 2;
        },
      },
      {
        async closeSessions() {
          throw new Error("no");
        },
      },
    );
    const meant = { user: "ada", address: "192.0.2.0/24" };
    expect(await one.closeSessions(meant, killed)).toEqual({ count: 2, unanswered: ["other 1"] });
    expect(asked).toEqual([[meant, killed]]);
  });

  it("demands a fresh credential at every node, and says of how many and who did not answer", async () => {
    const asked: unknown[] = [];
    const one = nodes(
      {
        async demandRefresh(...given) {
          asked.push(given);
          return { reached: 3, closed: 1, unable: 0 };
        },
      },
      { demandRefresh: silent },
    );
    const found = await one.demandRefresh({ session: "s" });
    expect(found).toEqual({ reached: 3, closed: 1, unable: 0, unanswered: ["other 1"] });
    expect(asked).toEqual([[{ session: "s" }]]);
  });

  it("has the node that carries a session refresh it", async () => {
    const ok: RefreshAnswer = { ok: true, body: { expiresAt: 5 } };
    const asked: unknown[] = [];
    const { elsewhere } = nodes(
      {},
      {
        find: async () => ({ route: "/chat", path: "/chat" }),
        async refresh(...given) {
          asked.push(given);
          return ok;
        },
      },
    );
    expect(await elsewhere.find(key)).toEqual({ route: "/chat", path: "/chat" });
    expect(await elsewhere.refresh(key, identity)).toEqual(ok);
    expect(asked).toEqual([[key, identity]]);
  });

  it("hands on why a refresh was refused", async () => {
    const refused: RefreshAnswer = { ok: false, code: "expiry.refresh", detail: "no" };
    const { elsewhere } = nodes({ refresh: async () => refused });
    expect(await elsewhere.refresh(key, identity)).toEqual(refused);
  });

  it("does not take a node that is silent for one that has no such session", async () => {
    expect(await nodes({}).elsewhere.find(key)).toBeNull();
    await expect(nodes({}, { find: silent }).elsewhere.find(key)).rejects.toThrow('no answer from "other 1"');
  });

  it("counts an answer that it cannot read among those that were not given", async () => {
    const [first, other] = connect(["one", "other"]);
    if (first === undefined || other === undefined) throw new Error("there is no node");
    other.serve(() => "planted");
    const one = new OtherNodes(first, nobody);
    const unanswered = ["a node whose answer cannot be read"];
    expect(await one.listSessions(all)).toEqual({ sessions: [], matching: 0, unanswered });
    expect(await one.closeSessions({ user: "ada" }, killed)).toEqual({ count: 0, unanswered });
    other.serve(() => ({ ok: false, code: "of my own", detail: "" }));
    await expect(one.elsewhere.refresh(key, identity)).rejects.toThrow("no answer");
  });

  it.each([
    ["an order that nobody knows", "reboot", []],
    ["an order to end everything", "closeSessions", [{}, killed]],
    ["a demand on everybody", "demandRefresh", [{}]],
    ["a filter that is none", "closeSessions", [{ user: 7 }, killed]],
    ["a reason of its own", "closeSessions", [{ user: "ada" }, { code: "of my own", detail: "" }]],
    ["a hash that is none", "findSession", [{ ...key, refreshHash: "a" }]],
    ["somebody who is nobody", "refreshSession", [key, { ...identity, provider: "me" }]],
  ])("does not carry out %s", async (_, order, parameters) => {
    const [first, other] = connect(["one", "other"]);
    if (first === undefined || other === undefined) throw new Error("there is no node");
    join(first, { ...nobody, closeSessions: async () => 1 });
    const { answers, unanswered } = await other.askAll({ name: order, parameters, lastsMs: 1 });
    expect([answers, unanswered]).toEqual([[], ["one"]]);
  });
});
