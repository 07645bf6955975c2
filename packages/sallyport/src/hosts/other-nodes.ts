import { z } from "zod";
import { errors, type ErrorCode } from "../errors.ts";
import type { Identity } from "../guards/guard.ts";
import type { NodeOrders } from "../state/redis-orders.ts";
import { MAX_TEXT, sessionFilterShape, toldSessionShape } from "./admin/session-shapes.ts";
import type { Gate, RefreshAnswer, RefreshKey, SessionsElsewhere } from "./gate.ts";
import {
  closeSessionsOf,
  joinPages,
  listSessions,
  sessionStates,
  type ClosedSessions,
  type SessionFilter,
  type SessionPage,
  type SessionQuery,
} from "./open-sessions.ts";
import { findRefreshable, refreshSession } from "./refresh-endpoint.ts";
import { sessionColumns } from "./session-order.ts";
import { demandOf, sumDone, type OrderDone, type WatchOrder } from "./watch-order.ts";

/** Why sessions are closed. */
type Why = { readonly code: ErrorCode; readonly detail: string };

/** The sessions of this node, of all its processes. */
export interface OwnSessions extends SessionsElsewhere {
  listSessions(query: SessionQuery): SessionPage | Promise<SessionPage>;
  closeSessions(filter: SessionFilter, why: Why): Promise<number>;
  demandRefresh(filter: SessionFilter): Promise<OrderDone>;
}

/** What came of demanding a fresh credential at several nodes. */
export interface DemandedRefresh extends OrderDone {
  /** What operators call the nodes that did not answer; absent: all did. */
  readonly unanswered?: readonly string[];
}

/** What nobody waits for any more is of no use; to end sessions is, and is done late rather than not at all. */
const QUESTION_LASTS_MS = 2000;
const KILL_LASTS_MS = 60_000;

const name = z.string().max(65_536);
const text = z.string().max(MAX_TEXT);
const filter: z.ZodType<SessionFilter> = z.object(sessionFilterShape);
const query: z.ZodType<SessionQuery> = z.object({
  filter,
  state: z.enum(sessionStates).optional(),
  node: name.optional(),
  limit: z.int().min(1).max(10_000),
  order: z.object({ by: z.enum(sessionColumns), descending: z.boolean() }).optional(),
  after: z.object({ value: z.union([z.number(), text]), session: text }).nullable(),
});
const code = z.string().transform((found, context): ErrorCode => {
  if (isErrorCode(found)) return found;
  context.addIssue("expected a code of the registry");
  return z.NEVER;
});
const why: z.ZodType<Why> = z.object({ code, detail: z.string().max(4096) });
const key: z.ZodType<RefreshKey> = z.object({
  session: text,
  refreshHash: z.string().length(64),
  keyThumbprint: text.nullable(),
  fingerprint: text.nullable(),
});
const identity: z.ZodType<Identity> = z.object({
  provider: z.enum(["anonymous", "jwt", "introspection", "session", "mutualTls"]),
  user: name.nullable(),
  issuer: name.nullable(),
  claims: z.record(z.string(), z.unknown()),
  tenant: name.nullable(),
  expiresAt: z.number().nullable(),
  credential: z.enum(["authorization", "subprotocol", "cookie", "query", "certificate", "ticket"]).nullable(),
});

const page: z.ZodType<SessionPage> = z.object({
  sessions: z.array(toldSessionShape),
  matching: z.int().min(0),
});
const count = z.int().min(0);
const done: z.ZodType<OrderDone> = z.object({ reached: count, closed: count, unable: count });
const place = z.object({ route: name, path: name }).nullable();
const refreshed: z.ZodType<RefreshAnswer | null> = z
  .union([
    z.object({ ok: z.literal(true), body: z.record(z.string(), z.unknown()) }),
    z.object({ ok: z.literal(false), code, detail: z.string().max(4096) }),
  ])
  .nullable();

/**
 * The sessions of a gate of several nodes: what is asked about all of them is asked of every node, and who does not answer is named. What
 * comes from other nodes is checked as if a stranger had sent it: what cannot be read is no answer.
 */
export class OtherNodes {
  readonly #orders: NodeOrders;
  readonly #own: OwnSessions;

