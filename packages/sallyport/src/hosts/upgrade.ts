import { guardFailure } from "../session/session-events.ts";
import type { ConnectionFacts, Denial, Handshake, Identity } from "../guards/guard.ts";
import { answerSubprotocol } from "../guards/subprotocol.ts";
import type { Route } from "../policy/policy.ts";
import { takeDeflate, type Deflate } from "../protocol/permessage-deflate.ts";
import {
  checkUpgradeResponse,
  type CheckedAnswer,
  type UpgradeResponse,
  type UpstreamFault,
} from "../protocol/handshake-response.ts";
import { admit, arrivalOf, factsOf, forEvent, refuse, traceOf } from "../session/admission.ts";
import { incidentId } from "../session/incident.ts";
import {
  MAX_REFUSAL_BODY_BYTES,
  type AskApplication,
  type OtherAnswer,
  type SwitchedAnswer,
  type TakenAnswer,
} from "./application.ts";
import { answerHeaders } from "./application-headers.ts";
import { readArrival, release, type ArrivingRequest, type UpgradeOffer } from "./arrival.ts";
import { offerCompression, openCompression, type CompressionOffer } from "./compression.ts";
import type { ClientEnd } from "./client-end.ts";
import { Driver } from "./driver.ts";
import type { Gate, ListenerContext, OpenSession } from "./gate.ts";
import { HandshakeEnd } from "./handshake-end.ts";
import { beginTrace } from "./handshake-trace.ts";
import { hasPendingAnswer } from "./pending-answers.ts";
import { catchUp, changePolicy, letPoliciesGo, readmit } from "./reevaluate.ts";
import { socketWire } from "./wire.ts";

/** An upgrade on its way. */
interface Upgrade extends UpgradeOffer {
  readonly gate: Gate;
  readonly client: ClientEnd;
  readonly ask: AskApplication;
  readonly route: Route;
  readonly handshake: Handshake;
  readonly handshakeEnd: HandshakeEnd;
  /** Monotonic milliseconds. */
  readonly begun: number;
}

const DEFAULT_AUTHENTICATE_WITHIN_MS = 10_000;

/** The client's end as the HTTP parser left it, and the application that it is for. */
export interface UpgradeEnds {
  readonly client: ClientEnd;
  readonly ask: AskApplication;
}

/** Takes an upgrade request through the guards to the application, and from then on carries the connection. Never rejects. */
export async function handleUpgrade(
  gate: Gate,
  listener: ListenerContext,
  arriving: ArrivingRequest,
  { client, ask }: UpgradeEnds,
): Promise<void> {
  const { socket } = client;
  socket.on("error", () => {});
  const arrival = readArrival(gate, listener, arriving);
  if (hasPendingAnswer(socket)) {
    const facts = arrival.ok ? factsOf(arrival.handshake, arrival.route.id) : arrival.facts;
    refuse({ code: "handshake.syntax", detail: "pipelined behind a request without an answer" }, facts, gate);
    socket.destroy();
    return;
  }
  if (!arrival.ok) return client.refuse(refuse(arrival.denial, arrival.facts, gate));
  beginTrace(gate, arrival.handshake);
  const handshakeEnd = new HandshakeEnd();
  const upgrade: Upgrade = { gate, client, ask, handshakeEnd, begun: gate.now(), ...arrival };
  const onGone = (): void => handshakeEnd.end();
  socket.on("close", onGone);
  const timer = setTimeout(
    () =>
      deny(upgrade, { code: "connectionLimit.authenticateWithin", detail: "the handshake took too long" }),
    authenticateWithin(arrival.route),
  );
  try {
    await pass(upgrade);
  } catch (error) {
    if (handshakeEnd.over) socket.destroy();
    deny(upgrade, guardFailure(error));
  } finally {
    clearTimeout(timer);
    socket.off("close", onGone);
  }
}

async function pass(upgrade: Upgrade): Promise<void> {
  const { gate, handshake, route, handshakeEnd } = upgrade;
  const refused = await admit(handshake, route.guards, route.id, gate);
  if (handshakeEnd.over) return release(handshake);
  if (refused !== null) {
    end(upgrade);
    return upgrade.client.refuse(refused);
  }
  const { identity } = handshake;
  if (identity === null)
    return deny(upgrade, { code: "identity.missing", detail: "no guard said who the caller is" });
  const session = handshake.ticket?.session ?? incidentId(gate.random);
  const compression = offerCompression(route, upgrade.extensions, gate.windows);
  const answer = await upgrade.ask({
    handshake,
    route,
    identity,
    session,
    statement: () => gate.statements.sign(identity, route.id),
    extensions: compression.offers,
    end: handshakeEnd,
  });
  if (handshakeEnd.over) {
    if ("wire" in answer) answer.wire.destroy();
    return release(handshake);
  }
  if (answer.kind === "failed") return deny(upgrade, answer);
  if (answer.kind === "answered") return passRefusalOn(upgrade, answer);
  try {
    connect(upgrade, { ...answer, identity, session, compression });
  } catch (error) {
    answer.wire.destroy();
    throw error;
  }
}

