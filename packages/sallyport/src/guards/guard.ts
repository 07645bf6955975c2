import type { ConnectionView } from "./connection-view.ts";
import type { ContentHiding } from "./content-hiding.ts";
import type { z } from "zod";
import type { Dialect, DialectFault, MessagePart } from "../dialects/dialect.ts";
import type { ErrorCode } from "../errors.ts";
import type { Direction, Emit, ToldTrace } from "../events.ts";
import type { HeaderList } from "../protocol/header-list.ts";
import type { MessageLimits } from "../protocol/message-assembler.ts";
import type { ClientCertificate } from "./client-certificate.ts";
import type { Count } from "./count.ts";
import type { Quotas } from "./quotas.ts";
import type { Bans, Revocations, Ticketing, Tickets } from "./shared-state.ts";

/** `observe` records what the guard would have done, and lets it pass. */
export type Mode = "enforce" | "observe";

/** Who the caller is, as a provider of the `identity` guard found. */
export interface Identity {
  /** The provider that decided. */
  readonly provider: "anonymous" | "jwt" | "introspection" | "session" | "mutualTls";
  /** The user's id within the issuer; `null` for anonymous. */
  readonly user: string | null;
  readonly issuer: string | null;
  /** The verified claims; empty for anonymous. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The tenant that the user belongs to, where the provider is told which claim names it; `null` elsewhere. */
  readonly tenant: string | null;
  /** When the proof ends, in milliseconds since the epoch; `null` when it does not. */
  readonly expiresAt: number | null;
  /** Where the credential stood; `ticket` where one was redeemed; `null` for anonymous, and for a token that came in a message. */
  readonly credential: "authorization" | "subprotocol" | "cookie" | "query" | "certificate" | "ticket" | null;
}

/** The listener that a request came through. */
export interface ListenerFacts {
  /** Bound to a loopback address. */
  readonly loopback: boolean;
  readonly secure: boolean;
  /** The real port. */
  readonly port: number;
  /** Host names that it serves by its certificate and, on loopback, by being local; lower case; may hold `*.` labels. */
  readonly names: readonly string[];
}

/** A request as the guards see it. Nothing here was changed after parsing. */
export interface HandshakeRequest {
  readonly kind: "websocket" | "http";
  readonly method: string;
  /** Normalised path, without query: of the route that the request is about. */
  readonly path: string;
  /** The path that was asked for, where it is the gate's own; absent: `path`. */
  readonly ownPath?: string;
  /** Query without `?`; empty when there is none. */
  readonly query: string;
  /** Host name in lower case, without port; an IPv6 literal keeps its brackets. */
  readonly host: string;
  readonly headers: HeaderList;
  /** The client's address: the socket's, or the one that a trusted proxy told. */
  readonly address: string;
  /** Whether the client's side is TLS, here or at a trusted proxy. */
  readonly secure: boolean;
  /** Subprotocols as offered, credentials included. */
  readonly subprotocols: readonly string[];
  readonly listener: ListenerFacts;
  /** The client's certificate, where the listener asks for one and it is valid; `null` elsewhere. */
  readonly certificate: ClientCertificate | null;
  /** Why a certificate that the client presented does not count, for the operator; absent: none was, or it counts. */
  readonly certificateFault?: string;
}

/** A handshake on its way through the guards: the request, and what the guards add to it. */
export interface Handshake {
  readonly request: HandshakeRequest;
  /** Wall clock, milliseconds since the epoch. */
  readonly wallNow: number;
  /** Monotonic clock, milliseconds. */
  readonly now: number;
  /** Set by the `ticket` guard or the `identity` guard. */
  identity: Identity | null;
  /** The session that a redeemed ticket was issued for; `null` where there was none: then it gets a new id. */
  ticket: RedeemedTicket | null;
  /** Subprotocols that go on to the application: guards take credentials and unlisted ones out. */
  subprotocols: readonly string[];
  /** Names of cookies that must not go on to the application. */
  readonly strippedCookies: Set<string>;
  /** Names of query parameters that must not go on to the application. */
  readonly strippedQuery: Set<string>;
  /** Names of headers, in lower case, that must not go on to the application. */
  readonly strippedHeaders: Set<string>;
  /** Where traces are exported: what events say of its own (`null`: it is not sampled), and the application's fields, names and values. */
  trace?: { readonly told: ToldTrace | null; readonly fields: readonly string[] };
  /** Run once when the handshake fails or, if it succeeds, when the connection ends. */
  readonly releases: (() => void)[];
  /** The RFC 7638 thumbprint of the key that the caller proved to have, set by the `identity` guard; absent: none was proved. */
  keyThumbprint?: string;
  /** A keyed hash of the credential that named the caller, or that its ticket was issued for; absent: none did. */
  fingerprint?: string;
  /**
   * Whose a credential is that was not valid, by its own words: for the watch, which counts how many are tried for one user. Of at
   * most 256 characters, in no event, and never believed; absent: it does not say, or nobody asks.
   */
  claimedUser?: string;
}

