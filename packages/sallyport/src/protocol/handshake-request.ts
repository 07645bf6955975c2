import { type Extension, parseExtensions } from "./extensions.ts";
import { type HandshakeViolation, handshakeViolation, quoteForDetail } from "./handshake-violation.ts";
import type { HeaderList } from "./header-list.ts";
import {
  checkConnection,
  checkHead,
  checkSingle,
  connectionOptions,
  readAddress,
  type RequestAddress,
  type RequestHead,
} from "./request-head.ts";
import { parseSubprotocols } from "./subprotocol.ts";

/** What a well-formed upgrade request asks for. */
export interface UpgradeRequest extends RequestAddress {
  readonly ok: true;
  /** `Sec-WebSocket-Key`, as it came. */
  readonly key: string;
  /** As offered, in order, credentials included. */
  readonly subprotocols: readonly string[];
  readonly extensions: readonly Extension[];
}

/** What a well-formed plain HTTP request asks for. */
export interface PlainRequest extends RequestAddress {
  readonly ok: true;
}

const KEY = /^[A-Za-z0-9+/]{22}==$/;

/**
 * Checks an upgrade request by RFC 6455 4.2.1, RFC 9110 and RFC 9112, from its raw headers: sizes first, then syntax,
 * then meaning, the first fault decides. Never throws. Every code that it reports is a `handshake.*` violation of the
 * registry. It does not look at what policies decide: routes, origins, credentials, and which extension is taken.
 */
export function checkUpgrade(head: RequestHead): UpgradeRequest | HandshakeViolation {
  const fault =
    checkHead(head) ??
    checkHttpVersion(head, ["1.1"]) ??
    checkMethod(head) ??
    checkUpgradeField(head.headers) ??
    checkUpgradeConnection(head.headers) ??
    checkSingle(head.headers, ["origin", "authorization", "content-length"]) ??
    checkNoBody(head.headers) ??
    checkVersion(head.headers);
  if (fault !== null) return fault;
  const key = readKey(head.headers);
  if (typeof key !== "string") return key;
  const address = readAddress(head);
  return address.ok ? readOffers(head.headers, key, address) : address;
}

/** Reads what a checked request offers. Reports `handshake.protocol-syntax` and `handshake.extension-syntax`. */
export function readOffers(
  headers: HeaderList,
  key: string,
  address: RequestAddress,
): UpgradeRequest | HandshakeViolation {
  const offered = parseSubprotocols(headers.all("sec-websocket-protocol"));
  if (!offered.ok) return offered;
  const parsed = parseExtensions(headers.all("sec-websocket-extensions"));
  if (!parsed.ok) return parsed;
  return { ...address, ok: true, key, subprotocols: offered.subprotocols, extensions: parsed.extensions };
}

/** RFC 6455 4.2.1 item 1. Below 1.1, Upgrade means nothing (RFC 9110 7.8). */
function checkHttpVersion(
  { httpVersion }: RequestHead,
  accepted: readonly string[],
): HandshakeViolation | null {
  if (accepted.includes(httpVersion)) return null;
  return handshakeViolation("handshake.http-version", `HTTP version ${quoteForDetail(httpVersion)}`);
}

/** RFC 6455 4.2.1 item 1. Methods are compared with case (RFC 9110 9.1). */
function checkMethod({ method }: RequestHead): HandshakeViolation | null {
  return method === "GET" ? null : handshakeViolation("handshake.method", `method ${quoteForDetail(method)}`);
}

/** RFC 6455 4.2.1 item 3. One field with one value: a list would let the next hop choose another protocol. */
function checkUpgradeField(headers: HeaderList): HandshakeViolation | null {
  if (headers.has("http2-settings")) return handshakeViolation("handshake.upgrade", "HTTP2-Settings (h2c)");
  const [value, ...others] = headers.all("upgrade");
  if (value === undefined) return handshakeViolation("handshake.upgrade", "no Upgrade field");
  if (others.length > 0)
    return handshakeViolation("handshake.upgrade", `${others.length + 1} Upgrade fields`);
  if (value.toLowerCase() === "websocket") return null;
  return handshakeViolation("handshake.upgrade", `Upgrade ${quoteForDetail(value)}`);
}

