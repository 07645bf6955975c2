import { z } from "zod";
import { parseRange } from "../../guards/address-table.ts";
import { placeOf, type SessionFilter, type SessionPlace, type SessionView } from "../open-sessions.ts";
import {
  adminRoute,
  notFound,
  notUnderstood,
  unknown,
  unprocessable,
  type AdminReply,
  type AdminRoute,
} from "./admin-route.ts";

const MAX_TEXT = 512;
const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

const text = z.string().min(1, "expected at least one character").max(MAX_TEXT);

const filterShape = {
  session: text.optional().describe("The id of a session."),
  user: text.optional().describe("The user's id within the issuer."),
  issuer: text.optional().describe("The issuer of the user's proof."),
  tenant: text.optional().describe("The user's tenant."),
  address: text
    .refine((address) => parseRange(address).ok, {
      error: "expected an address or a CIDR range, such as 203.0.113.7 or 2001:db8::/64",
    })
    .optional()
    .describe("The client's address, or a CIDR range that it is in."),
  route: text.optional().describe("The route's label, such as /chat."),
};

interface ListQuery extends SessionFilter {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

const listQuery: z.ZodType<ListQuery> = z.strictObject({
  ...filterShape,
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MAX_LIMIT)
    .default(DEFAULT_LIMIT)
    .describe("Sessions at most on one page."),
  cursor: z
    .string()
    .regex(/^\d{1,16}\.[\w-]{1,128}$/, "expected the `next` of another page")
    .optional()
    .describe("The `next` of the page before."),
});

interface KillOrder extends SessionFilter {
  readonly reason?: string | undefined;
}

const killOrder: z.ZodType<KillOrder> = z.strictObject({
  ...filterShape,
  reason: z.string().max(200).optional().describe("Why, for the log."),
});

const lane = z.object({
  messages: z.int().describe("Data messages that passed."),
  bytes: z.int().describe("Payload bytes of these, as they came."),
});

const sessionShape: z.ZodType = z.strictObject({
  session: z.string().describe("Its id, as the application reads it in `Sallyport-Session`."),
  route: z.string(),
  user: z.string().nullable().describe("`null` for an anonymous caller."),
  issuer: z.string().nullable(),
  tenant: z.string().nullable(),
  provider: z.string().describe("Which provider of `identity` knew the user."),
  address: z.string(),
  host: z.string(),
  path: z.string(),
  origin: z.string().nullable(),
  subprotocol: z.string().nullable(),
  openedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable().describe("When its proof ends; `null` when it does not."),
  refreshable: z.boolean().describe("Whether its proof can be renewed in place."),
  inbound: lane.describe("From the client to the application."),
  outbound: lane.describe("From the application to the client."),
  waitingBytes: z.int().describe("Bytes that wait for the client to read them."),
  policy: z.string().describe("The version of the policy that it is under."),
  compression: z
    .strictObject({
      extension: z.string().describe("What was negotiated, as `Sec-WebSocket-Extensions` says it."),
      windowBytes: z.int().describe("Bytes that are kept of earlier messages, of both directions."),
    })
    .nullable()
    .describe("`null`: messages are not compressed."),
});

const killedShape = z.strictObject({
  killed: z.int().describe("Connections that were told to close (4540)."),
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

function placeIn(cursor: string | undefined): SessionPlace | null {
  if (cursor === undefined) return null;
  const dot = cursor.indexOf(".");
  return { openedAt: Number(cursor.slice(0, dot)), session: cursor.slice(dot + 1) };
}

function cursorBehind(view: SessionView | undefined): string | null {
  if (view === undefined) return null;
  const { openedAt, session } = placeOf(view);
  return `${openedAt}.${session}`;
}

function killed(count: number, filter: SessionFilter, reason = ""): AdminReply {
  const because = reason === "" ? "" : `, because ${JSON.stringify(reason)}`;
  return {
    status: 200,
    body: { killed: count },
    detail: `${count} ${describe(filter)} ended${because}`,
  };
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
    summary: "Lists the open connections, the oldest first, in pages.",
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
        }),
      },
      422: notUnderstood,
    },
    async answer({ gate, query }) {
      const { limit, cursor } = query;
      const filter = filterOf(query);
      // One more than asked for tells whether there is another page.
      const page = await gate.listSessions({ filter, limit: limit + 1, after: placeIn(cursor) });
      const sessions = page.sessions.slice(0, limit);
      const next = page.sessions.length > limit ? cursorBehind(sessions.at(-1)) : null;
      return {
        status: 200,
        body: { sessions, matching: page.matching, next },
        detail: `${describe(filter)}: ${sessions.length} of ${page.matching}`,
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
      const { sessions } = await gate.listSessions({ filter: { session: name }, limit: 1, after: null });
      const [found] = sessions;
      return found === undefined ? noSession(name) : { status: 200, body: found, detail: "shown" };
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
      const count = await gate.closeSessions(filter, why());
      return count === 0 ? noSession(name) : killed(count, filter);
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
        }),
      },
      404: notFound,
    },
    async answer({ gate, name }) {
      const { reached, closed } = await gate.demandRefresh({ session: name });
      if (reached === 0) return noSession(name);
      const body = { demanded: reached - closed, closed };
      return { status: 200, body, detail: `${body.demanded} demanded, ${closed} closed` };
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

function noSession(name: string): AdminReply {
  return unknown(`no open session ${JSON.stringify(name.slice(0, MAX_TEXT))}`);
}
