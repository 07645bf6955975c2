import type { HandshakeEvent, SallyportEvent } from "../events.ts";

/**
 * Whether a foreign page, in the browser of somebody who did nothing but visit it, can have caused a refusal by guards that come after
 * `origin`. An image or a form on such a page brings cookies along, and no `Origin` that `origin` looks at; the gate's own endpoints
 * want a header that no such request has (CWE-352).
 */
export function isPageMade({ arrival, path }: HandshakeEvent): boolean {
  return arrival?.kind === "http" && !path.startsWith("/.sallyport/");
}

/** Guards that are asked before a page's origin is, and `origin` itself: what they refuse, any page can bring about. */
const BEFORE_ORIGIN: ReadonlySet<string> = new Set([
  "handshake",
  "proxyProtocol",
  "firewall",
  "connectionLimit",
  "session",
  "origin",
]);

/**
 * Whether a foreign page, in the browser of somebody who did nothing but visit it, can have caused an event, so that nobody may be
 * banned for it. Browsers send an `Origin` with every WebSocket (RFC 6455 10.2), and none with the plain request of an image.
 */
export function canPageCause(event: SallyportEvent): boolean {
  if (event.type === "admin") return event.name === null;
  if (event.type !== "handshake") return false;
  if (event.verdict === "observe" || isPageMade(event)) return true;
  return BEFORE_ORIGIN.has(event.guard) && (event.origin !== null || event.arrival?.kind === "http");
}
