import type { HandshakeEvent, SallyportEvent } from "../events.ts";
import type { ConnectionFacts, Handshake, Identity } from "../guards/guard.ts";
import { answerSubprotocol } from "../guards/subprotocol.ts";
import { type Arrival, readArrival, release } from "../hosts/arrival.ts";
import type { ListenerContext } from "../hosts/gate.ts";
import type { Policy, Route } from "../policy/policy.ts";
import { admit } from "../session/admission.ts";
import type { TestClock } from "./policy-test-clock.ts";
import type { GivenHandshake } from "./policy-test-handshake.ts";
import { TEST_TICKET, testRequest } from "./policy-test-request.ts";
import { foundRefused, foundWell, type Found } from "./policy-test-verdict.ts";

/** What a handshake is asked about with. */
export interface AdmissionStage {
  readonly policy: Policy;
  /** What it comes through. */
  readonly listener: ListenerContext;
  readonly clock: TestClock;
  readonly random: (bytes: number) => Uint8Array;
  /** The session that it would open. */
  readonly session: string;
}

/** What came of a handshake. */
export type Admission =
  | { readonly found: Found; readonly open: null }
  | { readonly found: Found; readonly open: Opened };

/** What a connection opens with. */
export interface Opened {
  readonly handshake: Handshake;
  readonly facts: ConnectionFacts;
  readonly route: Route;
}

/** A handshake that no guard was asked about yet. */
export type TestArrival = Extract<Arrival, { readonly ok: true }>;

/** Reads a handshake the way that a host reads it. */
export function arrive(
  { policy, listener, clock }: AdmissionStage,
  handshake: GivenHandshake & { readonly url: string },
): Arrival {
  const wanting = { draining: false, memory: { shortage: () => null }, journal: null, policy };
  const clocks = { now: () => clock.now, wallNow: () => clock.wallNow };
  return readArrival({ ...wanting, ...clocks }, listener, testRequest(handshake));
}

/** Asks the guards of a handshake's route about it. Whoever opens a connection with it releases it in the end. */
export async function askGuards(
  stage: AdmissionStage,
  { handshake, route }: TestArrival,
): Promise<Admission> {
  const told: HandshakeEvent[] = [];
  const emit = (event: SallyportEvent): void => {
    if (event.type === "handshake") told.push(event);
  };
  const refused = await admit(handshake, route.guards, route.id, { emit, random: stage.random });
  const found =
    refused === null ? admitted(handshake, told) : foundRefused(lastRefusal(told), observedOf(told));
  if (found.verdict === "refused" || handshake.identity === null) {
    release(handshake);
    return { found, open: null };
  }
  return { found, open: { handshake, route, facts: factsOf(stage, handshake, handshake.identity) } };
}

/** Issues the ticket that the request presents, as `POST /.sallyport/ticket` would. `false`: the route takes none. */
export async function issueTicket(
  { clock, session }: AdmissionStage,
  { route, handshake: { request } }: TestArrival,
  identity: Identity,
): Promise<boolean> {
  const ticketing = route.guards.find((guard) => guard.ticketing !== undefined)?.ticketing;
  if (ticketing === undefined) return false;
  const issued = {
    identity,
    route: route.id,
    origin: request.headers.get("origin") ?? null,
    session,
    refreshHash: "",
    keyThumbprint: null,
    expiresAt: clock.wallNow + ticketing.lifeMs,
  };
  return await ticketing.issue(TEST_TICKET, issued, clock.wallNow);
}

function observedOf(told: readonly HandshakeEvent[]): readonly HandshakeEvent[] {
  return told.filter(({ verdict }) => verdict === "observe");
}

function lastRefusal(told: readonly HandshakeEvent[]): HandshakeEvent {
  const refusal = told.findLast(({ verdict }) => verdict === "refuse");
  if (refusal === undefined) throw new TypeError("a handshake was refused without an event");
  return refusal;
}

/** No guard refused: what a host still looks at, once the application has chosen the first subprotocol that it was offered. */
function admitted(handshake: Handshake, told: readonly HandshakeEvent[]): Found {
  const observed = observedOf(told);
  if (handshake.identity === null)
    return foundRefused({ code: "identity.missing", detail: "no guard said who the caller is" }, observed);
  const answer = answerSubprotocol({
    offered: handshake.request.subprotocols,
    forwarded: handshake.subprotocols,
    chosenByUpstream: handshake.subprotocols[0] ?? null,
  });
  return answer.ok ? foundWell("admitted", observed) : foundRefused(answer, observed);
}

function factsOf(
  { clock, session }: AdmissionStage,
  { request, subprotocols, ticket }: Handshake,
  identity: Identity,
): ConnectionFacts {
  const { path, host, secure, listener, address, headers } = request;
  const origin = headers.get("origin") ?? null;
  return {
    session,
    address,
    identity,
    request: { path, host, origin, secure, subprotocol: subprotocols[0] ?? null, listener },
    refreshable: ticket !== null,
    wallNow: clock.wallNow,
    now: clock.now,
  };
}
