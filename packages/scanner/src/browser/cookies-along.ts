import { printable } from "../printable.ts";
import type { ContextCookie } from "./describe-observation.ts";

/** The cookies of a user that go along with a handshake, and those that do not, with why. Names alone. */
export interface CookiesAlong {
  readonly sent: readonly string[];
  readonly kept: readonly string[];
}

/**
 * Which cookies go with a handshake from a page of the same site, or of another. A browser shows the cookies of a handshake to no page of
 * another origin, and so not to the scanner either: this is what their attributes say (RFC 6265bis 5.6.7.1, CHIPS). What they come to is seen in
 * what the page reads. A cookie without SameSite is Lax; that it goes with a POST in its first two minutes does not concern WebSockets.
 */
export function cookiesAlong(
  cookies: readonly ContextCookie[],
  from: { readonly isSameSite: boolean; readonly sendsThirdParty: boolean },
): CookiesAlong {
  const sent: string[] = [];
  const kept: string[] = [];
  for (const cookie of cookies) {
    const why = from.isSameSite ? null : reasonKept(cookie, from.sendsThirdParty);
    const name = printable(cookie.name, 100);
    if (why === null) sent.push(name);
    else kept.push(`${name} (${why})`);
  }
  return { sent, kept };
}

function reasonKept({ sameSite, partitionKey }: ContextCookie, sendsThirdParty: boolean): string | null {
  if (sameSite !== "None") return `SameSite=${sameSite}`;
  if (partitionKey !== undefined) return `Partitioned, for pages of ${printable(partitionKey, 60)} alone`;
  return sendsThirdParty ? null : "third-party cookies are blocked";
}