/** What a redeemed ticket brings to its session. */
export interface RedeemedTicket {
  readonly session: string;
  /** SHA-256, in hex, of the secret that refreshes the session. */
  readonly refreshHash: string;
  /** The RFC 7638 thumbprint of the key that it was bound to, and that was proved again; `null`: it was bound to none. */
  readonly keyThumbprint: string | null;
}

/** Why something was not let through. */
export interface Denial {
  readonly code: ErrorCode;
  /** For the operator alone: what was found. Never a secret. */
  readonly detail: string;
  /** Where detectors found something: how often each, by its name. */
  readonly found?: Readonly<Record<string, number>>;
}

/** A handshake guard's verdict. `retryAfterS`: seconds, for a 429 or 503; `challenge`: the WWW-Authenticate of a 401. */
export type HandshakeVerdict =
  | { readonly verdict: "pass" }
  | ({ readonly verdict: "refuse"; readonly retryAfterS?: number; readonly challenge?: string } & Denial);

/** What a guard needs to see of a message. The lane compiles the greatest of all guards of a route. */
export type Reads = "nothing" | "size" | "bytes" | "text" | "json";

/** One whole message, or one control frame, as guards see it. Valid during the call only. */
export interface Message {
  readonly direction: Direction;
  /** 1 text, 2 binary, 9 ping, 10 pong (RFC 6455 5.2). */
  readonly opcode: number;
  /** Payload bytes; of a compressed message those that it inflates to. */
  readonly size: number;
  /** The unmasked payload. Only for guards that read `bytes` or more. */
  bytes(): Uint8Array;
  /** The payload as text. Only for guards that read `text` or more, on text messages. */
  text(): string;
  /** The payload parsed as JSON, once for all guards; `undefined` when it is not JSON. Only for guards that read `json`. */
  json(): unknown;
  /**
   * What it says in the dialect of the connection, read once for all guards; `null` where it is none of the dialect's, which the
   * `dialect` guard refuses, and where the route has no dialect. Only for guards that read `json`, on data messages.
   */
  parts(): readonly MessagePart[] | null;
  /** Why it has no parts, where the connection has a dialect; `null` where it has parts, or there is no dialect. */
  fault(): DialectFault | null;
}

/**
 * A message guard's verdict.
 * `hold`: the message passes, and nothing more is read from that peer before `untilMs` (monotonic).
 * `report`: the message passes, and what was found in it is recorded.
 * `replace`: goes on as a new single frame with this payload; recorded where it has a code.
 * `wait`: nothing goes on and nothing more is read from that peer until `until` settles, then `message` is called again with the
 * same message; if it has not settled at `untilMs` (monotonic, at most 10 s later), the denial closes. Not for control frames.
 */
export type MessageVerdict =
  | { readonly verdict: "pass" }
  | { readonly verdict: "hold"; readonly untilMs: number }
  | ({ readonly verdict: "report" } & Denial)
  | ({ readonly verdict: "drop" } & Denial)
  | ({ readonly verdict: "replace"; readonly payload: Uint8Array } & Denial)
  | { readonly verdict: "replace"; readonly payload: Uint8Array; readonly code?: undefined }
  | ({ readonly verdict: "wait"; readonly until: Promise<unknown>; readonly untilMs: number } & Denial)
  | ({ readonly verdict: "close" } & Denial);

/** A timer guard's verdict. Every verdict but `close` says when to ask again. */
export type TimerVerdict =
  | { readonly verdict: "wait"; readonly untilMs: number }
  | { readonly verdict: "ping"; readonly untilMs: number }
  | ({ readonly verdict: "close" } & Denial);

/** What an open connection keeps of its handshake. */
export interface RequestFacts {
  /** Normalised path, without query. */
  readonly path: string;
  /** Host name in lower case, without port. */
  readonly host: string;
  /** The Origin header as it came; `null` without one. */
  readonly origin: string | null;
  /** Whether the client's side is TLS. */
  readonly secure: boolean;
  /** The subprotocol in use; `null` for none. */
  readonly subprotocol: string | null;
  readonly listener: ListenerFacts;
}

