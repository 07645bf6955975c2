import type { SeenEvent } from "../../../sallyport/src/hosts/dashboard/live-message.ts";

/** An open connection, as `GET /sessions` of the admin API tells it. */
export interface SessionView {
  readonly session: string;
  readonly route: string;
  readonly user: string | null;
  readonly issuer: string | null;
  readonly tenant: string | null;
  readonly provider: string;
  readonly address: string;
  readonly host: string;
  readonly path: string;
  readonly origin: string | null;
  readonly subprotocol: string | null;
  readonly openedAt: string;
  readonly expiresAt: string | null;
  readonly refreshable: boolean;
  readonly inbound: LaneTotals;
  readonly outbound: LaneTotals;
  readonly waitingBytes: number;
  readonly policy: string;
  readonly compression: { readonly extension: string; readonly windowBytes: number } | null;
}

/** What one direction carried so far. */
export interface LaneTotals {
  readonly messages: number;
  readonly bytes: number;
}

/** A page of the list of open connections. */
export interface SessionPage {
  readonly sessions: readonly SessionView[];
  /** How many match, on all pages. */
  readonly matching: number;
  /** The `cursor` of the next page; `null`: this is the last. */
  readonly next: string | null;
}

/** What is known of a connection that has just opened; the rest comes when it is asked for. */
export function viewOfOpened(event: Extract<SeenEvent, { type: "open" }>): SessionView {
  const { session, route, user, address, path, origin, subprotocol, arrival, at } = event;
  return {
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
