import ipaddr from "ipaddr.js";

/** A value that is nothing but a URL, also without a scheme or with slashes that only browsers accept. */
const WHOLE =
  /^\s*(?:url:|view-source:)?((?:[a-z][a-z0-9+.-]{1,20}:(?:[/\\]|%2f)|(?:https?|wss?|ftp):)[^\s"<>]+|\/\/[^\s"<>]+)\s*$/i;
/** A URL as the value of a parameter: `?url=http://…`. */
const PART = /[=]\s{0,8}((?:[a-z][a-z0-9+.-]{1,20}:)?\/\/[^\s"'<>&]+)/gi;
/** A URL in prose. */
const TEXT = /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s"'<>`]+)/gi;
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;

/** The expressions over a peer's text, for the test that proves them linear. */
export const targetPatterns: readonly RegExp[] = [WHOLE, PART, TEXT, SCHEME];

/** The IPv4 address inside an IPv6 one: mapped, compatible, translated (RFC 6052) or 6to4 (RFC 3056); `null`: none. */
function innerAddress(host: string): string | null {
  const bare = host.slice(1, -1);
  if (!ipaddr.IPv6.isValid(bare)) return null;
  const { parts } = ipaddr.IPv6.parse(bare);
  const isZero = (from: number, to: number): boolean => parts.slice(from, to).every((part) => part === 0);
  const at = (index: number): string => {
    const [high = 0, low = 0] = parts.slice(index, index + 2);
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  };
  if (parts[0] === 0x2002) return at(1);
  if (parts[0] === 0x64 && parts[1] === 0xff9b) return at(6);
  const mapped = isZero(0, 5) && parts[5] === 0xffff;
  const translated = isZero(0, 4) && parts[4] === 0xffff && parts[5] === 0;
  const compatible = isZero(0, 6) && parts[6] !== 0;
  return mapped || translated || compatible ? at(6) : null;
}

/** A URL's scheme, host and port as a fetcher reads them; `null`: it is none. */
function canonical(url: string): string | null {
  const scheme = SCHEME.exec(url)?.[1]?.toLowerCase() ?? "http";
  // Other schemes are read as if they were HTTP's: their hosts are not normalised by the URL parser, but are by those that connect.
  const rest = url.replace(SCHEME, "").replace(/^[/\\]*/, "//");
  const read = URL.parse(`http:${rest}`);
  if (read === null || read.hostname === "") return null;
  const host = read.hostname.replace(/\.$/, "");
  const inner = host.startsWith("[") ? innerAddress(host) : null;
  return `${scheme}://${inner ?? host}${read.port === "" ? "" : `:${read.port}`}/`;
}

/**
 * The URLs in a decoded value, each as `whole scheme://host:port/`, `part …` or `text …`: the whole value, the value of a parameter in
 * it, or somewhere in its text. Addresses are as the URL parser reads them: decimal, hexadecimal, octal, short and mapped
 * forms are one.
 */
export function findTargets(value: string): readonly string[] {
  const whole = WHOLE.exec(value)?.[1];
  const found: (readonly [string, string])[] = whole === undefined ? [] : [["whole", whole]];
  if (value.includes("//") && value.includes("="))
    for (const [, url = ""] of value.matchAll(PART)) found.push(["part", url]);
  if (value.includes("://")) for (const [, url = ""] of value.matchAll(TEXT)) found.push(["text", url]);
  return found.flatMap(([where, url]) => {
    const read = canonical(url);
    return read === null ? [] : [`${where} ${read}`];
  });
}
