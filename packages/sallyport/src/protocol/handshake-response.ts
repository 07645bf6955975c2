import { hash } from "node:crypto";
import { type Extension, parseExtensions, serializeExtensions } from "./extensions.ts";
import { quoteForDetail } from "./handshake-violation.ts";
import type { HeaderList } from "./header-list.ts";
import { acceptDeflate, type AcceptedDeflate, type Deflate, type DeflatePins } from "./permessage-deflate.ts";
import { reasonPhrase } from "./reason-phrase.ts";
import { connectionOptions, isFieldValue } from "./request-head.ts";
import { isToken } from "./token.ts";

/** Header fields to write: name and value, in order. */
export type FieldLines = readonly (readonly [name: string, value: string])[];

/** RFC 6455 1.3: what proves that the answer comes from one who knows WebSockets. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The `Sec-WebSocket-Accept` that belongs to a `Sec-WebSocket-Key` (RFC 6455 4.2.2 item 5.4). */
export function acceptKey(key: string): string {
  return hash("sha1", key + GUID, "base64");
}

/** What {@link serializeUpgradeResponse} writes. */
export interface UpgradeResponse {
  /** The client's `Sec-WebSocket-Key`. */
  readonly key: string;
  /** The chosen subprotocol, or `null` for none. */
  readonly subprotocol: string | null;
  /** Extensions in force; none by default. */
  readonly extensions?: readonly Extension[];
  /** More fields, such as the application's `Set-Cookie`. None of those that the handshake itself writes. */
  readonly headers?: FieldLines;
}

/** Fields that end the upgrade or change who the bytes belong to: ours alone. */
const OWN_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "transfer-encoding",
  "upgrade",
]);

/**
 * The head of a 101 answer (RFC 6455 4.2.2 item 5), to be written as latin1.
 * @throws {TypeError} our own fault: a field that is not HTTP (such as one with a line end), or one of our own
 */
export function serializeUpgradeResponse(response: UpgradeResponse): string {
  const { key, subprotocol, extensions = [], headers = [] } = response;
  const own = headers.find(([name]) => OWN_FIELDS.has(name.toLowerCase()));
  if (own !== undefined) throw new TypeError(`the handshake itself writes ${own[0]}`);
  return serializeHead(101, [
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Accept", acceptKey(key)],
    ...(subprotocol === null ? [] : [["Sec-WebSocket-Protocol", subprotocol] as const]),
    ...(extensions.length === 0
      ? []
      : [["Sec-WebSocket-Extensions", serializeExtensions(extensions)] as const]),
    ...headers,
  ]);
}

/** What {@link serializeRefusal} writes. */
export interface Refusal {
  readonly status: number;
  /** The id under which the operator finds the reason. */
  readonly incident: string;
  /** More fields, such as `Retry-After` or `WWW-Authenticate`. */
  readonly headers?: FieldLines;
}

/** The fields and the body of a refusal. The body is ASCII: its length in characters is its length in bytes. */
export interface RefusalParts {
  readonly fields: FieldLines;
  readonly body: string;
}

/**
 * What a refused peer is answered. The body is a problem document (RFC 9457) with the status and the incident id: nothing
 * about the reason reaches the peer. The connection ends with it.
 */
export function refusalParts({ status, incident, headers = [] }: Refusal): RefusalParts {
  const problem = { type: "about:blank", title: reasonPhrase(status), status, incident };
  const body = JSON.stringify(problem).replace(/[^ -~]/g, escapeUnit);
  const fields: FieldLines = [
    ["Connection", status === 426 ? "close, Upgrade" : "close"],
    ["Content-Type", "application/problem+json"],
    ["Content-Length", String(body.length)],
    ["Cache-Control", "no-store"],
    ...statusFields(status),
    ...headers,
  ];
  return { fields, body };
}

/**
 * A whole answer that refuses a request, to be written as latin1.
 * @throws {TypeError} our own fault: a field that is not HTTP, such as one with a line end
 */
export function serializeRefusal(refusal: Refusal): string {
  const { fields, body } = refusalParts(refusal);
  return serializeHead(refusal.status, fields) + body;
}

/** An answer of the application that goes to the client as it is, on a connection that ends with it. */
export interface RelayedAnswer {
  readonly status: number;
  /** Without hop-by-hop fields and without a length. */
  readonly headers: FieldLines;
  readonly body: Uint8Array;
}

/**
 * The head of an answer that is passed on, to be written as latin1, with the length of its body.
 * @throws {TypeError} our own fault: a field that is not HTTP, such as one with a line end
 */