/** A connection that opened, as guards know it. */
export interface ConnectionFacts {
  readonly session: string;
  readonly address: string;
  readonly identity: Identity;
  readonly request: RequestFacts;
  /** Whether its proof can be renewed in place: it was opened with a ticket. */
  readonly refreshable: boolean;
  /** The trace of its handshake, where it is exported; absent elsewhere. */
  readonly trace?: ToldTrace;
  /** When it opened, wall clock, milliseconds since the epoch. */
  readonly wallNow: number;
  /** When it opened, monotonic clock, milliseconds. */
  readonly now: number;
}

/** What a guard may do to a connection from outside its own calls. */
export interface ConnectionHandle {
  /** Has every `tick` of the connection called soon: something outside has changed. May be called at any time. */
  wake(): void;
}

/** A new proof of the same user, put in force on an open connection. */
export interface Refresh {
  readonly identity: Identity;
  /** Wall clock, milliseconds since the epoch. */
  readonly wallNow: number;
  /** Monotonic clock, milliseconds. */
  readonly now: number;
}

/** A guard's part in one connection. */
export interface ConnectionGuard {
  /**
   * Called for each whole data message, and for pings and pongs when the guard asks for `controlFrames`. Synchronous: what it does
   * not know yet, it can `wait` for. Once more for a message that it waited with, and never for another one meanwhile.
   */
  message?(message: Message, now: number): MessageVerdict;
  /** Called at `untilMs` of the last verdict, first when the connection opens. */
  tick?(now: number, view: ConnectionView): TimerVerdict;
  /**
   * Called when the client is heard again after a time in which the gate did not read from it, because of a `hold` or because
   * the application was full: before the first of what it had sent by then, or when it turns out to have sent nothing.
   */
  heard?(now: number): void;
  /** Called when the client may only send so many messages a second from now on, whatever its limits are; `null`: no longer. */
  slowed?(perSecond: number | null, now: number): void;
  /** Called when the identity was refreshed in place. Every `tick` is called soon after. */
  refreshed?(refresh: Refresh): void;
  /** Called once, when the connection ends. */
  end?(): void;
}

/** Who may tell a route that a user has signed out at the provider (OpenID Connect Back-Channel Logout 1.0). */
export interface LogoutReceiver {
  /** Whose logout tokens it takes, character by character. */
  readonly issuer: string;
  /** Who such a token must be for. */
  readonly clientId: string;
  /** Verifies a logout token and revokes what it names. Answers why not, or `null`. */
  accept(token: string, clocks: Pick<Handshake, "now" | "wallNow">): Promise<Denial | null>;
}

/** How the route's `identity` judges tokens that come after the handshake, as it judges those of a handshake. */
export interface TokenJudging {
  /** What a token says that was judged before and is known to hold still; `null`: ask `judge`. Synchronous. */
  recall(token: string, clocks: Pick<Handshake, "now" | "wallNow">): Identity | null;
  /** What a token says, or why it is not believed. `credential` is `null`. Never rejects. */
  judge(token: string, clocks: Pick<Handshake, "now" | "wallNow">): Promise<Identity | Denial>;
}

/** What connections of a route speak. */
export interface Speaks {
  /** The dialect of a connection; `null`: nobody knows, and the `dialect` guard refuses its messages. */
  choose(subprotocol: string | null): Dialect | null;
  /** Every dialect that it may choose. */
  readonly dialects: readonly Dialect[];
}