/** An application that switched, and what is known of the connection by then. */
type Switch = (SwitchedAnswer | TakenAnswer) & {
  readonly identity: Identity;
  readonly session: string;
  readonly compression: CompressionOffer;
};

/** Checks the application's answer, and finds what the client is answered. */
function checkSwitch(
  { handshake, key }: Upgrade,
  answer: Switch,
):
  | { readonly ok: true; readonly subprotocol: string | null; readonly deflate: Deflate | null }
  | ({ readonly ok: false } & Denial) {
  const { compression } = answer;
  const checked =
    answer.kind === "taken"
      ? checkTaken(handshake, answer)
      : checkUpgradeResponse({
          statusCode: answer.status,
          headers: answer.headers,
          key,
          offeredSubprotocols: handshake.subprotocols,
          offeredExtensions: compression.offers,
          pins: compression.pins,
        });
  if (!checked.ok) return checked;
  const chosen = answerSubprotocol({
    offered: handshake.request.subprotocols,
    forwarded: handshake.subprotocols,
    chosenByUpstream: checked.subprotocol,
  });
  return chosen.ok ? { ok: true, subprotocol: chosen.value, deflate: checked.deflate } : chosen;
}

/** An application in this process chooses a subprotocol alone: what is compressed for it is inflated, and what it sends is not compressed. */
function checkTaken(
  { subprotocols }: Handshake,
  { subprotocol, compression }: TakenAnswer & Pick<Switch, "compression">,
): CheckedAnswer | UpstreamFault {
  if (subprotocol !== null && !subprotocols.includes(subprotocol))
    return { ok: false, code: "subprotocol.upstream-choice", detail: "it chose one that it was not offered" };
  return { ok: true, subprotocol, deflate: takeDeflate(compression.offers, compression.pins) };
}

/** The application switched: checks its answer, gives the client its own, and lets the session begin. */
function connect(upgrade: Upgrade, switched: Switch): void {
  const { gate, client, handshake, route, key } = upgrade;
  const { headers, identity, session } = switched;
  const answer = checkSwitch(upgrade, switched);
  if (!answer.ok || gate.draining) {
    switched.wire.destroy();
    return deny(
      upgrade,
      answer.ok ? { code: "session.draining", detail: "the gate is shutting down" } : answer,
    );
  }
  const { subprotocol, deflate } = answer;
  const facts = connectionFacts(upgrade, { identity, session, subprotocol });
  const late = banned(route, facts);
  if (late !== null) {
    switched.wire.destroy();
    return deny(upgrade, late);
  }
  // Before there is a session: its bytes would follow no answer where there is none.
  const extensions = deflate === null ? [] : [deflate.extension];
  const head = accept(client, { key, subprotocol, extensions, headers: answerHeaders(headers) });
  if (head === null) {
    switched.wire.destroy();
    return deny(upgrade, {
      code: "upstream.bad-answer",
      detail: "it holds a field that cannot be passed on",
    });
  }
  const { address } = facts;
  const { path, origin } = facts.request;
  const { releases } = handshake;
  const compression = deflate === null ? null : openCompression(deflate, gate.inflateTurns);
  if (deflate !== null) releases.push(gate.windows.reserve(deflate));
  const { version } = gate.policy;
  const sessionFacts = { session, route: route.id, address, user: identity.user, policy: version };
  const messages = gate.journal?.session(sessionFacts, route) ?? null;
  const names = gate.watch?.namesOf(route, facts) ?? null;
  const taken = switched.kind === "taken" ? switched.wire : null;
  const driver = new Driver({
    client: socketWire(client.socket, client.shown),
    application: switched.wire,
    facts,
    route: route.id,
    guards: route.guards,
    inflaters: compression?.inflaters,
    messages,
    names,
    emit: gate.emit,
    random: gate.random,
    wheel: gate.wheel,
    now: gate.now,
    chunks: gate.meter?.chunks ?? null,
    onRebound: () => {
      const open = gate.sessions.get(session);
      if (open === undefined) return;
      changePolicy(open);
      gate.watch?.rebound(open);
    },
    onOver: () => {
      const open = gate.sessions.get(session);
      gate.sessions.delete(session);
      if (open !== undefined) letPoliciesGo(open);
      taken?.over();
      messages?.end();
      release({ releases });
    },
  });
  // From here on it is the session that ends it; whatever failed before was answered with a status.
  upgrade.handshakeEnd.end();
  if (head !== "") driver.write("client", [Buffer.from(head, "latin1")]);
  const open: OpenSession = {
    driver,
    route: route.id,
    under: gate.policy.hold(),
    next: null,
    facts,
    refreshHash: handshake.ticket?.refreshHash ?? null,
    keyThumbprint: handshake.ticket?.keyThumbprint ?? null,
    compression,
    messages,
    fingerprint: handshake.fingerprint ?? null,
    told: null,
    names,
    slowed: false,
  };
  gate.sessions.set(session, open);
  measure(upgrade, "admitted");
  gate.emit({
    type: "open",
    session,
    route: route.id,
    address,
    user: identity.user,
    path: forEvent(path),
    origin: origin === null ? null : forEvent(origin),
    subprotocol,
    arrival: arrivalOf({ request: handshake.request, identity }),
    ...traceOf(handshake),
  });
  gate.watch?.opened(open);
  catchUp(gate, open, route);
  taken?.opened(open);
  driver.receive("client", client.head);
  if (switched.kind === "switched") driver.receive("application", switched.head);
}

