import { createAddressTable, parseRange } from "../guards/address-table.ts";
import type { ErrorCode } from "../errors.ts";
import type { OpenCompression } from "./compression.ts";
import type { Gate, OpenSession } from "./gate.ts";
import {
  byAge,
  comparePlaces,
  placeOf,
  valueOf,
  type SessionOrder,
  type SessionPlace,
} from "./session-order.ts";
import type { SessionView } from "./session-view.ts";
import { LAST_MOMENT } from "../last-moment.ts";

/** Which open sessions are meant: those for which every field that is written matches. None written: all. */
export interface SessionFilter {
  readonly session?: string | undefined;
  readonly user?: string | undefined;
  readonly issuer?: string | undefined;
  readonly tenant?: string | undefined;
  /** An address or a CIDR range. */
  readonly address?: string | undefined;
  /** The route's label. */
  readonly route?: string | undefined;
}

/** In what state sessions are looked for: their proof ends within five minutes, they do not read, nobody knows whose they are. */
export const sessionStates = ["ending", "waiting", "anonymous"] as const;

/** One of them. */
export type SessionState = (typeof sessionStates)[number];

/** Which part of the list is asked for. */
export interface SessionQuery {
  readonly filter: SessionFilter;
  /** Absent: in any. */
  readonly state?: SessionState | undefined;
  /** What operators call the node that carries them; absent: whichever does. */
  readonly node?: string | undefined;
  /** Sessions at most. */
  readonly limit: number;
  /** Absent: the oldest first. */
  readonly order?: SessionOrder | undefined;
  /** Only those behind this place in that order; `null`: from the first. */
  readonly after: SessionPlace | null;
}

/** A part of the list of open sessions. */
export interface SessionPage {
  /** In the order that was asked for. */
  readonly sessions: readonly SessionView[];
  /** How many match in all. */
  readonly matching: number;
  /** What operators call the nodes that did not answer; absent: all did. */
  readonly unanswered?: readonly string[] | undefined;
}

/** What came of an order to close sessions. */
export interface ClosedSessions {
  readonly count: number;
  /** What operators call the nodes that did not answer: they may close some yet, or not. */
  readonly unanswered: readonly string[];
}

/** So long sessions are closed at a time, milliseconds; then everybody else has a turn. */
const TURN_MS = 4;

/** Whether one session is meant. An address that cannot be read means none. */
export function matcherOf({ address, ...filter }: SessionFilter): (open: OpenSession) => boolean {
  if (address !== undefined && !parseRange(address).ok) return () => false;
  const range = address === undefined ? null : createAddressTable([address]);
  return ({ route, facts }) =>
    same(filter.session, facts.session) &&
    same(filter.user, facts.identity.user) &&
    same(filter.issuer, facts.identity.issuer) &&
    same(filter.tenant, facts.identity.tenant) &&
    same(filter.route, route) &&
    (range === null || range.find(facts.address) !== null);
}

function same(wanted: string | undefined, found: string | null): boolean {
  return wanted === undefined || wanted === found;
}

/** Sessions among which those are that a filter means. */
function among({ sessions }: Gate, { session }: SessionFilter): Iterable<OpenSession> {
  if (session === undefined) return sessions.values();
  // By id there is one at most.
  const one = sessions.get(session);
  return one === undefined ? [] : [one];
}

