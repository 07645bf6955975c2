import { Buffer, isUtf8 } from "node:buffer";
import { type HandshakeViolation, handshakeViolation } from "./handshake-violation.ts";

/** What {@link parseRequestTarget} returns. `query` is without its `?`, and empty where there is none. */
export type ParsedTarget =
  | { readonly ok: true; readonly path: string; readonly query: string }
  | HandshakeViolation;

/** What may stand in a path: `pchar` (RFC 3986 3.3) without `;`, and `[ ] ^ |`, which browsers do not encode. */
const PATH = /^[0-9A-Za-z._~!$&'()*+,=:@[\]^|%/-]*$/;

/** What may stand in a query: printable ASCII without `#`. Browsers leave more as it is than RFC 3986 3.4 lists. */
const QUERY = /^[!"$-~]*$/;

/** Escaped `/ \ % ;` and control bytes: some servers read them as the plain byte and some do not (RFC 3986 2.2). */
const FORBIDDEN_ESCAPE = /%(?:2f|5c|25|3b|7f|[01][0-9a-f])/i;

/** RFC 3986 2.3: these mean the same escaped or not, and the plain form is the normal one. */
const UNRESERVED = /^[0-9A-Za-z._~-]$/;

const ESCAPE = /%([0-9A-Fa-f]{2})/g;

/**
 * Reads a request target in origin-form (RFC 9112 3.2.1), and normalises its path once: escaped unreserved characters
 * become plain (RFC 3986 6.2.2.2), other escapes get upper-case digits (6.2.2.1). This path routes, and this path is
 * forwarded, so that no second reading can differ.
 *
 * Refuses, as `handshake.target`: absolute-form, authority-form and `*`; `//`, dot segments (also escaped), a
 * backslash, `;`, `#`, control and non-ASCII bytes; an escaped slash, backslash, percent sign, semicolon or control
 * byte in the path; escapes that are not two hex digits, or that are not UTF-8. The query goes on untouched.
 * Details never quote the target, which may hold credentials.
 */
export function parseRequestTarget(target: string): ParsedTarget {
  const mark = target.indexOf("?");
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? "" : target.slice(mark + 1);
  const path = rawPath.replace(ESCAPE, normaliseEscape);
  const fault = pathFault(rawPath) ?? segmentFault(path) ?? queryFault(query);
  return fault === null
    ? { ok: true, path, query }
    : handshakeViolation("handshake.target", `request target: ${fault}`);
}

function normaliseEscape(escape: string, digits: string): string {
  const character = String.fromCharCode(Number.parseInt(digits, 16));
  return UNRESERVED.test(character) ? character : escape.toUpperCase();
}

function pathFault(path: string): string | null {
  if (!path.startsWith("/")) return "it does not begin with a slash (origin-form)";
  if (!PATH.test(path)) return "the path holds a character that may not stand there";
  if (FORBIDDEN_ESCAPE.test(path)) return "the path holds an escaped slash, backslash, %, ; or control byte";
  return escapeFault(path);
}

function segmentFault(path: string): string | null {
  if (path.includes("//")) return "the path holds an empty segment (//)";
  const dots = path.split("/").some((segment) => segment === "." || segment === "..");
  return dots ? "the path holds a dot segment" : null;
}

function queryFault(query: string): string | null {
  return QUERY.test(query) ? escapeFault(query) : "the query holds a character that may not stand there";
}

/** @param text ASCII only, so that an escaped code point which plain text interrupts is not UTF-8 */
function escapeFault(text: string): string | null {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return "a percent sign stands without two hex digits (RFC 3986 2.1)";
  const octets = text.replace(ESCAPE, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
  return isUtf8(Buffer.from(octets, "latin1")) ? null : "its escapes are not UTF-8 (RFC 3629 3)";
}
