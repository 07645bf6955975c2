import { createHash } from "node:crypto";
import { z } from "zod";
import { problemOf } from "../problem-of.ts";
import {
  pass,
  type Guard,
  type GuardDefinition,
  type GuardServices,
  type Handshake,
  type HandshakeVerdict,
  type Mode,
} from "./guard.ts";
import { announcedHeartbeat, type AnnouncedHeartbeat } from "./announced-heartbeat.ts";
import { presentedProofs, proofTarget, verifyProof } from "./dpop.ts";
import { keepProof, proofOf } from "./identity-proof.ts";
import { duration, mode } from "../quantity.ts";
import { quoted } from "./quoted.ts";
import { openProof, sealProof } from "./sealed-proof.ts";
import type { IssuedTicket } from "./shared-state.ts";

/** How a route takes one-time tickets. Durations in milliseconds. */
export interface TicketOptions {
  readonly mode: Mode;
  /** `accept`: one that is presented is redeemed. `require`: nothing else that a browser sends along opens the route. */
  readonly use: "accept" | "require";
  readonly life: number;
  /** What the answer announces beside the ticket; `null`: nothing. */
  readonly heartbeat: AnnouncedHeartbeat | null;
}

/** What a subprotocol entry that carries a ticket begins with. */
export const TICKET_SUBPROTOCOL = "sallyport.ticket.";

/** The query parameter that may carry a ticket. */
export const TICKET_PARAMETER = "sallyport-ticket";

/** Seconds after which a client may ask again when tickets cannot be looked up. */
const RETRY_AFTER_S = 5;
const LONGEST_LIFE_MS = 300_000;

const whole = z.strictObject({
  mode,
  use: z
    .enum(["accept", "require"])
    .default("accept")
    .describe(
      "`accept` redeems a ticket that is presented. `require` also refuses what a page or a thief can send without one: cookies, tokens beside an Origin, nothing at all.",
    ),
  life: duration
    .refine((ms) => ms >= 1000 && ms <= LONGEST_LIFE_MS, { error: "expected between 1s and 5m" })
    .prefault("10s")
    .describe("How long a ticket may wait until it is redeemed."),
  heartbeat: announcedHeartbeat,
});

const options: z.ZodType<TicketOptions> = z
  .union(
    [
      z
        .enum(["accept", "require"])
        .transform((use): TicketOptions => ({ mode: "enforce", use, life: 10_000, heartbeat: null })),
      whole,
    ],
    { error: "expected `accept`, `require`, `off`, or `{ use, life, heartbeat }`" },
  )
  .prefault("accept");

/** The key under which a ticket is kept: whoever reads the state cannot redeem what stands there. */
function ticketKey(ticket: string): string {
  return createHash("sha256").update(ticket).digest("hex");
}

const unavailable = (detail: string): HandshakeVerdict => ({
  verdict: "refuse",
  code: "ticket.unavailable",
  detail,
  retryAfterS: RETRY_AFTER_S,
});

const invalid = (detail: string): HandshakeVerdict => ({ verdict: "refuse", code: "ticket.invalid", detail });

/** Every ticket that the request presents, in a subprotocol entry or in the query. */
function presented({ request }: Handshake): string[] {
  const entries = request.subprotocols.filter((name) => name.startsWith(TICKET_SUBPROTOCOL));
  const query = request.query.includes(TICKET_PARAMETER) ? new URLSearchParams(request.query) : null;
  return [
    ...entries.map((name) => name.slice(TICKET_SUBPROTOCOL.length)),
    ...(query?.getAll(TICKET_PARAMETER) ?? []),
  ];
}

/** A ticket never goes on, whatever becomes of it. */
function strip(handshake: Handshake): void {
  handshake.subprotocols = handshake.subprotocols.filter((name) => !name.startsWith(TICKET_SUBPROTOCOL));
  handshake.strippedQuery.add(TICKET_PARAMETER);
}

/** What a ticket that was taken out of the state does not fit, or `null`. */
function mismatch(issued: IssuedTicket, { request, wallNow }: Handshake, route: string): string | null {
  if (issued.route !== route) return `it was issued for ${issued.route}`;
  const origin = request.headers.get("origin") ?? null;
  if (issued.origin !== origin)
    return `it was issued to ${describeOrigin(issued.origin)}, and presented by ${describeOrigin(origin)}`;
  const { expiresAt } = issued.identity;
  return expiresAt !== null && expiresAt <= wallNow ? "the proof that it was issued for has ended" : null;
}

function describeOrigin(origin: string | null): string {
  return origin === null ? "a client without an Origin" : quoted(origin);
}

