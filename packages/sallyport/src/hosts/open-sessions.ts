import { createAddressTable, parseRange } from "../guards/address-table.ts";
import type { ErrorCode } from "../errors.ts";
import type { LaneCounts } from "../events.ts";
import type { OpenCompression } from "./compression.ts";
import type { Gate, OpenSession } from "./gate.ts";

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

/** A place in the list of open sessions, which is in the order in which they opened. */
export interface SessionPlace {
  /** Milliseconds since the epoch. */
  readonly openedAt: number;
  readonly session: string;
}

/** Which part of the list is asked for. */
export interface SessionQuery {
  readonly filter: SessionFilter;
  /** Sessions at most. */
  readonly limit: number;
  /** Only those behind this place; `null`: from the first. */
  readonly after: SessionPlace | null;
}

/** An open session, as operators see it. Plain data, and no secret. */
export interface SessionView {
  /** What operators call the node that carries it; absent: there is one node. */
  readonly node?: string | undefined;
  readonly session: string;
  readonly route: string;
  readonly user: string | null;
  readonly issuer: string | null;
  readonly tenant: string | null;
  /** The provider that knew the user. */
  readonly provider: string;
  readonly address: string;
  readonly host: string;
  readonly path: string;
  readonly origin: string | null;
  readonly subprotocol: string | null;
  /** ISO 8601. */
  readonly openedAt: string;
  /** When its proof ends, ISO 8601; `null` when it does not. */
  readonly expiresAt: string | null;
  /** Whether its proof can be renewed in place. */
  readonly refreshable: boolean;
  readonly inbound: LaneCounts;
  readonly outbound: LaneCounts;
  /** Bytes that wait for the client to read them. */
  readonly waitingBytes: number;
  /** The version of the policy that judges its next message. */
  readonly policy: string;
  /** Compression in force, and the bytes that its windows take; `null`: none. */
  readonly compression: { readonly extension: string; readonly windowBytes: number } | null;
}

/** A part of the list of open sessions. */
export interface SessionPage {
  /** The oldest first. */
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

/** The last moment that a `Date` can hold (ECMAScript 21.4.1.1). */
const LAST_MOMENT = 8.64e15;
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

/** The place of a session in the list. */
export function placeOf({ session, openedAt }: Pick<SessionView, "session" | "openedAt">): SessionPlace {
  return { session, openedAt: Date.parse(openedAt) };
}

/** Orders places: by the moment, then by id. */
export function comparePlaces(one: SessionPlace, other: SessionPlace): number {
  if (one.openedAt !== other.openedAt) return one.openedAt - other.openedAt;
  return one.session < other.session ? -1 : Number(one.session > other.session);
}

/** The open sessions of this process that a query means. */
export function listSessions(gate: Gate, { filter, limit, after }: SessionQuery): SessionPage {
  const isMeant = matcherOf(filter);
  let found = 0;
  let first: Placed[] = [];
  // The last that has a place on the page; beyond it none has. Sessions stand nearly in order, so that most are beyond it.
  let last: SessionPlace | null = null;
  for (const open of among(gate, filter)) {
    if (!isMeant(open)) continue;
    found += 1;
    const { session, wallNow } = open.facts;
    const openedAt = Math.floor(wallNow);
    if (last !== null && openedAt > last.openedAt) continue;
    if (after !== null && openedAt < after.openedAt) continue;
    const place = { open, session, openedAt };
    if (after !== null && comparePlaces(place, after) <= 0) continue;
    first.push(place);
    if (first.length < 2 * limit) continue;
    first = first.toSorted(comparePlaces).slice(0, limit);
    last = first.at(-1) ?? null;
  }
  const page = first.toSorted(comparePlaces).slice(0, limit);
  return { sessions: page.map(({ open }) => viewOf(open)), matching: found };
}

/** An open session, and its place in the list. */
interface Placed extends SessionPlace {
  readonly open: OpenSession;
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

/** Joins the pages of several processes into one. */
export function joinPages(pages: readonly SessionPage[], limit: number): SessionPage {
  const sessions = pages.flatMap((page) => page.sessions);
  return {
    sessions: sessions.toSorted((one, other) => comparePlaces(placeOf(one), placeOf(other))).slice(0, limit),
    matching: pages.reduce((sum, page) => sum + page.matching, 0),
  };
}
