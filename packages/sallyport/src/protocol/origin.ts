import { parseHostName, parsePort, splitPort } from "./host.ts";

/** What {@link parseOrigin} returns. */
export type ParsedOrigin =
  | {
      readonly kind: "origin";
      readonly scheme: string;
      /** Empty only for `file://`. An IPv6 literal keeps its brackets. */
      readonly host: string;
      /** As written, or the scheme's default; `null` where the scheme has none. */
      readonly port: number | null;
    }
  | { readonly kind: "null" }
  | { readonly kind: "malformed" };

const DEFAULT_PORTS: ReadonlyMap<string, number> = new Map([
  ["http", 80],
  ["ws", 80],
  ["https", 443],
  ["wss", 443],
]);

const malformed: ParsedOrigin = { kind: "malformed" };

/**
 * Reads an `Origin` value (RFC 6454 7). Only the form that browsers write is an origin (RFC 6454 6.2): a lower-case
 * scheme, `://`, a lower-case host, a port where it is not the scheme's own, and nothing after. Whatever differs is
 * `malformed`, so that comparing can be exact: userinfo, a path, `#`, a backtick, spaces, a trailing dot, upper case,
 * `:443` behind `https`, IDN that is not `xn--`, an IPv6 literal in a longer form than needed, and lists of origins.
 * `null` is a kind of its own: many unrelated pages share it.
 */
export function parseOrigin(value: string): ParsedOrigin {
  if (value === "null") return { kind: "null" };
  const separator = value.indexOf("://");
  const scheme = value.slice(0, Math.max(separator, 0));
  if (!/^[a-z][0-9a-z+.-]*$/.test(scheme)) return malformed;
  const authority = value.slice(separator + 3);
  if (authority === "" && scheme === "file") return { kind: "origin", scheme, host: "", port: null };
  return parseAuthority(scheme, authority);
}

function parseAuthority(scheme: string, authority: string): ParsedOrigin {
  const { name, port } = splitPort(authority);
  if (parseHostName(name) !== name) return malformed;
  const usual = DEFAULT_PORTS.get(scheme) ?? null;
  if (port === null) return { kind: "origin", scheme, host: name, port: usual };
  const number = parsePort(port);
  return number === null || number === usual
    ? malformed
    : { kind: "origin", scheme, host: name, port: number };
}
