import type { ConnectionFacts, Denial, Identity } from "../guards/guard.ts";
import { createAddressTable } from "../guards/address-table.ts";
import { release } from "../hosts/arrival.ts";
import type { ListenerContext } from "../hosts/gate.ts";
import { directPeers } from "../hosts/peer.ts";
import type { Config } from "../policy/effective-config.ts";
import { compilePolicy, type Policy, type Route } from "../policy/policy.ts";
import type { Problem } from "../policy/problem.ts";
import { createMemoryState } from "../state/memory-state.ts";
import { arrive, askGuards, issueTicket, type Opened } from "./policy-test-admission.ts";
import { TestClock } from "./policy-test-clock.ts";
import { testListener } from "./policy-test-request.ts";
import { callerOf, type RecordedHandshake } from "./recorded-handshake.ts";
import { type Known, recordedGuards } from "./recorded-guards.ts";

/** What came of a recorded handshake under the policy. */
export type JudgedHandshake =
  | { readonly verdict: "admitted"; readonly opened: Opened }
  | { readonly verdict: "refused"; readonly denial: Denial }
  /** Every guard that comes before the caller is known let it pass, and who the caller is was not recorded. */
  | { readonly verdict: "unknown" };

/** A stage, or what keeps the policy from being compiled. */
export type StageSet =
  | { readonly ok: true; readonly stage: RecordedStage }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** What callers claim, by their user: it is not in the journal. */
export type GivenClaims = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

/** A policy that recorded traffic is played to, at the time at which it was recorded. No network is asked. */
export class RecordedStage {
  readonly policy: Policy;
  /** What guards may know of the message that they are asked about next. */
  readonly known: Known;
  /** What the policy cannot be judged by, as sentences. */
  readonly notes: ReadonlySet<string>;
  readonly #claims: GivenClaims | null;
  readonly #caller: { identity: Identity | null };
  readonly #listener: ListenerContext;
  readonly #wall: WallClock;
  #random = 0;

  private constructor(made: {
    readonly policy: Policy;
    readonly listener: ListenerContext;
    readonly known: Known;
    readonly notes: ReadonlySet<string>;
    readonly claims: GivenClaims | null;
    readonly caller: { identity: Identity | null };
    readonly wall: WallClock;
  }) {
    this.policy = made.policy;
    this.known = made.known;
    this.notes = made.notes;
    this.#claims = made.claims;
    this.#caller = made.caller;
    this.#listener = made.listener;
    this.#wall = made.wall;
  }

  /** Compiles the policy. @param claims `null`: nobody gave any */
  static async set(config: Config, claims: GivenClaims | null = null): Promise<StageSet> {
    const known: Known = { content: "whole", handshake: true, claims: false };
    const caller: { identity: Identity | null } = { identity: null };
    const wall: WallClock = { now: 0 };
    const { definitions, notes } = recordedGuards(() => caller.identity, known, claims !== null);
    const services = {
      ...createMemoryState(),
      emit: () => {},
      fetch: () => Promise.reject(new Error("recorded traffic is judged without a network")),
      wallNow: () => wall.now,
    };
    const compiled = await compilePolicy(config, services, { definitions });
    if (!compiled.ok) return compiled;
    const { policy } = compiled;
    // The addresses in the journal are those that were believed then.
    const peerOf = directPeers(createAddressTable([]));
    const listener = { ...(await testListener(policy)), peerOf };
    return { ok: true, stage: new RecordedStage({ policy, listener, known, notes, claims, caller, wall }) };
  }

  /** A clock that stands at a moment. All clocks of a stage begin in 1970, so that guards can compare what they say. */
  clockAt(time: number): TestClock {
    const clock = new TestClock(0);
    this.moveClock(clock, time);
    return clock;
  }

  /** Lets time go by until a moment, for a clock and for the stage; never back. */
  moveClock(clock: TestClock, time: number): void {
    clock.advanceTo(clock.now + Math.max(0, time - clock.wallNow));
    this.#wall.now = Math.max(this.#wall.now, time);
  }

  /** A counter is as good as chance where nobody guesses. */
  readonly random = (bytes: number): Uint8Array =>
    Uint8Array.from({ length: bytes }, () => this.#random++ & 0xff);

  /** Asks about a recorded handshake. What it opens is to be given back with `release`. */
  async ask(
    { handshake, identity }: RecordedHandshake,
    session: string,
    clock: TestClock,
  ): Promise<JudgedHandshake> {
    const { policy, random } = this;
    const stage = { policy, random, clock, session, listener: this.#listener };
    const arrival = arrive(stage, handshake);
    if (!arrival.ok) return { verdict: "refused", denial: arrival.denial };
    const isUnknown = identity === "unknown" && arrival.route.identityName !== "anonymous";
    const caller = identity === "unknown" ? null : this.#withClaims(identity);
    this.#caller.identity = caller;
    this.known.claims = this.knowsClaimsOf(caller?.user ?? null);
    if (caller?.credential === "ticket") await issueTicket(stage, arrival, caller);
    const { found, open } = await askGuards(stage, arrival);
    if (open !== null && found.verdict === "admitted") return { verdict: "admitted", opened: open };
    if (open !== null) release(open.handshake);
    const denial = found.denial ?? { code: "identity.missing", detail: "nobody said who the caller is" };
    return isUnknown && denial.code.startsWith("identity.")
      ? { verdict: "unknown" }
      : { verdict: "refused", denial };
  }

  /** Whether what a user claims is known. Nobody claims nothing. */
  knowsClaimsOf(user: string | null): boolean {
    return user === null || this.#claims?.has(user) === true;
  }

  /** Whether claims were given of others, and not of this user. */
  lacksClaimsOf(user: string | null): boolean {
    return this.#claims !== null && !this.knowsClaimsOf(user);
  }

  #withClaims(identity: Identity | null): Identity | null {
    const claims = this.#claims?.get(identity?.user ?? "");
    return identity === null || claims === undefined ? identity : { ...identity, claims };
  }

  /** The facts of a connection whose handshake was not recorded. */
  factsWithout(
    { session, address, user }: Pick<ConnectionFacts, "session" | "address"> & { user: string | null },
    route: Route,
    clock: TestClock,
  ): ConnectionFacts {
    const { facts: listener } = this.#listener;
    const host = route.hosts[0] ?? listener.names[0] ?? "";
    const { secure } = listener;
    return {
      session,
      address,
      identity: callerOf(user),
      request: { path: route.path, host, origin: null, secure, subprotocol: null, listener },
      refreshable: true,
      wallNow: clock.wallNow,
      now: clock.now,
    };
  }

  /** Stops what the guards started. */
  dispose(): void {
    this.policy.release();
  }
}

/** Where the wall clock of a stage is, milliseconds since 1970. */
interface WallClock {
  now: number;
}
