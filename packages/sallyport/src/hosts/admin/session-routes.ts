import { z } from "zod";
import {
  sessionStates,
  type ClosedSessions,
  type SessionFilter,
  type SessionState,
} from "../open-sessions.ts";
import {
  byAge,
  placeOf,
  sessionColumns,
  type SessionColumn,
  type SessionOrder,
  type SessionPlace,
} from "../session-order.ts";
import type { SessionView } from "../session-view.ts";
import {
  adminRoute,
  notFound,
  notUnderstood,
  unknown,
  unprocessable,
  type AdminReply,
  type AdminRoute,
} from "./admin-route.ts";
import { MAX_TEXT, sessionFilterShape, sessionShape } from "./session-shapes.ts";

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
/** Where a page ends: the value by which it is in order, and a session. */
const CURSOR = /^(?:(\d{1,16})|~([\w-]{0,1024}))\.([\w-]{1,128})$/;

interface ListQuery extends SessionFilter {
  readonly state?: SessionState | undefined;
  readonly node?: string | undefined;
  readonly sort: SessionColumn;
  readonly descending: boolean;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

const listQuery: z.ZodType<ListQuery> = z.strictObject({
  ...sessionFilterShape,
  state: z
    .enum(sessionStates)
    .optional()
    .describe(
      "`ending`: the proof ends within five minutes; `waiting`: bytes wait for the client to read them; `anonymous`: nobody knows who it is.",
    ),
  node: z
    .string()
    .min(1)
    .max(MAX_TEXT)
    .optional()
    .describe("The node that carries them, where nodes share their state: a name that `GET /state` tells."),
  sort: z
    .enum(sessionColumns)
    .default(byAge.by)
    .describe("By what they are in order: `inbound` and `outbound` by their bytes."),
  descending: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .describe("The greatest first."),
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .default(DEFAULT_LIMIT)
    .describe("Sessions at most on one page."),
  cursor: z
    .string()
    .regex(CURSOR, "expected the `next` of another page")
    .optional()
    .describe("The `next` of the page before."),
});

interface KillOrder extends SessionFilter {
  readonly reason?: string | undefined;
}

const killOrder: z.ZodType<KillOrder> = z.strictObject({
  ...sessionFilterShape,
  reason: z.string().max(200).optional().describe("Why, for the log."),
});

const unanswered = z
  .array(z.string())
  .optional()
  .describe("Nodes that did not answer in time; absent: all did, or there is one.");

const killedShape = z.strictObject({
  killed: z.int().describe("Connections that were told to close (4540)."),
  unanswered,
});

/** Opens with the fields that are written, so that an empty filter is seen as such. */
function filterOf({ session, user, issuer, tenant, address, route }: SessionFilter): SessionFilter {
  const all = Object.entries({ session, user, issuer, tenant, address, route });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

function describe(filter: SessionFilter): string {
  const written = Object.entries(filter).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return written.length === 0 ? "all sessions" : `sessions of ${written.join(", ")}`;
}

/** Of a text the value is in base64url, so that it says nothing to whoever reads a log. */
function placeIn(cursor: string | undefined): SessionPlace | null {
  const [, number, text, session = ""] = CURSOR.exec(cursor ?? "") ?? [];
  if (number !== undefined) return { value: Number(number), session };
  return text === undefined ? null : { value: Buffer.from(text, "base64url").toString(), session };
}

function cursorBehind(view: SessionView | undefined, order: SessionOrder): string | null {
  if (view === undefined) return null;
  const { value, session } = placeOf(view, order);
  const written = typeof value === "number" ? value : `~${Buffer.from(value).toString("base64url")}`;
  return `${written}.${session}`;
}

function killed(
  { count, unanswered: silent }: ClosedSessions,
  filter: SessionFilter,
  reason = "",
): AdminReply {
  const because = reason === "" ? "" : `, because ${JSON.stringify(reason)}`;
  return {
    status: 200,
    body: { killed: count, ...told(silent) },
    detail: `${count} ${describe(filter)} ended${because}${besides(silent)}`,
  };
}

/** What of an answer is about nodes that did not give one. */
function told(silent: readonly string[] = []): { readonly unanswered?: readonly string[] } {
  return silent.length === 0 ? {} : { unanswered: silent };
}

function besides(silent: readonly string[] = []): string {
  return silent.length === 0
    ? ""
    : `; no answer from ${silent.map((node) => JSON.stringify(node)).join(", ")}`;
}

function why(reason = ""): { readonly code: "session.killed"; readonly detail: string } {
  return { code: "session.killed", detail: reason === "" ? "by an operator" : reason };
}

/** Open sessions: list, show and end them. */
export const sessionRoutes: readonly AdminRoute[] = [
  adminRoute({
    method: "GET",
    path: "/sessions",
    id: "listSessions",
    summary: "Lists the open connections, the oldest first or as `sort` says, in pages.",
    role: "viewer",
    recorded: true,
    query: listQuery,
    answers: {
      200: {
        description: "A page of sessions.",
        schema: z.strictObject({
          sessions: z.array(sessionShape),
          matching: z.int().describe("How many match, on all pages."),
          next: z.string().nullable().describe("The `cursor` of the next page; `null`: this is the last."),
          unanswered,
        }),
      },
      422: notUnderstood,
    },
    async answer({ gate, query }) {
      const { limit, cursor, state, node, sort: by, descending } = query;
      const filter = filterOf(query);
      const order = { by, descending };
      const after = placeIn(cursor);
      // One more than asked for tells whether there is another page.
      const page = await gate.listSessions({ filter, state, node, order, limit: limit + 1, after });
      const sessions = page.sessions.slice(0, limit);
      const next = page.sessions.length > limit ? cursorBehind(sessions.at(-1), order) : null;
      return {
        status: 200,
        body: { sessions, matching: page.matching, next, ...told(page.unanswered) },
        detail: `${describe(filter)}: ${sessions.length} of ${page.matching}${besides(page.unanswered)}`,
      };
    },
  }),
  adminRoute({
    method: "GET",
    path: "/sessions/{session}",
    id: "showSession",
    summary: "Shows one open connection.",
    role: "viewer",
    recorded: true,
    answers: { 200: { description: "The session.", schema: sessionShape }, 404: notFound },
    async answer({ gate, name }) {
      const page = await gate.listSessions({ filter: { session: name }, limit: 1, after: null });
      const [found] = page.sessions;
      if (found !== undefined) return { status: 200, body: found, detail: "shown" };
      return noSession(name, page.unanswered);
    },
  }),
  adminRoute({
    method: "DELETE",
    path: "/sessions/{session}",
    id: "killSession",
    summary: "Ends one open connection (4540). Its user may connect anew.",
    role: "operator",
    recorded: true,
    answers: { 200: { description: "It was told to close.", schema: killedShape }, 404: notFound },
    async answer({ gate, name }) {
      const filter = { session: name };
      const closed = await gate.closeSessions(filter, why());
      return closed.count === 0 ? noSession(name, closed.unanswered) : killed(closed, filter);
    },
  }),
  adminRoute({
    method: "POST",
    path: "/sessions/{session}/refresh",
    id: "demandRefresh",
    summary:
      "Demands a fresh credential of one open connection: it has to renew its proof within the time that its route gives for that, or is closed (4401). One without a ticket cannot, and is closed at once.",
    role: "operator",
    recorded: true,
    answers: {
      200: {
        description: "It is demanded.",
        schema: z.strictObject({
          demanded: z.int().describe("Connections that have to renew their proof."),
          closed: z.int().describe("Connections that cannot, and were told to close."),
          unanswered,
        }),
      },
      404: notFound,
    },
    async answer({ gate, name }) {
      const { reached, closed, unanswered: silent } = await gate.demandRefresh({ session: name });
      if (reached === 0) return noSession(name, silent);
      const body = { demanded: reached - closed, closed, ...told(silent) };
      const detail = `${body.demanded} demanded, ${closed} closed${besides(silent)}`;
      return { status: 200, body, detail };
    },
  }),
  adminRoute({
    method: "POST",
    path: "/sessions/kill",
    id: "killSessions",
    summary: "Ends every open connection that the filter names (4540). Their users may connect anew.",
    role: "operator",
    recorded: true,
    body: killOrder,
    answers: {
      200: { description: "How many were told to close.", schema: killedShape },
      422: notUnderstood,
    },
    async answer({ gate, body }) {
      const filter = filterOf(body);
      if (Object.keys(filter).length === 0)
        return unprocessable([
          "expected at least one of session, user, issuer, tenant, address and route: an empty filter would end every connection",
        ]);
      return killed(await gate.closeSessions(filter, why(body.reason)), filter, body.reason);
    },
  }),
];

function noSession(name: string, silent?: readonly string[]): AdminReply {
  return unknown(`no open session ${JSON.stringify(name.slice(0, MAX_TEXT))}${besides(silent)}`);
}