/** A guard with its options in force on one route. Immutable, but for state shared by connections. */
export interface Guard extends ContentHiding {
  readonly name: string;
  readonly mode: Mode;
  /** Asked before the caller is known, in the order of the guards. */
  handshake?(handshake: Handshake): HandshakeVerdict | Promise<HandshakeVerdict>;
  /** Asked once the caller is known. */
  admission?(handshake: Handshake): HandshakeVerdict | Promise<HandshakeVerdict>;
  /**
   * Asked once a caller is known who wants a ticket: whether the connection that it is for would be let in now. Nothing is taken. Absent: what was
   * asked of the request is all.
   */
  room?(handshake: Handshake): HandshakeVerdict | Promise<HandshakeVerdict>;
  /**
   * Asked about an open connection when a reload puts this guard in force, or when its identity was refreshed: a refusal closes
   * it. Absent: the guard has no opinion of what is open already.
   */
  readmit?(connection: ConnectionFacts): HandshakeVerdict;
  /** What `message` reads, by direction; absent: not asked about that direction. */
  readonly reads?: { readonly inbound?: Reads; readonly outbound?: Reads };
  /** Whether `message` is asked about pings and pongs too. */
  readonly controlFrames?: boolean;
  /**
   * The directions in which it may have messages dropped or replaced. There a compressed message may not refer to those before
   * it: it is negotiated so, and a connection that was negotiated otherwise is closed instead. Absent: none.
   */
  readonly rewrites?: Readonly<Partial<Record<Direction, boolean>>>;
  /** Limits that the frame parser enforces in the guard's name, before a payload arrives. */
  readonly limits?: { readonly inbound: MessageLimits; readonly outbound: MessageLimits };
  /** How the session treats bytes that wait for a client which does not read. */
  readonly waiting?: { readonly policy: "close" | "drop"; readonly maxBytes: number };
  /** What connections of the route speak, by the subprotocol in use; absent: nobody says. */
  readonly speaks?: Speaks;
  /** How long a socket may take, in milliseconds, until its handshake has passed every guard. The host's timers enforce it. */
  readonly authenticateWithinMs?: number;
  /** How tickets of this route are issued; absent: none are. */
  readonly ticketing?: Ticketing;
  /** How tokens that come after the handshake are judged; absent: they are not. */
  readonly tokens?: TokenJudging;
  /** Who may tell it that users have signed out elsewhere; absent: nobody. */
  readonly logouts?: readonly LogoutReceiver[];
  /** What it enforces beyond what its options say, a line each, for `sallyport check`; absent: nothing. */
  readonly enforces?: readonly string[];
  /** How long before its end a proof of this life should be renewed; both in milliseconds. */
  refreshWindowMs?(lifeMs: number): number;
  /** How long a session that can be refreshed may outlive its proof, milliseconds. */
  readonly refreshGraceMs?: number;
  /** The guard's part in a connection that opens. */
  open?(facts: ConnectionFacts, handle: ConnectionHandle): ConnectionGuard;
  /** Whether the guard can decide yet, and what stands in its way or went wrong since; absent: always ready. */
  ready?(): { readonly ready: boolean; readonly problem: string | null };
  /** Stops what the guard started (timers, watchers). */
  dispose?(): void;
}

/** What the world lends to guards when they are made. */
export interface GuardServices {
  readonly emit: Emit;
  readonly bans: Bans;
  /** Counts and rates of this guard on this route, which all processes share and a reload keeps. */
  readonly quotas: Quotas;
  readonly tickets: Tickets;
  readonly revocations: Revocations;
  /** The label of the route that the guard is for. */
  readonly route: string;
  /** How guards before this one on the route judge tokens; absent: none does. */
  readonly tokens?: TokenJudging;
  /** What connections of the route speak; absent: the route has no dialect, and messages have no parts. */
  readonly speaks?: Speaks;
  /** Names that this route serves (its `host`, and the hosts of its allowed origins); empty: none configured. */
  readonly routeHosts: readonly string[];
  /** The path that this route serves, with everything below it. */
  readonly routePath: string;
  /** `globalThis.fetch`, or a test's. */
  readonly fetch: typeof globalThis.fetch;
  /** The file with the development issuer's public keys, made where there is none; absent: there is no such issuer. */
  readonly developmentKeys?: (() => Promise<string>) | undefined;
  /** A keyed hash of a credential, by which it is known again and opens nothing; absent: nobody asks. */
  readonly fingerprint?: ((credential: string) => string) | undefined;
  /** Wall clock, milliseconds since the epoch. */
  wallNow(): number;
  readonly count?: Count;
}

/**
 * What one guard file exports: its name, its options as a schema, and how to make it.
 * `Options` is the schema's output: defaults filled in, quantities as numbers.
 */
export interface GuardDefinition<Options> {
  /** One name, six places: file, config key, error-code prefix, metric label, event field, docs page. */
  readonly name: string;
  readonly phases: readonly ("handshake" | "message" | "timer")[];
  /** What it stops, in one sentence. */
  readonly stops: string;
  /** Its options, defaults and units, each with a description that `explain` prints. */
  readonly options: z.ZodType<Options>;
  /** It is made of its options alone, not of files or of what other guards lend: a reload that leaves them as they are keeps it. */
  readonly fromOptionsAlone?: true;
  /** Makes the guard. Rejects or throws only for what `check` must report: a file that cannot be read, a wrong key. */
  create(options: Options, services: GuardServices): Guard | Promise<Guard>;
}

/** The verdict that lets through. */
export const pass: { readonly verdict: "pass" } = { verdict: "pass" };

/**
 * The verdict that lets a message through on every connection of the route, whoever's it is: one that goes to many is then shown to
 * the guard once.
 */
export const passForAll: { readonly verdict: "pass" } = { verdict: "pass" };

/** The part of a guard that has nothing to do in this connection. */
export const noPart: ConnectionGuard = {};
