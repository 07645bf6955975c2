import { isIP } from "node:net";

/** A page of another origin, from which the socket is tried. */
export interface OtherPage {
  readonly url: string;
  /** The page comes from the browser itself, and nothing is asked of the network: a host of that name need not exist. */
  readonly isMadeUp: boolean;
}

/** The attacker's name: below `localhost` every name is a site of its own, and leads to this machine. */
export const ATTACKER_HOST = "sallyport-attacker.localhost";
/** The path of pages that stand for the application's. */
const PATH = "/.sallyport-scan";

/**
 * A page of the application's own origin without anything of the application in it, and one of the same site and another origin: a subdomain,
 * or, where the host has none, another port. The site is scheme and registrable domain (RFC 6265bis 5.2), so the scheme stays.
 */
export function pagesOfSite(
  page: URL,
  otherPort: number,
): { readonly own: OtherPage; readonly sibling: OtherPage } {
  const { protocol, hostname, origin } = page;
  const hasNoSubdomains = isIP(hostname) !== 0 || hostname.startsWith("[") || hostname === "localhost";
  const sibling = hasNoSubdomains
    ? `${protocol}//${hostname}:${otherPort}`
    : `${protocol}//sallyport-sibling.${page.host}`;
  return {
    own: { url: `${origin}${PATH}`, isMadeUp: true },
    sibling: { url: `${sibling}${PATH}`, isMadeUp: true },
  };
}