export function serializeAnswerHead({ status, headers, body }: RelayedAnswer): string {
  return serializeHead(status, [
    ...headers,
    ["Connection", "close"],
    ["Content-Length", String(body.length)],
  ]);
}

/** JSON's own escape, so that the body is ASCII and its length in characters is its length in bytes. */
function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** What a status asks for: RFC 9110 15.5.6 and 15.5.22, RFC 6455 4.2.2 (the version that we speak). */
function statusFields(status: number): FieldLines {
  if (status === 405) return [["Allow", "GET"]];
  if (status !== 426) return [];
  return [
    ["Upgrade", "websocket"],
    ["Sec-WebSocket-Version", "13"],
  ];
}

function serializeHead(status: number, fields: FieldLines): string {
  const bad = fields.find(([name, value]) => !isToken(name) || !isFieldValue(value));
  if (bad !== undefined) throw new TypeError(`not a header field: ${quoteForDetail(bad[0])}`);
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${reasonPhrase(status)}\r\n${lines.join("")}\r\n`;
}

/** What the upstream answered to our upgrade request. */
export interface UpstreamAnswer {
  readonly statusCode: number;
  readonly headers: HeaderList;
  /** The `Sec-WebSocket-Key` that it was sent. */
  readonly key: string;
  /** The subprotocols that it was offered. */
  readonly offeredSubprotocols: readonly string[];
  /** The extensions that it was offered: permessage-deflate, or none. */
  readonly offeredExtensions: readonly Extension[];
  /** The sides that must begin each compressed message afresh. */
  readonly pins: DeflatePins;
}

/** An upstream's answer that holds. */
export interface CheckedAnswer {
  readonly ok: true;
  /** The subprotocol that it chose; `null` for none. */
  readonly subprotocol: string | null;
  /** The compression that it chose; `null` for none. */
  readonly deflate: Deflate | null;
}

/** What is wrong with an upstream's answer. */
export interface UpstreamFault {
  readonly ok: false;
  readonly code: "upstream.bad-answer" | "subprotocol.upstream-choice";
  /** For the operator alone. */
  readonly detail: string;
}

/**
 * Checks an upstream's answer to an upgrade, by the client's rules of RFC 6455 4.1: a 101, the right `Upgrade`, `Connection`
 * and `Sec-WebSocket-Accept`, at most one subprotocol and one extension, and those offered (RFC 7692 7.1). The Accept is what
 * keeps a plain HTTP answer, or another request's, from being taken for a socket.
 */
export function checkUpgradeResponse(answer: UpstreamAnswer): CheckedAnswer | UpstreamFault {
  const fault = answerFault(answer);
  if (fault !== null) return { ok: false, code: "upstream.bad-answer", detail: fault };
  const compression = readCompression(answer);
  if (!compression.ok) return { ...compression, code: "upstream.bad-answer" };
  const { deflate } = compression;
  const [chosen = null, ...others] = answer.headers.all("sec-websocket-protocol");
  if (others.length > 0) return badChoice(`${others.length + 1} Sec-WebSocket-Protocol fields`);
  if (chosen === null || answer.offeredSubprotocols.includes(chosen))
    return { ok: true, subprotocol: chosen, deflate };
  return badChoice(`it chose ${quoteForDetail(chosen)}, which it was not offered`);
}

function readCompression({ headers, offeredExtensions, pins }: UpstreamAnswer): AcceptedDeflate {
  const parsed = parseExtensions(headers.all("sec-websocket-extensions"));
  return parsed.ok ? acceptDeflate(parsed.extensions, offeredExtensions, pins) : parsed;
}

function badChoice(detail: string): UpstreamFault {
  return { ok: false, code: "subprotocol.upstream-choice", detail };
}

function answerFault({ statusCode, headers, key }: UpstreamAnswer): string | null {
  if (statusCode !== 101) return `status ${statusCode}, not 101`;
  const upgrade = headers.all("upgrade");
  if (upgrade.length !== 1 || upgrade[0]?.toLowerCase() !== "websocket") return "Upgrade is not `websocket`";
  if (!connectionOptions(headers).includes("upgrade")) return "Connection lacks `Upgrade`";
  const accept = headers.all("sec-websocket-accept");
  if (accept.length !== 1) return `${accept.length} Sec-WebSocket-Accept fields`;
  return accept[0] === acceptKey(key)
    ? null
    : "Sec-WebSocket-Accept does not belong to the key that was sent";
}