/** RFC 6455 4.2.1 item 4. */
function checkUpgradeConnection(headers: HeaderList): HandshakeViolation | null {
  const foreign = checkConnection(headers, ["upgrade", "keep-alive"]);
  if (foreign !== null) return foreign;
  if (connectionOptions(headers).includes("upgrade")) return null;
  return handshakeViolation("handshake.connection", "Connection lacks `Upgrade`");
}

/** An upgrade carries no body: what one hop takes for a body, the next may take for frames (RFC 9112 6.3, 11.2). */
export function checkNoBody(headers: HeaderList): HandshakeViolation | null {
  if (headers.has("transfer-encoding")) return handshakeViolation("handshake.body", "Transfer-Encoding");
  const length = headers.get("content-length") ?? "0";
  return length === "0"
    ? null
    : handshakeViolation("handshake.body", `Content-Length ${quoteForDetail(length)}`);
}

/** RFC 6455 4.2.1 item 6, 11.3.5: once, and exactly `13`. */
export function checkVersion(headers: HeaderList): HandshakeViolation | null {
  const values = headers.all("sec-websocket-version");
  if (values.length === 1 && values[0] === "13") return null;
  const found = values.length === 0 ? "none" : quoteForDetail(values.join(" and "));
  return handshakeViolation("handshake.version", `Sec-WebSocket-Version: ${found}`);
}

/** RFC 6455 4.2.1 item 5, 11.3.1: once, and 16 bytes in base64. Unused trailing bits may be anything. */
function readKey(headers: HeaderList): string | HandshakeViolation {
  const [key, ...others] = headers.all("sec-websocket-key");
  if (key === undefined) return handshakeViolation("handshake.key", "no Sec-WebSocket-Key");
  if (others.length > 0) return handshakeViolation("handshake.key", `${others.length + 1} keys`);
  return KEY.test(key) ? key : handshakeViolation("handshake.key", "the key is not 16 bytes in base64");
}

/**
 * Checks a plain HTTP request that is to be forwarded, so that the application reads it as we do. Never throws.
 * Besides what holds for upgrades (sizes, syntax, `Host`, target, repeated headers), refuses `CONNECT` and `TRACE`;
 * an `Upgrade` field, which the application could honour behind our back; every Connection option but `keep-alive`,
 * `close` and `TE`; and every framing of a body that two readers could read differently (RFC 9112 6.3).
 */
export function checkPlainRequest(head: RequestHead): PlainRequest | HandshakeViolation {
  const fault =
    checkHead(head) ??
    checkHttpVersion(head, ["1.0", "1.1"]) ??
    checkPlainMethod(head) ??
    checkNoUpgrade(head.headers) ??
    checkConnection(head.headers, ["keep-alive", "close", "te"]) ??
    checkSingle(head.headers, ["origin", "authorization", "content-length", "transfer-encoding"]) ??
    checkFraming(head);
  return fault ?? readAddress(head);
}

/** A plain request neither opens a tunnel nor asks for an echo of its credentials (RFC 9110 9.3.6, 9.3.8). */
export function checkPlainMethod({ method }: RequestHead): HandshakeViolation | null {
  const refused = method === "CONNECT" || method === "TRACE";
  return refused ? handshakeViolation("handshake.method", `method ${quoteForDetail(method)}`) : null;
}

function checkNoUpgrade(headers: HeaderList): HandshakeViolation | null {
  const name = ["upgrade", "http2-settings"].find((field) => headers.has(field));
  return name === undefined
    ? null
    : handshakeViolation("handshake.connection", `${name} without \`Connection: Upgrade\``);
}

/** RFC 9112 6.1 to 6.3: one length, or `chunked` alone in HTTP/1.1; never both. */
export function checkFraming({ httpVersion, headers }: RequestHead): HandshakeViolation | null {
  const coding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (coding === undefined) {
    if (length === undefined || /^[0-9]{1,15}$/.test(length)) return null;
    return handshakeViolation("handshake.body", `Content-Length ${quoteForDetail(length)}`);
  }
  if (length !== undefined)
    return handshakeViolation("handshake.body", "Content-Length and Transfer-Encoding");
  if (httpVersion === "1.1" && coding.toLowerCase() === "chunked") return null;
  return handshakeViolation("handshake.body", `Transfer-Encoding ${quoteForDetail(coding)}`);
}
