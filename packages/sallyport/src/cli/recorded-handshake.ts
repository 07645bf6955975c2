import type { HandshakeEvent, OpenEvent, ToldArrival } from "../events.ts";
import type { Identity } from "../guards/guard.ts";
import type { GivenHandshake, GivenIdentity } from "./policy-test-handshake.ts";

/** What the record of a handshake tells: who asked, and for what. */
export interface RecordedHandshake {
  readonly handshake: GivenHandshake & { readonly url: string };
  /** Who the caller was; `null`: nobody who had a proof; `unknown`: it was refused before anybody asked. */
  readonly identity: Identity | null | "unknown";
}

/** A handshake out of its record, or why it cannot be judged. */
export type HandshakeRead =
  | ({ readonly ok: true } & RecordedHandshake)
  | { readonly ok: false; readonly problem: string };

type Provider = GivenIdentity["provider"];
type Credential = GivenIdentity["credential"];

const PROVIDERS: ReadonlySet<string> = new Set<Provider>(["jwt", "introspection", "session", "mutualTls"]);
const CREDENTIALS: ReadonlySet<string> = new Set<Credential>([
  "authorization",
  "subprotocol",
  "cookie",
  "query",
  "certificate",
  "ticket",
]);
/** A path that was recorded whole, and that could be asked for. */
const TARGET = /^\/[^?#\s…]*$/;
/** Stands for a cookie that was there: its value was not recorded. */
const COOKIE = { recorded: "1" };

/** Reads the record of a handshake that was admitted or refused. */
export function readHandshake(event: OpenEvent | HandshakeEvent): HandshakeRead {
  const { arrival, path, address } = event;
  if (arrival === undefined) return { ok: false, problem: "its record does not tell what was asked for" };
  if (arrival.kind === "http") return { ok: false, problem: "it asked for no WebSocket" };
  if (!TARGET.test(path)) return { ok: false, problem: "its path was not recorded whole" };
  if (event.origin?.endsWith("…") === true)
    return { ok: false, problem: "its Origin was not recorded whole" };
  const identity = identityIn(arrival, event.user);
  if (identity === "unreadable") return { ok: false, problem: "its record does not tell who asked" };
  const subprotocol = event.type === "open" ? event.subprotocol : null;
  return {
    ok: true,
    identity,
    handshake: {
      url: `${arrival.secure ? "wss" : "ws"}://${arrival.host}${path}`,
      origin: event.origin,
      address,
      cookies: arrival.cookie ? COOKIE : {},
      subprotocols: subprotocol === null ? [] : [subprotocol],
      identity: identity === null || identity === "unknown" ? null : given(identity),
    },
  };
}

/** Who the caller of a connection was of which only messages were recorded: as much as they tell. */
export function callerOf(user: string | null): Identity {
  const nothing = { issuer: null, claims: {}, tenant: null, expiresAt: null };
  return user === null
    ? { ...nothing, provider: "anonymous", user, credential: null }
    : { ...nothing, provider: "jwt", user, credential: "authorization" };
}

function identityIn(
  { caller }: ToldArrival,
  user: string | null,
): Identity | null | "unknown" | "unreadable" {
  if (caller === null) return "unknown";
  const { provider, issuer, tenant, credential } = caller;
  if (provider === "anonymous") return null;
  const expiresAt = caller.until === null ? null : Date.parse(caller.until);
  if (!isProvider(provider) || !isCredential(credential) || user === null || Number.isNaN(expiresAt))
    return "unreadable";
  return { provider, user, issuer, tenant, credential, claims: {}, expiresAt };
}

function isProvider(text: string): text is Provider {
  return PROVIDERS.has(text);
}

function isCredential(text: string | null): text is Credential {
  return text !== null && CREDENTIALS.has(text);
}

/** As a policy test would write it: a ticket is among what is offered, anything else stands behind the proof. */
function given({ user, provider, credential }: Identity): GivenIdentity | null {
  if (user === null || provider === "anonymous" || credential === null) return null;
  return { user, provider, credential, issuer: null, tenant: null, claims: {}, expires: null };
}
