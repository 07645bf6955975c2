import {
  checkFraming,
  checkNoBody,
  checkPlainMethod,
  checkVersion,
  readOffers,
  type PlainRequest,
  type UpgradeRequest,
} from "./handshake-request.ts";
import { type HandshakeViolation, handshakeViolation, quoteForDetail } from "./handshake-violation.ts";
import { HeaderList } from "./header-list.ts";
import { checkHead, checkSingle, readAddress, type RequestHead } from "./request-head.ts";

/** A request of HTTP/2 in the terms of HTTP/1.1. */
export interface Http2Head extends RequestHead {
  /** `:protocol` (RFC 8441 4), or `null` where there is none. */
  readonly protocol: string | null;
  readonly scheme: string;
  /** What HTTP/2 itself forbids and a parser may have let through; `null`: nothing. */
  readonly fault: HandshakeViolation | null;
}

const PSEUDO: ReadonlySet<string> = new Set([":method", ":scheme", ":authority", ":path", ":protocol"]);

/** Fields of one connection, which HTTP/2 does not have (RFC 9113 8.2.2). */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** RFC 8441 5: not used over HTTP/2. Some proxies leave the first one where they found it; our own takes its place. */
const NOT_USED: ReadonlySet<string> = new Set(["sec-websocket-accept", "sec-websocket-key"]);

/**
 * Turns the fields of an HTTP/2 request into what HTTP/1.1 would have brought: `:authority` becomes `Host` (RFC 9113 8.3.1),
 * and the `cookie` fields become one (8.2.3). Never throws; what is wrong is the head's `fault`: a pseudo-header that is
 * unknown, stands twice or behind other fields; a name in upper case; a field of HTTP/1.1 connections; a `Host` that differs.
 *
 * @param raw name, value, name, value, …, in order, pseudo-headers included
 * @param added fields that go to the application besides, as such a list: a fresh key, how its body is framed
 */
export function readHttp2Head(raw: readonly string[], added: readonly string[] = []): Http2Head {
  const all = [...pairsOf(raw)];
  const pseudo = new Map(all.filter(([name]) => name.startsWith(":")));
  const fields = all.filter(([name]) => !name.startsWith(":"));
  const authority = pseudo.get(":authority");
  const host = authority === undefined ? [] : ["host", authority];
  const kept = fields.filter(
    ([name]) => name !== "cookie" && !NOT_USED.has(name) && (name !== "host" || authority === undefined),
  );
  const crumbs = fields.filter(([name]) => name === "cookie").map(([, value]) => value);
  const cookie = crumbs.length === 0 ? [] : ["cookie", crumbs.join("; ")];
  return {
    method: pseudo.get(":method") ?? "",
    httpVersion: "2.0",
    target: pseudo.get(":path") ?? "",
    headers: new HeaderList([...host, ...kept.flat(), ...cookie, ...added]),
    protocol: pseudo.get(":protocol") ?? null,
    scheme: pseudo.get(":scheme") ?? "",
    fault: pseudoFault(all) ?? fieldsFault(fields, authority),
  };
}

function* pairsOf(raw: readonly string[]): Generator<readonly [name: string, value: string]> {
  for (const [index, name] of raw.entries()) if (index % 2 === 0) yield [name, raw[index + 1] ?? ""];
}

/** RFC 9113 8.3: known, once, and before every other field. */
function pseudoFault(all: readonly (readonly [string, string])[]): HandshakeViolation | null {
  const names = all.map(([name]) => name);
  const first = names.findIndex((name) => !name.startsWith(":"));
  const found = names.find(
    (name, index) =>
      name.startsWith(":") &&
      (!PSEUDO.has(name) || names.indexOf(name) !== index || (first !== -1 && index > first)),
  );
  return found === undefined
    ? null
    : handshakeViolation(
        "handshake.syntax",
        `the pseudo-header ${quoteForDetail(found)} may not stand there`,
      );
}

function fieldsFault(
  fields: readonly (readonly [string, string])[],
  authority: string | undefined,
): HandshakeViolation | null {
  for (const [name, value] of fields) {
    if (/[A-Z]/.test(name))
      return handshakeViolation("handshake.syntax", `header name ${quoteForDetail(name)} (RFC 9113 8.2)`);
    if (CONNECTION_FIELDS.has(name) || (name === "te" && value.toLowerCase() !== "trailers"))
      return handshakeViolation("handshake.connection", `${name} in HTTP/2 (RFC 9113 8.2.2)`);
    if (name === "host" && authority !== undefined && value !== authority)
      return handshakeViolation("handshake.host", "Host differs from :authority (RFC 9113 8.3.1)");
  }
  return null;
}

/**
 * Checks an extended CONNECT (RFC 8441 4 and 5) as `checkUpgrade` does an upgrade: what HTTP/1.1 says by its method,
 * `Upgrade` and `Connection` is said by `:protocol: websocket`. Never throws.
 *
 * @param head with the key that goes to the application among its fields
 */
export function checkExtendedConnect(head: Http2Head): UpgradeRequest | HandshakeViolation {
  const fault =
    head.fault ??
    checkHead(head) ??
    checkConnect(head) ??
    checkScheme(head) ??
    checkSingle(head.headers, ["origin", "authorization", "content-length"]) ??
    checkNoBody(head.headers) ??
    checkVersion(head.headers);
  if (fault !== null) return fault;
  const address = readAddress(head);
  return address.ok
    ? readOffers(head.headers, head.headers.get("sec-websocket-key") ?? "", address)
    : address;
}

function checkConnect({ method, protocol }: Http2Head): HandshakeViolation | null {
  if (method !== "CONNECT")
    return handshakeViolation("handshake.method", `:protocol with method ${quoteForDetail(method)}`);
  return protocol === "websocket"
    ? null
    : handshakeViolation("handshake.upgrade", `:protocol ${quoteForDetail(protocol ?? "")}`);
}

/** RFC 8441 5: `https` for `wss`. We speak HTTP/2 over TLS alone. */
function checkScheme({ scheme }: Http2Head): HandshakeViolation | null {
  return scheme === "https"
    ? null
    : handshakeViolation("handshake.target", `:scheme ${quoteForDetail(scheme)}`);
}

/** Checks a plain request of HTTP/2 as `checkPlainRequest` does one of HTTP/1.1. Never throws. */
export function checkHttp2Request(head: Http2Head): PlainRequest | HandshakeViolation {
  const fault =
    head.fault ??
    checkHead(head) ??
    checkPlainMethod(head) ??
    checkScheme(head) ??
    checkSingle(head.headers, ["origin", "authorization", "content-length", "transfer-encoding"]) ??
    checkFraming({ ...head, httpVersion: "1.1" });
  return fault ?? readAddress(head);
}
