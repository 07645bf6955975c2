import { createHash, randomBytes } from "node:crypto";

/** A request as it goes on the wire: nothing is added to it, and nothing is put right. */
export interface RawRequest extends RequestParts {
  /** Why it goes without the ticket that it was to have: a line of evidence. */
  readonly remark?: string;
  readonly ticket?: never;
}

/** A request that may still lack its one-time ticket: `CheckContext.prepare` makes one of it that can be sent. */
export interface DraftRequest extends RequestParts {
  readonly ticket?: TicketOrder;
}

/** Who asks for the ticket of a handshake. */
export interface TicketOrder {
  /** Who says that they ask, from where. */
  readonly headers: RequestParts["headers"];
  /** It is asked by somebody else than who makes normal connections: then being given none is an answer, and the handshake goes without. */
  readonly isOther: boolean;
  /** The origin of a page that may read the answer only where it is allowed to (CORS); null where it need not ask. */
  readonly foreignOrigin: string | null;
}

interface RequestParts {
  readonly method: string;
  readonly path: string;
  /** Default: `HTTP/1.1`. */
  readonly version?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** How a request differs from the one that the control made. */
export interface HandshakeChange {
  /** Another Origin; null sends none. */
  readonly origin?: string | null;
  /** Headers with other values, or new ones; null takes one away. Names are matched without case. */
  readonly set?: Readonly<Record<string, string | null>>;
  /** Headers to send besides, even if they are there already: duplicates. */
  readonly add?: readonly (readonly [name: string, value: string])[];
  /**
   * Send what the user gave to be known by: headers, and tokens in the query and in subprotocols. `ambient`: only what a browser sends for a
   * page of any site. Default: true.
   */
  readonly credentials?: boolean | "ambient";
  readonly method?: string;
  /** Path and query. */
  readonly path?: string;
  readonly version?: string;
  /** This one in place of one that is fetched; null: none. Without --ticket there never is any. */
  readonly ticket?: string | null;
  /** Subprotocols to offer; none: the header is not sent. Default: what the user gave. */
  readonly subprotocols?: readonly string[];
}

/** A fresh `Sec-WebSocket-Key` (RFC 6455 4.1). */
export function createKey(): string {
  return randomBytes(16).toString("base64");
}

/** The `Sec-WebSocket-Accept` that answers a key (RFC 6455 4.2.2). */
export function acceptOf(key: string): string {
  return createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
}

/** The bytes of a request's head. */
export function serializeRequest({ method, path, version = "HTTP/1.1", headers }: RawRequest): Buffer {
  const fields = headers.map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return Buffer.from(`${method} ${path} ${version}\r\n${fields}\r\n`, "latin1");
}

/** Headers that every handshake has alike, which only make evidence longer. */
const USUAL = new Map([
  ["connection", "Upgrade"],
  ["upgrade", "websocket"],
  ["sec-websocket-version", "13"],
]);
/** Headers of a request that evidence shows. */
const MAX_SHOWN = 12;

/** A request as lines of evidence: without what is the same in every handshake. */
export function describeRequest({
  method,
  path,
  version = "HTTP/1.1",
  headers,
  remark,
}: RawRequest): readonly string[] {
  const shown = headers.filter(isUnusual).map(([name, value]) => `${name}: ${value}`);
  const more = shown.length > MAX_SHOWN ? [`(${shown.length - MAX_SHOWN} headers more)`] : [];
  const remarks = remark === undefined ? [] : [`(${remark})`];
  return [`${method} ${path} ${version}`, ...shown.slice(0, MAX_SHOWN), ...more, ...remarks];
}

function isUnusual([name, value]: readonly [name: string, value: string]): boolean {
  return USUAL.get(name.toLowerCase()) !== value && !/^(user-agent|sec-websocket-key)$/i.test(name);
}

/** A list of headers in which some have other values, are new, or are gone. */
export function withHeaders(
  headers: RequestParts["headers"],
  set: NonNullable<HandshakeChange["set"]>,
): RequestParts["headers"] {
  const changes = new Map(Object.entries(set).map(([name, value]) => [name.toLowerCase(), { name, value }]));
  const kept = headers.flatMap(([name, value]) => {
    const change = changes.get(name.toLowerCase());
    changes.delete(name.toLowerCase());
    if (change === undefined) return [[name, value] as const];
    return change.value === null ? [] : [[name, change.value] as const];
  });
  const added = [...changes.values()].flatMap(({ name, value }) =>
    value === null ? [] : [[name, value] as const],
  );
  return [...kept, ...added];
}