/** The open sessions of this process that a query means. Where a node is named there are none: only nodes that share their state have names. */
export function listSessions(gate: Gate, query: SessionQuery): SessionPage {
  const { filter, state, node, limit, order = byAge, after } = query;
  if (node !== undefined) return { sessions: [], matching: 0 };
  const isMeant = matcherOf(filter);
  const now = Date.now();
  let found = 0;
  let first: Placed[] = [];
  // The last that has a place on the page; beyond it none has. Sessions stand nearly in the order of their age, so that most are beyond it.
  let last: SessionPlace | null = null;
  const compare = (one: SessionPlace, other: SessionPlace): number => comparePlaces(one, other, order);
  for (const open of among(gate, filter)) {
    if (!isMeant(open) || (state !== undefined && !isInState(open, state, now))) continue;
    found += 1;
    const place = { open, session: open.facts.session, value: valueOf(open, order.by) };
    if (last !== null && compare(place, last) > 0) continue;
    if (after !== null && compare(place, after) <= 0) continue;
    first.push(place);
    if (first.length < 2 * limit) continue;
    first = first.toSorted(compare).slice(0, limit);
    last = first.at(-1) ?? null;
  }
  const page = first.toSorted(compare).slice(0, limit);
  return { sessions: page.map(({ open }) => viewOf(open)), matching: found };
}

/** An open session, and its place in the list. */
interface Placed extends SessionPlace {
  readonly open: OpenSession;
}

const ENDING_MS = 300_000;

function isInState({ driver, facts }: OpenSession, state: SessionState, now: number): boolean {
  const { user, expiresAt } = facts.identity;
  switch (state) {
    case "ending":
      return expiresAt !== null && expiresAt - now < ENDING_MS;
    case "waiting":
      return driver.waitingBytes("client") > 0;
    case "anonymous":
      return user === null;
    default:
      return state satisfies never;
  }
}

function viewOf({ driver, route, under, next, facts, compression }: OpenSession): SessionView {
  const { session, address, identity, request, refreshable, wallNow } = facts;
  const { user, issuer, tenant, provider, expiresAt } = identity;
  const { host, path, origin, subprotocol } = request;
  return {
    session,
    route,
    user,
    issuer,
    tenant,
    provider,
    address,
    host,
    path,
    origin,
    subprotocol,
    openedAt: new Date(wallNow).toISOString(),
    expiresAt: expiresAt === null ? null : new Date(Math.min(expiresAt, LAST_MOMENT)).toISOString(),
    refreshable,
    ...driver.session.counts(),
    waitingBytes: driver.waitingBytes("client"),
    policy: (next ?? under).version,
    compression: compression === null ? null : compressionView(compression),
  };
}

function compressionView({ extension, inflaters }: OpenCompression): SessionView["compression"] {
  const { client, application } = inflaters;
  return { extension, windowBytes: client.windowBytes + application.windowBytes };
}

/** Closes every open session of this process that a filter means. Answers how many. */
export async function closeSessionsOf(
  gate: Gate,
  filter: SessionFilter,
  { code, detail }: { readonly code: ErrorCode; readonly detail: string },
): Promise<number> {
  const found = [...among(gate, filter)].filter(matcherOf(filter));
  await closeInTurns(gate, found, { code, detail });
  return found.length;
}

/** Closes these; everybody else has a turn meanwhile. */
export async function closeInTurns(
  gate: Pick<Gate, "now">,
  sessions: readonly OpenSession[],
  { code, detail }: { readonly code: ErrorCode; readonly detail: string },
): Promise<void> {
  let turnUntil = gate.now() + TURN_MS;
  for (const { driver } of sessions) {
    driver.close(code, detail);
    if (gate.now() < turnUntil) continue;
    await new Promise((resolve) => setImmediate(resolve));
    turnUntil = gate.now() + TURN_MS;
  }
}

/** Joins the pages of several processes, which were asked the same, into one. */
export function joinPages(
  pages: readonly SessionPage[],
  { limit, order = byAge }: Pick<SessionQuery, "limit" | "order">,
): SessionPage {
  const placed = pages.flatMap((page) =>
    page.sessions.map((view) => ({ view, place: placeOf(view, order) })),
  );
  const sessions = placed
    .toSorted((one, other) => comparePlaces(one.place, other.place, order))
    .slice(0, limit)
    .map(({ view }) => view);
  return { sessions, matching: pages.reduce((sum, page) => sum + page.matching, 0) };
}
