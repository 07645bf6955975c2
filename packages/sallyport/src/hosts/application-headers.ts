import type { Handshake } from "../guards/guard.ts";
import type { HeaderList } from "../protocol/header-list.ts";

/** Fields that end at the gate: hop-by-hop (RFC 9110 7.6.1), written anew, or claims that only the gate may make. */
const ENDS_HERE: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "forwarded",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-real-ip",
]);

/** Written anew where the handshake has a place in a trace of ours (W3C Trace Context 3.4). */
const TRACE_FIELDS: ReadonlySet<string> = new Set(["traceparent", "tracestate"]);

const ENDS_HERE_PREFIXES: readonly string[] = ["sallyport-", "x-forwarded-"];

/** What the gate itself says to the application. */
export interface GateFields {
  /** The session's id; `null` on plain HTTP. */
  readonly session: string | null;
  /** The signed statement of who the caller is; `null`: who reads it knows. */
  readonly identity: string | null;
}

/**
 * The fields that go to the application, as a flat list of names and values: the client's own, in order, without what ends
 * here; then who the client is as far as the gate believes it (`Forwarded`, RFC 7239, and `X-Forwarded-*`) and
 * `Sallyport-*`.
 */
export function applicationHeaders(handshake: Handshake, gate: GateFields): string[] {
  const fields: string[] = [];
  const { trace } = handshake;
  for (const [name, value] of handshake.request.headers.entries()) {
    if (endsHere(name) || handshake.strippedHeaders.has(name)) continue;
    if (trace !== undefined && TRACE_FIELDS.has(name)) continue;
    const kept = name === "cookie" ? withoutCookies(value, handshake.strippedCookies) : value;
    if (kept !== "" || name !== "cookie") fields.push(name, kept);
  }
  const { address, host, secure } = handshake.request;
  const proto = secure ? "https" : "http";
  const authority = handshake.request.headers.get("host") ?? host;
  const node = address.includes(":") ? `"[${address}]"` : address;
  fields.push("Forwarded", `for=${node};host="${authority}";proto=${proto}`);
  fields.push("X-Forwarded-For", address, "X-Forwarded-Host", authority, "X-Forwarded-Proto", proto);
  if (trace !== undefined) fields.push(...trace.fields);
  if (gate.session !== null) fields.push("Sallyport-Session", gate.session);
  if (gate.identity !== null) fields.push("Sallyport-Identity", gate.identity);
  return fields;
}

/** Fields of the application's answer that are the gate's own to write, or end here. */
const ANSWER_ENDS_HERE: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "sec-websocket-version",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** The fields of the application's answer that the client gets: its cookies, its own fields. */
export function answerHeaders(headers: HeaderList): [string, string][] {
  return [...headers.entries()].filter(([name]) => !ANSWER_ENDS_HERE.has(name));
}

/** The path and query that go to the application: the prefix of its URL, the normalised path, the query without credentials. */
export function applicationTarget(handshake: Handshake, pathPrefix: string): string {
  const { path, query } = handshake.request;
  const kept = withoutParameters(query, handshake.strippedQuery);
  return `${pathPrefix}${path}${kept === "" ? "" : `?${kept}`}`;
}

/**
 * Whatever is not a letter or digit counts as a hyphen: CGI and WSGI applications cannot tell `X_Forwarded_For`, or even
 * `X.Forwarded.For`, from `X-Forwarded-For`.
 */
function endsHere(field: string): boolean {
  const name = field.replace(/[^a-z0-9]/g, "-");
  return ENDS_HERE.has(name) || ENDS_HERE_PREFIXES.some((prefix) => name.startsWith(prefix));
}

function withoutCookies(header: string, names: ReadonlySet<string>): string {
  if (names.size === 0) return header;
  return header
    .split(";")
    .filter((pair) => !names.has((pair.split("=", 1)[0] ?? "").trim()))
    .join(";")
    .trim();
}

function withoutParameters(query: string, names: ReadonlySet<string>): string {
  if (names.size === 0) return query;
  return query
    .split("&")
    .filter((pair) => !names.has(nameOf(pair)))
    .join("&");
}

function nameOf(pair: string): string {
  return new URLSearchParams(pair).keys().next().value ?? "";
}
