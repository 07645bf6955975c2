import { z } from "zod";
import {
  pass,
  type ConnectionFacts,
  type ConnectionGuard,
  type ConnectionHandle,
  type Guard,
  type GuardDefinition,
  type GuardServices,
  type Identity,
  type Mode,
  type Refresh,
  type TimerVerdict,
} from "./guard.ts";
import { duration, mode } from "../quantity.ts";
import { RevocableConnections, type Revocable } from "./revocable-connections.ts";
import type { RevocableProof, Revocation } from "./shared-state.ts";

/** How revocations are followed. Durations in milliseconds. */
export interface RevocationOptions {
  readonly mode: Mode;
  readonly onOutage: "refuse" | "allow";
  readonly outageAfter: number;
}

const RETRY_AFTER_S = 5;

const options: z.ZodType<RevocationOptions> = z
  .strictObject({
    mode,
    onOutage: z
      .enum(["refuse", "allow"])
      .default("refuse")
      .describe(
        "What becomes of new connections while revocations cannot be learnt: `refuse` (503) or `allow`. Open ones go on.",
      ),
    outageAfter: duration
      .prefault("10s")
      .describe("How long revocations may be out of reach before `onOutage` holds."),
  })
  .prefault({});

/** When a proof was issued: its `iat`, or else when it was first seen. */
function issuedAt({ claims }: Identity, seenAt: number): number {
  const { iat } = claims;
  return typeof iat === "number" ? iat * 1000 : seenAt;
}

function proofOf({ identity, session, wallNow }: ConnectionFacts): Revocable["proof"] {
  return { identity, session, issuedAt: issuedAt(identity, wallNow) };
}

function describe({ id, reason }: Revocation): string {
  return `revocation ${id}: ${reason}`;
}

/** What every connection that is watched needs of the guard. */
interface Watch {
  readonly open: RevocableConnections<Watched>;
  readonly covering: (proof: RevocableProof, wallNow: number) => Revocation | null;
}

/** A connection that a revocation may name. Small, since every open connection has one. */
class Watched implements ConnectionGuard, Revocable {
  proof: Revocable["proof"];
  readonly #watch: Watch;
  readonly #handle: ConnectionHandle;
  #found: Revocation | null;

  constructor(watch: Watch, proof: Revocable["proof"], { handle, wallNow }: WatchedSince) {
    this.proof = proof;
    this.#watch = watch;
    this.#handle = handle;
    // Between the handshake and now one may have come.
    this.#found = watch.covering(proof, wallNow);
    watch.open.add(this);
  }

  /** A revocation names it. */
  revoke(revocation: Revocation): void {
    this.#found = revocation;
    this.#handle.wake();
  }

  tick(): TimerVerdict {
    if (this.#found === null) return { verdict: "wait", untilMs: Number.POSITIVE_INFINITY };
    return { verdict: "close", code: "revocation.revoked", detail: describe(this.#found) };
  }

  refreshed({ identity, wallNow }: Refresh): void {
    const { open, covering } = this.#watch;
    open.delete(this);
    this.proof = { ...this.proof, identity, issuedAt: issuedAt(identity, wallNow) };
    this.#found = covering(this.proof, wallNow);
    open.add(this);
  }

  end(): void {
    this.#watch.open.delete(this);
  }
}

interface WatchedSince {
  readonly handle: ConnectionHandle;
  readonly wallNow: number;
}

function create({ mode: inForce, onOutage, outageAfter }: RevocationOptions, services: GuardServices): Guard {
  const { revocations } = services;
  const open = new RevocableConnections<Watched>();
  const stop = revocations.watch((revocation) => {
    if (services.wallNow() >= revocation.expiresAt) return;
    for (const watched of open.namedBy(revocation)) watched.revoke(revocation);
  });
  const covering = (proof: RevocableProof, wallNow: number): Revocation | null => {
    const found = revocations.find(proof, wallNow);
    return found?.closes === true ? found : null;
  };
  const watch: Watch = { open, covering };
  /** Why nobody new comes in; `null`: who is not revoked does. */
  const refusesFor = (wallNow: number): string | null => {
    const outage = onOutage === "refuse" ? revocations.outage() : null;
    return outage !== null && wallNow - outage.since >= outageAfter ? outage.problem : null;
  };
  return {
    name: "revocation",
    mode: inForce,
    ready() {
      const problem = refusesFor(services.wallNow());
      return { ready: problem === null, problem };
    },
    admission({ identity, ticket, wallNow }) {
      const problem = refusesFor(wallNow);
      if (problem !== null)
        return {
          verdict: "refuse",
          code: "revocation.unavailable",
          detail: problem,
          retryAfterS: RETRY_AFTER_S,
        };
      if (identity === null) return pass;
      const session = ticket?.session ?? null;
      const found = revocations.find({ identity, session, issuedAt: issuedAt(identity, wallNow) }, wallNow);
      return found === null
        ? pass
        : { verdict: "refuse", code: "revocation.refused", detail: describe(found), challenge: CHALLENGE };
    },
    readmit(facts) {
      const found = covering(proofOf(facts), services.wallNow());
      return found === null
        ? pass
        : { verdict: "refuse", code: "revocation.revoked", detail: describe(found) };
    },
    open: (facts, handle) => new Watched(watch, proofOf(facts), { handle, wallNow: services.wallNow() }),
    dispose: stop,
  };
}

/** RFC 6750 3.1. */
const CHALLENGE = 'Bearer error="invalid_token"';

/**
 * Refuses and closes what was revoked: by token, session, user, tenant, or everything issued before a moment. A new handshake
 * is refused (401); an open connection is closed within a second (4540), unless the revocation only says that a token was
 * replaced. Revocations come by the admin API, the command line or a provider's back-channel logout.
 */
export const revocation: GuardDefinition<RevocationOptions> = {
  name: "revocation",
  phases: ["handshake", "timer"],
  stops: "a socket whose session, token or user was revoked",
  options,
  fromOptionsAlone: true,
  create,
};
