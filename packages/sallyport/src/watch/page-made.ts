import type { HandshakeEvent } from "../events.ts";

/**
 * Whether a foreign page, in the browser of somebody who did nothing but visit it, can have caused a refusal by guards that come after
 * `origin`. An image or a form on such a page brings cookies along, and no `Origin` that `origin` looks at; the gate's own endpoints
 * want a header that no such request has (CWE-352).
 */
export function isPageMade({ arrival, path }: HandshakeEvent): boolean {
  return arrival?.kind === "http" && !path.startsWith("/.sallyport/");
}
