import { type HandshakeViolation, handshakeViolation, quoteForDetail } from "./handshake-violation.ts";
import type { HeaderList } from "./header-list.ts";
import { parseHost } from "./host.ts";
import { parseRequestTarget } from "./request-target.ts";
import { isToken, splitList } from "./token.ts";

/** A request as the HTTP parser read it, before anything was joined, dropped or normalised. */
export interface RequestHead {
  readonly method: string;
  /** Such as `1.1`. */
  readonly httpVersion: string;
  /** The target of the request line, as it came. */
  readonly target: string;
  readonly headers: HeaderList;
}

/** Whom a request addresses, in the one form that routes and that is forwarded. */
export interface RequestAddress {
  /** Normalised, see `parseRequestTarget`. */
  readonly path: string;
  /** Without `?`; empty where there is none. */
  readonly query: string;
  /** Lower case, without a trailing dot; an IPv6 literal keeps its brackets. */
  readonly host: string;
  /** `null` where `Host` names none. */
  readonly hostPort: number | null;
}

/** Fields of one request. Browsers behind two proxies send about 40; 100 is what common servers take. */
export const MAX_HEADERS = 100;

/** Bytes of all names and values, each with the 4 bytes of `: ` and CRLF: 16 KiB, the limit of Node's own parser. */
export const MAX_HEADER_BYTES = 16_384;

/** Bytes of the request target: RFC 9112 3 recommends at least 8000. */
export const MAX_TARGET_BYTES = 8192;

/**
 * Whether the size and the syntax of a head are in order. Reports `handshake.target-too-long`,
 * `handshake.headers-too-large`, and `handshake.syntax` for a name that is not a token (RFC 9112 5.1: so also a space
 * before the colon) and for control bytes in a value (RFC 9110 5.5: so also NUL, and a folded line).
 */
export function checkHead({ target, headers }: RequestHead): HandshakeViolation | null {
  if (target.length > MAX_TARGET_BYTES) {
    return handshakeViolation(
      "handshake.target-too-long",
      `${target.length} bytes, ${MAX_TARGET_BYTES} may be`,
    );
  }
  if (headers.size > MAX_HEADERS) {
    return handshakeViolation("handshake.headers-too-large", `${headers.size} fields, ${MAX_HEADERS} may be`);
  }
  return checkFields(headers);
}

function checkFields(headers: HeaderList): HandshakeViolation | null {
  let bytes = 0;
  for (const [name, value] of headers.entries()) {
    bytes += name.length + value.length + 4;
    if (bytes > MAX_HEADER_BYTES) {
      return handshakeViolation(
        "handshake.headers-too-large",
        `more than ${MAX_HEADER_BYTES} bytes of headers`,
      );
    }
    if (!isToken(name)) return handshakeViolation("handshake.syntax", `header name ${quoteForDetail(name)}`);
    if (!isFieldValue(value)) {
      return handshakeViolation("handshake.syntax", `header ${quoteForDetail(name)} holds a control byte`);
    }
  }
  return null;
}

/**
 * Whether a value may stand in a header: printable ASCII, space, tab and the octets 0x80 to 0xFF (RFC 9110 5.5).
 * Characters above U+00FF are none of these: written as single bytes they could become a line end.
 */
export function isFieldValue(value: string): boolean {
  return /^[\t -~\x80-\xff]*$/.test(value);
}

/** Reads `Host` and the target. Reports `handshake.host` (also for none or two, RFC 9112 3.2) and `handshake.target`. */
export function readAddress(
  head: RequestHead,
): ({ readonly ok: true } & RequestAddress) | HandshakeViolation {
  const target = parseRequestTarget(head.target);
  if (!target.ok) return target;
  const [value, ...others] = head.headers.all("host");
  if (value === undefined) return handshakeViolation("handshake.host", "no Host field");
  if (others.length > 0) return handshakeViolation("handshake.host", `${others.length + 1} Host fields`);
  const host = parseHost(value);
  if (!host.ok) return host;
  return { ok: true, path: target.path, query: target.query, host: host.host, hostPort: host.port };
}

/** Whether each of these headers stands at most once. Reports `handshake.duplicate-header`. @param names lower case */
export function checkSingle(headers: HeaderList, names: readonly string[]): HandshakeViolation | null {
  const repeated = names.find((name) => headers.all(name).length > 1);
  return repeated === undefined
    ? null
    : handshakeViolation("handshake.duplicate-header", `${headers.all(repeated).length} ${repeated} fields`);
}

/**
 * Whether `Connection` names nothing but these options. Every header that it names is taken out by the next hop
 * (RFC 9110 7.6.1), so that a client could delete `Origin`, `Authorization`, `Forwarded` or our own headers on their
 * way to the application: anything unlisted is refused, as `handshake.connection`. Empty elements are ignored
 * (RFC 9110 5.6.1.2). @param allowed lower case
 */
export function checkConnection(headers: HeaderList, allowed: readonly string[]): HandshakeViolation | null {
  const foreign = connectionOptions(headers).find((option) => !allowed.includes(option));
  return foreign === undefined
    ? null
    : handshakeViolation("handshake.connection", `Connection names ${quoteForDetail(foreign)}`);
}

/** The options of every `Connection` field in lower case, empty elements left out (RFC 9110 7.6.1). */
export function connectionOptions(headers: HeaderList): string[] {
  return splitList(headers.all("connection"))
    .filter((option) => option !== "")
    .map((option) => option.toLowerCase());
}
