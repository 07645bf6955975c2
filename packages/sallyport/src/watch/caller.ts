import type { Answer, Subject } from "../events.ts";
import { quoted } from "../guards/quoted.ts";
import type { Places } from "./places.ts";

/** Who sends, as far as callers are told apart over several connections. */
export interface Caller {
  readonly user: string | null;
  readonly address: string;
  readonly session: string;
}

/** The key of a caller. A user has a mark, or one who is called like an address would be counted with whoever is there. */
export function callerKey(places: Places, { user, address, session }: Caller): string {
  return user === null ? (places.of(address)?.one ?? session) : `user ${user}`;
}

/**
 * What a finding about a caller is about, where several connections were counted together: of nobody whose user is known, the address,
 * and then for an alert alone, since it may be anybody who is behind it.
 */
export function sharedSubject(
  places: Places,
  { user, address, session }: Caller,
): { readonly subject: Subject; readonly who: string; readonly answer?: Answer } {
  if (user !== null) return { subject: { kind: "user", value: user }, who: `user ${quoted(user)}` };
  const place = places.of(address);
  if (place === null) return { subject: { kind: "session", value: session }, who: `session ${session}` };
  return { subject: { kind: "address", value: place.one }, who: place.one, answer: "alert" };
}
