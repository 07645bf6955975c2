import type { OpenSession } from "./gate.ts";
import type { SessionView } from "./session-view.ts";

/** By what open sessions can be put in order. */
export const sessionColumns = [
  "opened",
  "user",
  "address",
  "route",
  "ends",
  "inbound",
  "outbound",
  "waiting",
] as const;

/** One of them. */
export type SessionColumn = (typeof sessionColumns)[number];

/** In which order sessions are listed. */
export interface SessionOrder {
  readonly by: SessionColumn;
  /** The greatest first. */
  readonly descending: boolean;
}

/** A place in the list of open sessions. */
export interface SessionPlace {
  /** Of the column by which it is in order: of a time milliseconds since the epoch, of a lane bytes. */
  readonly value: string | number;
  readonly session: string;
}

/** The oldest first. */
export const byAge: SessionOrder = { by: "opened", descending: false };

/** Of a name so much counts: a place goes in a URL. */
const MAX_VALUE = 128;
/** Behind all that end: a proof that does not. */
const NEVER: number = Number.MAX_SAFE_INTEGER;

const ofOpen: Readonly<Record<SessionColumn, (open: OpenSession) => string | number>> = {
  opened: ({ facts }) => Math.floor(facts.wallNow),
  user: ({ facts }) => cut(facts.identity.user),
  address: ({ facts }) => facts.address,
  route: ({ route }) => cut(route),
  ends: ({ facts }) => Math.min(facts.identity.expiresAt ?? NEVER, NEVER),
  inbound: ({ driver }) => driver.session.counts().inbound.bytes,
  outbound: ({ driver }) => driver.session.counts().outbound.bytes,
  waiting: ({ driver }) => driver.waitingBytes("client"),
};

const ofView: Readonly<Record<SessionColumn, (view: SessionView) => string | number>> = {
  opened: ({ openedAt }) => Date.parse(openedAt),
  user: ({ user }) => cut(user),
  address: ({ address }) => address,
  route: ({ route }) => cut(route),
  ends: ({ expiresAt }) => (expiresAt === null ? NEVER : Date.parse(expiresAt)),
  inbound: ({ inbound }) => inbound.bytes,
  outbound: ({ outbound }) => outbound.bytes,
  waiting: ({ waitingBytes }) => waitingBytes,
};

/** What an open session has in a column. */
export function valueOf(open: OpenSession, column: SessionColumn): string | number {
  return ofOpen[column](open);
}

/** The place of a session that was shown. */
export function placeOf(view: SessionView, { by }: SessionOrder): SessionPlace {
  return { value: ofView[by](view), session: view.session };
}

/** Orders places: by their value, then by id, so that no two are alike. */
export function comparePlaces(one: SessionPlace, other: SessionPlace, { descending }: SessionOrder): number {
  if (one.value !== other.value) return one.value < other.value === descending ? 1 : -1;
  return one.session < other.session ? -1 : Number(one.session > other.session);
}

function cut(name: string | null): string {
  // Half a character would not come back from a URL as it went.
  return (name ?? "").slice(0, MAX_VALUE).toWellFormed();
}
