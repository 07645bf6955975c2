import type { Backoff } from "./backoff.ts";

/** What a WebSocket sends. */
export type SocketData = Parameters<WebSocket["send"]>[0];

/** What a token is asked for. */
export interface TokenRequest {
  /** For the ticket of a connection that is to be opened, or the refresh of one that is open. */
  readonly purpose: "ticket" | "refresh";
  /** Whether the one before is worth nothing any more, or soon: one from a cache will not do. */
  readonly fresh: boolean;
  /** Aborted where the answer is not wanted any more. */
  readonly signal: AbortSignal;
}

/**
 * Where access tokens come from. Answers the token alone, presented as `Authorization: Bearer`; or with its scheme, such as
 * `DPoP eyJ…`; `null`: the request goes without one. Whatever it throws is an attempt that failed, to be made again later.
 */
export type TokenHook = (request: TokenRequest) => string | null | Promise<string | null>;

/** A key that its owner proves to have with each request (RFC 9449). */
export interface ProofKey {
  /** A proof for one request. `token` is what it is presented with: an access token or a ticket; `null`: nothing. */
  prove(request: ProofRequest): Promise<string>;
}

/** What a proof is for. */
export interface ProofRequest {
  readonly method: "GET" | "POST";
  /** `https://host[:port]/path`, without query. */
  readonly url: string;
  readonly token: string | null;
}

/** What happens to a message for which there is no room. `reject`: `send` throws. */
export type WhenFull = "reject" | "drop-oldest" | "drop-newest";

/** Messages that wait to be sent: while there is no connection, and while it takes no more. */
export interface QueueOptions {
  /** Default: 1000. 0: none waits. */
  readonly messages: number;
  /** Of all that wait. Default: 1 MiB. */
  readonly bytes: number;
  /** Default: `reject`. */
  readonly whenFull: WhenFull;
}

/** What is remembered of messages that were sent, to be reported if the connection is lost. */
export interface ReportOptions {
  /** Default: 1000. 0: nothing is remembered. */
  readonly messages: number;
  /** Default: 1 MiB. */
  readonly bytes: number;
  /**
   * A message counts as arrived when the peer was heard so long after the message had left the socket's buffer. Default: 10,000.
   * `Infinity`: only when `confirm` says so.
   */
  readonly settleMs: number;
}

/** Signs of life that a page can see: it can neither send a ping nor see one (RFC 6455 5.5.2). */
export interface Heartbeat {
  /** Silence of the peer after which something is done about it. At least 1000. */
  readonly intervalMs: number;
  /** So long after that the peer must have been heard; else the connection counts as lost. Default: 10,000. */
  readonly timeoutMs?: number;
  /** A message of the application's own protocol that its peer answers; absent: the peer speaks by itself at least that often. */
  readonly message?: string;
  /** The peer's answer, where it is always the same: the application does not see it. */
  readonly answer?: string;
}

/** When and how often a client comes back. */
export interface ReconnectOptions extends Backoff {
  /** A connection that lasted so long was a good one: the next attempt is a first one again. Default: 10,000. */
  readonly lastingMs: number;
  /** Attempts in a row that may fail. Default: `Infinity`. */
  readonly attempts: number;
}

/** How a `SallyportSocket` does what a `WebSocket` does not. Times in milliseconds. */
export interface SocketOptions {
  /** `false`: no ticket is fetched, so that nothing can be refreshed either. For a server without the gate. Default: `true`. */
  readonly ticket?: boolean;
  /** Default: none; then cookies say who the visitor is. */
  readonly token?: TokenHook;
  /** Tickets are bound to this key. Default: to none. See `createProofKey`. */
  readonly key?: ProofKey;
  /** Whether cookies go with requests for tickets; `include` for a gate of another origin. Default: `same-origin`. */
  readonly credentials?: "omit" | "same-origin" | "include";
  /** `false`: the first end is the last. */
  readonly reconnect?: Partial<ReconnectOptions> | false;
  readonly queue?: Partial<QueueOptions>;
  readonly report?: Partial<ReportOptions>;
  /** Default: what the answer to the ticket request announces; `false`: nothing, whatever it announces. */
  readonly heartbeat?: Heartbeat | false;
  /** For the token, the ticket, the handshake and the closing handshake, each. Default: 10,000. */
  readonly timeoutMs?: number;
  /** Ends it for good. */
  readonly signal?: AbortSignal;
  /** Default: the platform's. */
  readonly WebSocket?: typeof WebSocket;
  /** Default: the platform's. */
  readonly fetch?: typeof fetch;
}

const MEBIBYTE = 1_048_576;

/** Where nothing else is said. */
export const DEFAULTS: {
  readonly reconnect: ReconnectOptions;
  readonly queue: QueueOptions;
  readonly report: ReportOptions;
  readonly timeoutMs: number;
} = {
  reconnect: { firstMs: 1000, longestMs: 30_000, lastingMs: 10_000, attempts: Infinity },
  queue: { messages: 1000, bytes: MEBIBYTE, whenFull: "reject" },
  report: { messages: 1000, bytes: MEBIBYTE, settleMs: 10_000 },
  timeoutMs: 10_000,
};
