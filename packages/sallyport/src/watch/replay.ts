import { z } from "zod";
import type { ErrorCode } from "../errors.ts";
import type { HandshakeEvent } from "../events.ts";
import { quoted } from "../guards/quoted.ts";
import { countLimits, type CountLimits } from "./counts.ts";
import type { Detector, DetectorDefinition, DetectorOptions, DetectorServices } from "./detector.ts";
import { answerOption, severityOption } from "./detector-options.ts";
import { boundedKey } from "./hash-text.ts";
import { isPageMade } from "./page-made.ts";
import { saidDuration } from "./said.ts";
import type { WatchSignal } from "./signal.ts";
import { Recent } from "./recent.ts";
import { Suspects } from "./suspects.ts";
import { Tally } from "./tally.ts";

/** The options of `replay`. */
export interface ReplayOptions extends DetectorOptions {
  readonly address: CountLimits;
  readonly user: CountLimits;
}

/** A ticket that is unknown or was used; a proof that was revoked; a session's secret that is not its own. */
const REPLAYED: ReadonlySet<ErrorCode> = new Set(["ticket.invalid", "revocation.refused", "expiry.refresh"]);

/** So long clients of somebody who was signed out everywhere may come back with what was revoked: they reconnect before they know. */
const RETURNS_MS = 60_000;

const fresh = (): Tally => new Tally();

class Replay implements Detector {
  readonly #options: ReplayOptions;
  readonly #services: DetectorServices;
  readonly #addresses: Suspects<Tally>;
  readonly #users: Suspects<Tally>;
  /** When connections of a user were closed since they were revoked. */
  readonly #revoked: Recent<{ at: number; readonly suspicion: number }>;

  constructor(options: ReplayOptions, services: DetectorServices) {
    this.#options = options;
    this.#services = services;
    this.#addresses = new Suspects(services, fresh);
    this.#users = new Suspects(services, fresh);
    this.#revoked = new Recent(services.keys);
  }

  get size(): number {
    return this.#addresses.size + this.#users.size + this.#revoked.size;
  }

  take(signal: WatchSignal, now: number): void {
    if (signal.type === "decision" && signal.code === "revocation.revoked" && signal.user !== null)
      return this.#wasRevoked(signal.user, now);
    if (signal.type !== "handshake" || !REPLAYED.has(signal.code) || this.#isReturn(signal, now)) return;
    const place = this.#services.places.of(signal.address);
    if (place !== null) this.#judgeAddress(signal, place.one, now);
    if (signal.user !== null && place !== null)
      this.#judgeUser(signal, { user: signal.user, from: place.subnet }, now);
  }

  #wasRevoked(user: string, now: number): void {
    const key = boundedKey(user, this.#services.seed);
    const known = this.#revoked.get(key);
    if (known === undefined) this.#revoked.add(key, { at: now, suspicion: 0 });
    else known.at = now;
  }

  #isReturn({ code, user }: HandshakeEvent, now: number): boolean {
    if (code !== "revocation.refused" || user === null) return false;
    const revoked = this.#revoked.get(boundedKey(user, this.#services.seed));
    return revoked !== undefined && now - revoked.at < RETURNS_MS;
  }

  #judgeAddress(signal: HandshakeEvent, address: string, now: number): void {
    const tally = this.#addresses.came(address, now);
    if (tally === null) return;
    tally.add(now, 1, !isPageMade(signal) && signal.verdict === "refuse");
    const reached = tally.reached(this.#options.address, this.#services.people.factorAt(address), now);
    if (reached === null) return;
    const { count: replayed, withinMs, limit, isOwn } = reached;
    this.#services.find(
      {
        subject: { kind: "address", value: address },
        sentence: `${replayed} tickets, sessions or tokens that do not hold any more came from ${address} within ${saidDuration(withinMs)}`,
        measured: { replayed, withinMs, limit },
        route: signal.route,
        address: signal.address,
        user: signal.user,
        answer: isOwn ? this.#options.answer : "alert",
      },
      now,
    );
  }

  // Whoever presents what was a user's need not be that user.
  #judgeUser(
    { route }: HandshakeEvent,
    { user, from }: { readonly user: string; readonly from: string },
    now: number,
  ): void {
    const tally = this.#users.came(user, now);
    if (tally === null) return;
    tally.add(now, 1);
    tally.places.add(from, this.#services.seed);
    const reached = tally.counts.reached(this.#options.user, 1, now);
    if (reached === null) return;
    const { count: replayed, withinMs, limit } = reached;
    const subnets = tally.places.count;
    this.#services.find(
      {
        subject: { kind: "user", value: user },
        sentence: `${replayed} tickets, sessions or tokens of user ${quoted(user)} that do not hold any more came within ${saidDuration(withinMs)}, from ${subnets} subnets`,
        measured: { replayed, withinMs, limit, subnets },
        route,
        user,
        answer: "alert",
      },
      now,
    );
  }
}

const options: z.ZodType<ReplayOptions> = z
  .strictObject({
    severity: severityOption("high"),
    answer: answerOption("alert"),
    address: countLimits("replays of one address", { perMinute: 5, perHour: 8, perDay: 20 }).describe(
      "Limits for one address; an IPv6 /64 is one.",
    ),
    user: countLimits("replays of what was one user's", {
      perMinute: 5,
      perHour: 8,
      perDay: 20,
    }).describe("Limits for one user; always told by an alert alone."),
  })
  .prefault({});

/** What held once is presented again. */
export const replay: DetectorDefinition<ReplayOptions> = {
  name: "replay",
  notices:
    "Tickets that are unknown or were used, tokens and sessions that were revoked, and refreshes with a wrong secret come again and again from one address, or for one user.",
  falsePositives:
    "Clients of a user who was signed out everywhere come back for a minute, which is not counted. A client that opens its connection more than once with the same ticket, or that goes on with a revoked token in a loop. Let it fetch a ticket for each connection, and stop at the close codes 4500 and above.",
  forgery:
    "Whoever presents what was a user's need not be that user: a finding about a user is told and never answered by more than an alert. Plain requests that a foreign page can cause are told alone, too.",
  references: ["ATT&CK T1550.004", "CWE-294", "OWASP API2:2023"],
  hears: ["handshake", "decision"],
  options,
  create: (given, services) => new Replay(given, services),
};
