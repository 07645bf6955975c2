import { type HandshakeViolation, handshakeViolation } from "./handshake-violation.ts";

/** What {@link parseHost} returns. */
export type ParsedHost =
  | {
      readonly ok: true;
      /** In lower case, without a trailing dot; an IPv6 literal is in its shortest form and keeps its brackets. */
      readonly host: string;
      /** `null` where none was written. */
      readonly port: number | null;
    }
  | HandshakeViolation;

/** Characters of a name in the DNS, without the trailing dot (RFC 1035 2.3.4: 255 octets with its length bytes). */
const MAX_NAME = 253;

/** A label (RFC 1035 2.3.1), and `_`, which names inside of container networks use. */
const LABEL = /^[0-9a-z_-]{1,63}$/;

/**
 * Reads a `Host` value (RFC 9110 7.2). Refuses, as `handshake.host`: an empty value, userinfo, spaces, escapes,
 * non-ASCII names (IDN comes as `xn--`), empty labels, numbers that only some readers take for an IPv4 address
 * (`127.1`, `0x7f.1`), a broken IPv6 literal or a zone, an empty port, port 0 and ports above 65535.
 * Details never quote the value, which may hold userinfo.
 */
export function parseHost(value: string): ParsedHost {
  const { name, port } = splitPort(value);
  const host = parseHostName(name.replace(/(?<=[^\]])\.$/, ""));
  if (host === null) return refuse("the name is not a host name or an IP address");
  if (port === null) return { ok: true, host, port };
  const number = parsePort(port);
  return number === null
    ? refuse("the port is not a number from 1 to 65535")
    : { ok: true, host, port: number };
}

/** Cuts at the first colon outside of brackets; `port` is `null` without one. Checks neither part. */
export function splitPort(authority: string): { readonly name: string; readonly port: string | null } {
  const colon = authority.indexOf(":", Math.max(authority.lastIndexOf("]"), 0));
  if (colon === -1) return { name: authority, port: null };
  return { name: authority.slice(0, colon), port: authority.slice(colon + 1) };
}

/** A port from 1 to 65535 in its shortest decimal form, or `null`. */
export function parsePort(text: string): number | null {
  return /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535 ? Number(text) : null;
}

/** A host name, IPv4 address or bracketed IPv6 literal in its normal form, or `null` where it is none of them. */
export function parseHostName(text: string): string | null {
  // Before lower case: a Kelvin sign would become a plain k.
  if (!/^[!-~]+$/.test(text)) return null;
  const name = text.toLowerCase();
  if (name.startsWith("[")) return parseIpv6(name);
  const labels = name.split(".");
  if (name.length > MAX_NAME || !labels.every((label) => LABEL.test(label))) return null;
  return ENDS_IN_NUMBER.test(name) && !isIpv4(labels) ? null : name;
}

/** Names that URL readers take for an IPv4 address, in whatever notation (URL Standard, "ends in a number"). */
const ENDS_IN_NUMBER = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/;

function isIpv4(labels: readonly string[]): boolean {
  return (
    labels.length === 4 &&
    labels.every((label) => /^(?:0|[1-9][0-9]{0,2})$/.test(label) && Number(label) < 256)
  );
}

/** The longest IPv6 literal has 45 characters (RFC 4291 2.2, form 3), and two brackets. */
const IPV6 = /^\[[0-9a-f:.]{2,45}\]$/;

/** Through the platform's URL reader, a pure function that knows RFC 4291 and writes the form of RFC 5952. */
function parseIpv6(literal: string): string | null {
  return IPV6.test(literal) ? (URL.parse(`http://${literal}/`)?.hostname ?? null) : null;
}

function refuse(what: string): HandshakeViolation {
  return handshakeViolation("handshake.host", `Host: ${what}`);
}
