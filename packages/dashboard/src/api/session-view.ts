import type { LiveMessage, SeenEvent } from "../../../sallyport/src/hosts/dashboard/live-message.ts";

/** An open connection. */
export type SessionView = NonNullable<Extract<LiveMessage, { type: "session" }>["session"]>;

/** What one direction carried so far. */
export type LaneTotals = SessionView["inbound"];

/** A page of the list of open connections. */
export interface SessionPage {
  readonly sessions: readonly SessionView[];
  /** How many match, on all pages. */
  readonly matching: number;
  /** The `cursor` of the next page; `null`: this is the last. */
  readonly next: string | null;
  /** Nodes that did not say what they carry; absent: all did. */
  readonly unanswered?: readonly string[];
}

/**
 * What is known of a connection that has just opened; the rest comes when it is asked for.
 * @param node what operators call this node; `null`: there is one
 */
export function viewOfOpened(
  event: Extract<SeenEvent, { type: "open" }>,
  node: string | null = null,
): SessionView {
  const { session, route, user, address, path, origin, subprotocol, arrival, at } = event;
  return {
    ...(node === null ? {} : { node }),
    session,
    route,
    user,
    issuer: arrival?.caller?.issuer ?? null,
    tenant: arrival?.caller?.tenant ?? null,
    provider: arrival?.caller?.provider ?? "",
    address,
    host: arrival?.host ?? "",
    path,
    origin,
    subprotocol,
    openedAt: new Date(at).toISOString(),
    expiresAt: arrival?.caller?.until ?? null,
    refreshable: false,
    inbound: { messages: 0, bytes: 0 },
    outbound: { messages: 0, bytes: 0 },
    waitingBytes: 0,
    policy: "",
    compression: null,
  };
}