/** All that the open connection keeps of its handshake: its request would be the larger part of an idle one's memory. */
function connectionFacts(
  { gate, handshake }: Upgrade,
  known: { readonly identity: Identity; readonly session: string; readonly subprotocol: string | null },
): ConnectionFacts {
  const { address, path, host, headers, secure, listener } = handshake.request;
  const { identity, session, subprotocol } = known;
  return {
    session,
    address,
    identity,
    // Path and origin whole: a reload asks about them again.
    request: { path, host, origin: headers.get("origin") ?? null, secure, subprotocol, listener },
    refreshable: handshake.ticket !== null,
    ...traceOf(handshake),
    wallNow: gate.wallNow(),
    now: gate.now(),
  };
}

/** A ban that came while the application was asked, when there was no session yet to close; `null`: none did. */
function banned({ guards }: Route, facts: ConnectionFacts): Denial | null {
  return readmit(
    guards.filter(({ name }) => name === "firewall"),
    facts,
  );
}

/** Says yes; `null` where the application's fields are none that the client's version of HTTP can carry. */
function accept(client: ClientEnd, answer: UpgradeResponse): string | null {
  try {
    return client.accept(answer);
  } catch {
    return null;
  }
}

/** The application answered with something else than a switch: its own refusals are the client's to see. */
async function passRefusalOn(upgrade: Upgrade, { status, headers, body }: OtherAnswer): Promise<void> {
  if (status < 300)
    return deny(upgrade, { code: "upstream.bad-answer", detail: `it answered ${status} to an upgrade` });
  const content = await readBody(body);
  if (upgrade.handshakeEnd.over) return release(upgrade.handshake);
  refuse(
    { code: "upstream.refused", detail: `it answered ${status}`, status },
    factsOf(upgrade.handshake, upgrade.route.id),
    upgrade.gate,
  );
  end(upgrade);
  upgrade.client.relay({ status, headers: answerHeaders(headers), body: content });
}

async function readBody(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const piece of body) {
      pieces.push(piece.subarray(0, MAX_REFUSAL_BODY_BYTES - size));
      size += piece.length;
      if (size >= MAX_REFUSAL_BODY_BYTES) break;
    }
  } catch {
    // A body that breaks off is passed on as far as it came.
  }
  return Buffer.concat(pieces);
}

function deny(upgrade: Upgrade, denial: Denial): void {
  if (upgrade.handshakeEnd.over) return release(upgrade.handshake);
  const refused = refuse(denial, factsOf(upgrade.handshake, upgrade.route.id), upgrade.gate);
  end(upgrade);
  upgrade.client.refuse(refused);
}

function end(upgrade: Upgrade): void {
  measure(upgrade, "refused");
  upgrade.handshakeEnd.end();
  release(upgrade.handshake);
}

function measure({ gate, route, begun }: Upgrade, outcome: "admitted" | "refused"): void {
  gate.meter?.handshake(route.id, outcome, gate.now() - begun);
}

function authenticateWithin(route: Route): number {
  return (
    route.guards.find(({ authenticateWithinMs }) => authenticateWithinMs !== undefined)
      ?.authenticateWithinMs ?? DEFAULT_AUTHENTICATE_WITHIN_MS
  );
}
