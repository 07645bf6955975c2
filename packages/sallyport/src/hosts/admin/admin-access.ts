import type { IncomingMessage } from "node:http";
import type { Emit } from "../../events.ts";
import type { AdminRole } from "../../policy/admin-options.ts";
import { forEvent } from "../../session/admission.ts";
import { readCookie, SESSION_COOKIE } from "../dashboard/dashboard-cookie.ts";
import type { DashboardSessions, SessionOwner } from "../dashboard/dashboard-sessions.ts";
import type { OwnPage } from "../dashboard/own-page.ts";
import { pathOf } from "./admin-exchange.ts";
import type { AdminLimits } from "./admin-limits.ts";
import type { AdminReply, AdminRoute } from "./admin-route.ts";
import { findCaller, mayAct, presentedDigest, type AdminCaller, type AdminToken } from "./admin-tokens.ts";

/** Who may use the admin address, and how often. */
export interface AdminAccess {
  /** Those that are right: others since a reload. */
  tokens: readonly AdminToken[];
  /** The role for each value of an OpenID provider's claim: likewise. */
  roles: Readonly<Record<string, AdminRole>>;
  /** Who the owner of a session is now; `null`: nobody any more. */
  readonly callerOf: (owner: SessionOwner) => AdminCaller | null;
  readonly limits: AdminLimits;
  readonly loopback: boolean;
  readonly page: OwnPage;
  readonly sessions: DashboardSessions;
  readonly emit: Emit;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

/** A request to the admin address, and who makes it. */
export interface Asked {
  readonly incoming: IncomingMessage;
  readonly method: string;
  readonly target: string;
  readonly address: string;
  readonly caller: AdminCaller | null;
  /** Who that is by now: a token or a session may have ended since, or be worth less. */
  readonly again: () => AdminCaller | null;
}

/** A refusal, with what its status asks for. */
export interface Refused extends AdminReply {
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether it stands in the log. */
  readonly recorded: boolean;
}

/** A request of which nobody asked yet who makes it. */
export function nobody(incoming: IncomingMessage): Asked {
  const { method = "", url: target = "", socket } = incoming;
  return { incoming, method, target, address: socket.remoteAddress ?? "", caller: null, again: () => null };
}

/** Whether who asked may by now no less than when it was asked: what takes long is shown to nobody who has lost that meanwhile. */
export function mayStill({ caller, again }: Asked): boolean {
  if (caller === null) return true;
  const now = again();
  return now !== null && mayAct(now.role, caller.role);
}

/**
 * Who asks, by a token or by the session of the dashboard; or why nobody is asked further. A page is none but the dashboard's own, and has no
 * token; a session counts only with the field that no other page can send.
 */
export function identify(
  incoming: IncomingMessage,
  access: AdminAccess,
): { readonly asked: Asked } | { readonly asked: Asked; readonly refused: Refused } {
  const { tokens, limits, page, sessions, now } = access;
  const { origin, host, authorization, cookie } = incoming.headers;
  const asked = nobody(incoming);
  if (!page.servesHost(host)) return { asked, refused: notForPages() };
  if (origin !== undefined && (authorization !== undefined || !page.isOrigin(origin, host)))
    return { asked, refused: notForPages() };
  if (authorization === undefined && page.isOwnRequest(incoming.headers)) {
    const id = readCookie(cookie, SESSION_COOKIE);
    const again = (): AdminCaller | null => (id === null ? null : (sessions.find(id)?.caller ?? null));
    return { asked: { ...asked, caller: again(), again } };
  }
  const presented = tokens.length === 0 ? null : presentedDigest(authorization);
  if (presented === null) return { asked };
  const blockedMs = limits.blockedMs(asked.address, now());
  if (blockedMs > 0) return { asked, refused: tooMany("too many wrong tokens", blockedMs) };
  const again = (): AdminCaller | null => findCaller(access.tokens, presented);
  const caller = again();
  return caller === null
    ? { asked, refused: wrongToken(asked, access) }
    : { asked: { ...asked, caller, again } };
}

/** Counts a token that is not right, and refuses it. */
export function wrongToken({ address }: Asked, { limits, now }: AdminAccess): Refused {
  const ms = limits.wrongToken(address, now());
  const refused = ms === 0 ? challenge("the token is not right") : tooMany("too many wrong tokens", ms);
  return { ...refused, recorded: true };
}

/** Why a caller may not use a route; `null`: it may. */
export function mayCall(
  { caller, address }: Asked,
  { role, id }: Pick<AdminRoute, "role" | "id">,
  { tokens, loopback, limits, now }: AdminAccess,
): Refused | null {
  const least = role ?? (loopback ? null : "viewer");
  if (least !== null) {
    if (tokens.length === 0 && caller === null)
      return refusal(403, "this gate has no token: write admin.tokenFile in its configuration");
    if (caller === null) return challenge("a token is needed");
    if (!mayAct(caller.role, least))
      return { ...refusal(403, `the role ${least} is needed, and yours is ${caller.role}`), recorded: true };
  }
  // Whoever floods one route without a token keeps nobody from asking another whether the gate lives.
  const ms = caller === null ? limits.anybody(id, address, now()) : limits.call(caller.name, now());
  return ms === 0 ? null : tooMany("too many calls", ms);
}

/** Refuses with a status and a sentence. */
export function refusal(status: number, error: string): Refused {
  return { status, body: { error }, detail: error, recorded: false };
}

/** What is answered to who may less than when it was asked. */
export function noLonger(): Refused {
  return { ...refusal(403, "your role ended, or became less, before this was answered"), recorded: true };
}

/** What a page of somebody else's is told, and whoever calls us by a name that is not ours. */
export function notForPages(): Refused {
  return refusal(403, "not for pages");
}

/** RFC 6750 3. */
function challenge(error: string): Refused {
  return { ...refusal(401, error), headers: { "WWW-Authenticate": "Bearer" } };
}

/** A 429. @param ms until there is room */
export function tooMany(error: string, ms: number): Refused {
  return { ...refusal(429, error), headers: { "Retry-After": String(Math.max(1, Math.ceil(ms / 1000))) } };
}

/** Tells of a call and what came of it. */
export function record(
  { method, target, address, caller }: Asked,
  { status, body, detail }: AdminReply,
  { emit }: Pick<AdminAccess, "emit">,
): void {
  emit({
    type: "admin",
    name: caller?.name ?? null,
    role: caller?.role ?? null,
    address,
    method,
    path: forEvent(pathOf(target)),
    status,
    detail: forEvent(detail ?? JSON.stringify(body)),
  });
}
