/** Names and addresses of this machine, to which bytes travel over no network (RFC 6761 6.3). */
const LOCAL = /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/;

/** What a page has and Node has not. */
interface Page {
  readonly document?: { readonly baseURI: string };
  readonly location?: { readonly href: string };
}

const SCHEMES: Readonly<Record<string, string>> = { "http:": "ws:", "https:": "wss:" };

/** RFC 9110 5.6.2. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * The address of a WebSocket, resolved as the browser does: relative to the page, `https:` read as `wss:`.
 *
 * @throws {DOMException} `SecurityError` for anything but `wss:`, unless it is on this machine; `SyntaxError` for what is no
 *   address, and for one with a fragment, a user or a password
 */
export function parseSocketUrl(address: string | URL): URL {
  const { document, location }: Page = Object(globalThis);
  const base = document?.baseURI ?? location?.href;
  const url = URL.parse(String(address), base);
  if (url !== null) url.protocol = SCHEMES[url.protocol] ?? url.protocol;
  if (url === null || !/^wss?:$/.test(url.protocol) || url.hash + url.username + url.password !== "")
    throw new DOMException("no WebSocket address", "SyntaxError");
  if (url.protocol === "ws:" && !LOCAL.test(url.hostname))
    throw new DOMException("wss: only", "SecurityError");
  return url;
}

/**
 * The subprotocols that an application offers, as a list.
 *
 * @throws {DOMException} `SyntaxError` for what is no token, stands twice, or is the gate's own
 */
export function parseProtocols(protocols: string | readonly string[]): readonly string[] {
  const list = typeof protocols === "string" ? [protocols] : [...protocols];
  if (
    list.some((name) => !TOKEN.test(name) || /^sallyport\./i.test(name)) ||
    new Set(list).size < list.length
  )
    throw new DOMException("no subprotocols", "SyntaxError");
  return list;
}