  /** Answers other nodes from now on. */
  constructor(orders: NodeOrders, own: OwnSessions) {
    this.#orders = orders;
    this.#own = own;
    orders.serve((asked, parameters) => this.#answer(asked, parameters));
  }

  /** The open sessions of all nodes. */
  async listSessions(asked: SessionQuery): Promise<SessionPage> {
    const [own, others] = await Promise.all([
      this.#listOwn(asked),
      this.#ask("listSessions", [asked], { answer: page, lastsMs: QUESTION_LASTS_MS }),
    ]);
    return { ...joinPages([own, ...others.answers], asked), unanswered: others.unanswered };
  }

  /** Closes sessions at all nodes. One that was away does it when it is back within a minute. */
  async closeSessions(meant: SessionFilter, because: Why): Promise<ClosedSessions> {
    const [own, others] = await Promise.all([
      this.#own.closeSessions(meant, because),
      this.#ask("closeSessions", [meant, because], { answer: count, lastsMs: KILL_LASTS_MS }),
    ]);
    return { count: others.answers.reduce((sum, one) => sum + one, own), unanswered: others.unanswered };
  }

  /** Demands a fresh credential of sessions at all nodes. One that was away does it when it is back within a minute. */
  async demandRefresh(meant: SessionFilter): Promise<DemandedRefresh> {
    const [own, others] = await Promise.all([
      this.#own.demandRefresh(meant),
      this.#ask("demandRefresh", [meant], { answer: done, lastsMs: KILL_LASTS_MS }),
    ]);
    return { ...sumDone([own, ...others.answers]), unanswered: others.unanswered };
  }

  /** The sessions of other nodes, for a refresh that came to this one. */
  get elsewhere(): SessionsElsewhere {
    return {
      find: (asked) => this.#first("findSession", [asked], place),
      refresh: (asked, by) => this.#first("refreshSession", [asked, by], refreshed),
    };
  }

  /** The answer of the node that has one; `null`: none has. @throws when a node that might did not answer */
  async #first<Value>(
    order: string,
    parameters: readonly unknown[],
    answer: z.ZodType<Value | null>,
  ): Promise<Value | null> {
    const { answers, unanswered } = await this.#ask(order, parameters, {
      answer,
      lastsMs: QUESTION_LASTS_MS,
    });
    const found = answers.find((one) => one !== null) ?? null;
    if (found === null && unanswered.length > 0)
      throw new Error(`no answer from ${unanswered.map((node) => JSON.stringify(node)).join(", ")}`);
    return found;
  }

  async #ask<Value>(
    order: string,
    parameters: readonly unknown[],
    { answer, lastsMs }: { readonly answer: z.ZodType<Value>; readonly lastsMs: number },
  ): Promise<{ readonly answers: readonly Value[]; readonly unanswered: readonly string[] }> {
    const { answers, unanswered } = await this.#orders.askAll({ name: order, parameters, lastsMs });
    const read = answers.map((one) => answer.safeParse(one));
    const unread = read.filter(({ success }) => !success).map(() => "a node whose answer cannot be read");
    return {
      answers: read.flatMap(({ success, data }) => (success ? [data] : [])),
      unanswered: [...unanswered, ...unread],
    };
  }

  #answer(asked: string, [first, second]: readonly unknown[]): unknown {
    switch (asked) {
      case "listSessions":
        return this.#listOwn(query.parse(first));
      case "closeSessions":
        return this.#own.closeSessions(named(filter.parse(first)), why.parse(second));
      case "demandRefresh":
        return this.#own.demandRefresh(named(filter.parse(first)));
      case "findSession":
        return this.#own.find(key.parse(first));
      case "refreshSession":
        return this.#own.refresh(key.parse(first), identity.parse(second));
      default:
        throw new Error("this node does not know what it is asked");
    }
  }

  async #listOwn({ node: meant, ...asked }: SessionQuery): Promise<SessionPage> {
    const node = { node: this.#orders.name };
    if (meant !== undefined && meant !== node.node) return { sessions: [], matching: 0 };
    const { sessions, matching } = await this.#own.listSessions(asked);
    return { sessions: sessions.map((session) => Object.assign({}, node, session)), matching };
  }
}

/** An order that names nobody would end every connection: no node sends such a one. */
function named(meant: SessionFilter): SessionFilter {
  if (Object.values(meant).every((value) => value === undefined)) throw new Error("an empty filter");
  return meant;
}

function isErrorCode(found: string): found is ErrorCode {
  return Object.hasOwn(errors, found);
}

/** The sessions of a gate in one process. @param order does to them as ordered */
export function sessionsOf(
  gate: () => Gate | null,
  order: (order: WatchOrder) => Promise<OrderDone>,
): OwnSessions {
  const inGate = <Value>(run: (open: Gate) => Value, otherwise: Value): Value => {
    const open = gate();
    return open === null ? otherwise : run(open);
  };
  return {
    listSessions: (asked) => inGate((open) => listSessions(open, asked), { sessions: [], matching: 0 }),
    closeSessions: (meant, because) =>
      inGate((open) => closeSessionsOf(open, meant, because), Promise.resolve(0)),
    demandRefresh: (meant) => order(demandOf(meant)),
    find: async (asked) => inGate((open) => findRefreshable(open, asked), null),
    refresh: async (asked, by) => inGate((open) => refreshSession(open, asked, by), null),
  };
}