/** The ticket's record with the credential behind it, which nobody reads who lacks the ticket. */
function withProof(issued: IssuedTicket, text: string): IssuedTicket {
  const proof = proofOf(issued.identity);
  return proof === null ? issued : { ...issued, sealedProof: sealProof(proof, text) };
}

/** Why whoever presents a ticket that is bound to a key has not shown that they have it, or `null` (RFC 9449). */
async function checkKey(
  ticket: string,
  { keyThumbprint }: IssuedTicket,
  { handshake, tickets }: { readonly handshake: Handshake } & Pick<GuardServices, "tickets">,
): Promise<HandshakeVerdict | null> {
  if (keyThumbprint === null) return null;
  const [proof, ...more] = presentedProofs(handshake);
  if (proof === undefined) return invalid("it is bound to a key, and no proof of it came");
  if (more.length > 0) return invalid(`${more.length + 1} proofs of possession`);
  const terms = { proof, token: ticket, ...proofTarget(handshake) };
  const proven = await verifyProof(terms, { tickets }, handshake.wallNow);
  if ("outage" in proven) return unavailable(proven.outage);
  if ("fault" in proven) return invalid(`proof of possession: ${proven.fault}`);
  return proven.thumbprint === keyThumbprint
    ? null
    : invalid("it is bound to another key than the one that was proved");
}

async function redeem(
  ticket: string,
  handshake: Handshake,
  { tickets, route }: Pick<GuardServices, "tickets" | "route">,
): Promise<HandshakeVerdict> {
  let issued: IssuedTicket | null;
  try {
    issued = await tickets.take(ticketKey(ticket), handshake.wallNow);
  } catch (error) {
    return unavailable(problemOf(error));
  }
  if (issued === null) return invalid("unknown, used before, or too old");
  const wrong = mismatch(issued, handshake, route);
  if (wrong !== null) return invalid(wrong);
  const possession = await checkKey(ticket, issued, { handshake, tickets });
  if (possession !== null) return possession;
  const { identity, session, refreshHash, sealedProof, keyThumbprint } = issued;
  const proof = sealedProof === undefined ? null : openProof(sealedProof, ticket);
  if (proof !== null) keepProof(identity, proof);
  handshake.identity = { ...identity, credential: "ticket" };
  handshake.ticket = { session, refreshHash, keyThumbprint };
  if (issued.fingerprint !== undefined) handshake.fingerprint = issued.fingerprint;
  return pass;
}

/** Whether the caller brought what no page and no stolen cookie brings: a ticket, or a credential of its own and no Origin. */
function isUnforgeable({ identity, request }: Handshake): boolean {
  const credential = identity?.credential ?? null;
  if (credential === "ticket") return true;
  return credential !== null && credential !== "cookie" && !request.headers.has("origin");
}

function create({ mode: inForce, use, life, heartbeat }: TicketOptions, services: GuardServices): Guard {
  return {
    name: "ticket",
    mode: inForce,
    ticketing: {
      lifeMs: life,
      heartbeat,
      async issue(text, issued, wallNow) {
        const kept = await services.tickets.put(ticketKey(text), withProof(issued, text), wallNow);
        if (kept) services.count?.(services.route, { what: "ticket", how: "issued" });
        return kept;
      },
    },
    async handshake(handshake) {
      const [one, ...more] = presented(handshake);
      strip(handshake);
      if (handshake.request.kind !== "websocket" || one === undefined) return pass;
      if (more.length > 0) return invalid(`${more.length + 1} tickets`);
      const verdict = await redeem(one, handshake, services);
      services.count?.(services.route, { what: "ticket", how: verdict === pass ? "redeemed" : "refused" });
      return verdict;
    },
    admission(handshake) {
      if (use === "accept" || handshake.request.kind !== "websocket" || isUnforgeable(handshake)) return pass;
      const found = handshake.identity?.credential ?? "nothing";
      return { verdict: "refuse", code: "ticket.required", detail: `the caller presented ${found}` };
    },
  };
}

/**
 * Redeems one-time tickets, which a page fetches with `POST /.sallyport/ticket` just before it connects: then neither a
 * cookie that the browser adds by itself nor a token that stays in a URL opens the connection (CWE-352, CWE-598). A ticket is
 * taken out of the state before it is looked at, so that of any number of redemptions one succeeds; one that fits the
 * route or the origin badly is used up all the same. It brings the identity that it was issued for, and never goes on to the
 * application. One that was issued to somebody who proved to have a key (RFC 9449) wants that proof again, over this ticket:
 * whoever reads the ticket alone cannot redeem it.
 */
export const ticket: GuardDefinition<TicketOptions> = {
  name: "ticket",
  phases: ["handshake"],
  stops:
    "cookies alone and long-lived tokens in URLs: connections that a page could open in the visitor's name",
  options,
  create,
};
