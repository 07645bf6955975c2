import { guardFailure } from "./session-events.ts";
import { errors } from "../errors.ts";
import type { Emit, HandshakeEvent, ToldArrival, ToldCaller, ToldTrace } from "../events.ts";
import {
  pass,
  type Denial,
  type Guard,
  type Handshake,
  type HandshakeVerdict,
  type Identity,
} from "../guards/guard.ts";
import { incidentId } from "./incident.ts";
import { LAST_MOMENT } from "../last-moment.ts";

/** How a refused peer is answered: a status, an incident id, and what the status asks for. */
export interface RefusedHandshake {
  readonly status: number;
  readonly incident: string;
  /** `Retry-After` and `WWW-Authenticate` where the guard gave them. */
  readonly headers: readonly (readonly [string, string])[];
}

/** What the events of a handshake say about it. */
export interface HandshakeFacts {
  readonly route: string | null;
  readonly address: string;
  readonly user: string | null;
  readonly path: string;
  readonly origin: string | null;
  /** Absent where the request could not be read. */
  readonly arrival?: ToldArrival;
  readonly trace?: ToldTrace;
}

/** What admission needs from its host. */
export interface AdmissionServices {
  readonly emit: Emit;
  readonly random: (bytes: number) => Uint8Array;
  /** Is told whose credentials are tried, beside the events; `null` or absent: nobody watches. */
  readonly watch?: { claimed(claim: Claim): void } | null;
}

/** A credential was not valid, and says whose it is. Nothing of it is verified. */
export interface Claim {
  readonly route: string;
  readonly address: string;
  /** By the credential's own words: for counting alone. */
  readonly claimedUser: string;
}

/**
 * Asks the guards of a route about a handshake: first `handshake` of each, in order, then `admission` of each, once the
 * caller is known. The first enforced refusal decides; a guard that throws refuses (fail closed). Returns `null` when all
 * let it pass. Whoever calls runs `handshake.releases` when the handshake or the connection ends.
 */
export async function admit(
  handshake: Handshake,
  guards: readonly Guard[],
  route: string,
  services: AdmissionServices,
): Promise<RefusedHandshake | null> {
  for (const phase of ["handshake", "admission"] as const) {
    for (const guard of guards) {
      const asked = ask(guard, phase, handshake);
      // Most guards answer at once: a promise for each would cost more than their answer.
      const verdict = asked instanceof Promise ? await asked : asked;
      if (verdict.verdict === "pass") continue;
      tellClaim(handshake, route, services);
      const failed = verdict.code === "session.guard-failed";
      const enforced = failed || guard.mode === "enforce";
      const refused = tell(verdict, factsOf(handshake, route), {
        ...services,
        verdict: enforced ? "refuse" : "observe",
      });
      if (enforced) return { ...refused, headers: headersOf(verdict) };
    }
  }
  return null;
}

/** Once: other guards may refuse it, too. */
function tellClaim(handshake: Handshake, route: string, { watch }: AdmissionServices): void {
  const { claimedUser, request } = handshake;
  if (claimedUser === undefined) return;
  delete handshake.claimedUser;
  watch?.claimed({ route, address: request.address, claimedUser });
}

/**
 * Records the refusal of a request, and returns what its peer may know.
 *
 * @param denial with the `status` where it is not the row's own: that of an upstream's answer that is passed on; and with
 * `retryAfterS`, seconds, where the peer should come back
 */
export function refuse(
  denial: Denial & { readonly status?: number; readonly retryAfterS?: number },
  facts: HandshakeFacts,
  services: AdmissionServices,
): RefusedHandshake {
  return { ...tell(denial, facts, { ...services, verdict: "refuse" }), headers: headersOf(denial) };
}

function ask(
  guard: Guard,
  phase: "handshake" | "admission",
  handshake: Handshake,
): HandshakeVerdict | Promise<HandshakeVerdict> {
  try {
    const verdict = guard[phase]?.(handshake) ?? pass;
    return verdict instanceof Promise
      ? verdict.catch((error: unknown): HandshakeVerdict => refusal(error, guard))
      : verdict;
  } catch (error) {
    return refusal(error, guard);
  }
}

function refusal(error: unknown, guard: Guard): HandshakeVerdict {
  return { verdict: "refuse", ...guardFailure(error, guard) };
}

function tell(
  denial: Denial & { readonly status?: number },
  facts: HandshakeFacts,
  services: AdmissionServices & { readonly verdict: HandshakeEvent["verdict"] },
): { readonly status: number; readonly incident: string } {
  const { code, detail } = denial;
  const status = denial.status ?? errors[code].status ?? 400;
  const incident = incidentId(services.random);
  const guard = code.slice(0, code.indexOf("."));
  services.emit({
    type: "handshake",
    verdict: services.verdict,
    incident,
    guard,
    code,
    status,
    detail,
    ...facts,
    path: forEvent(facts.path),
    origin: facts.origin === null ? null : forEvent(facts.origin),
  });
  return { status, incident };
}

/** Longer than any origin that a browser sends, and enough of a path to find its route. */
const MAX_EVENT_CHARACTERS = 512;

/** As much of what a peer wrote as an event shows: it is logged, and kept for as long as its incident can be looked up. */
export function forEvent(text: string): string {
  return text.length <= MAX_EVENT_CHARACTERS ? text : `${text.slice(0, MAX_EVENT_CHARACTERS)}…`;
}

/** What the events of this handshake say about it. */
export function factsOf(handshake: Handshake, route: string | null): HandshakeFacts {
  const { request, identity } = handshake;
  const { address, path, headers } = request;
  const origin = headers.get("origin") ?? null;
  const user = identity?.user ?? null;
  return { route, address, user, path, origin, arrival: arrivalOf(handshake), ...traceOf(handshake) };
}

/** What events say of a handshake's trace; nothing where none is exported. */
export function traceOf({ trace }: Pick<Handshake, "trace">): { readonly trace?: ToldTrace } {
  return trace?.told == null ? {} : { trace: trace.told };
}

/** What a policy may be asked about once more. */
export function arrivalOf({ request, identity }: Pick<Handshake, "request" | "identity">): ToldArrival {
  const { kind, host, secure, headers } = request;
  return {
    kind,
    host: forEvent(host),
    secure,
    cookie: headers.has("cookie"),
    caller: identity === null ? null : callerOf(identity),
  };
}

function callerOf({ provider, issuer, tenant, credential, expiresAt }: Identity): ToldCaller {
  const until = expiresAt === null ? null : new Date(Math.min(expiresAt, LAST_MOMENT)).toISOString();
  return { provider, issuer, tenant, credential, until };
}

function headersOf(
  verdict: Pick<Extract<HandshakeVerdict, { verdict: "refuse" }>, "retryAfterS" | "challenge">,
): (readonly [string, string])[] {
  const headers: (readonly [string, string])[] = [];
  if (verdict.retryAfterS !== undefined)
    headers.push(["Retry-After", String(Math.max(1, Math.ceil(verdict.retryAfterS)))]);
  if (verdict.challenge !== undefined) headers.push(["WWW-Authenticate", verdict.challenge]);
  return headers;
}
