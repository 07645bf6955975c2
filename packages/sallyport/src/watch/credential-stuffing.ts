import { z } from "zod";
import type { Answer, HandshakeEvent } from "../events.ts";
import { ENDED } from "../guards/json-web-token.ts";
import { quoted } from "../guards/quoted.ts";
import { countLimits, countShape, type CountLimits } from "./counts.ts";
import { Crowd, crowdOption, type CrowdLimits } from "./crowd.ts";
import type { Detector, DetectorDefinition, DetectorOptions, DetectorServices } from "./detector.ts";
import { answerOption, severityOption, subnetAnswerOption } from "./detector-options.ts";
import { hashText } from "./hash-text.ts";
import { isPageMade } from "./page-made.ts";
import type { Place } from "./places.ts";
import { saidDuration } from "./said.ts";
import { Recent } from "./recent.ts";
import type { ClaimSignal, WatchSignal } from "./signal.ts";
import { Suspects } from "./suspects.ts";
import { Tally } from "./tally.ts";

type FromMany = CountLimits & { readonly addresses: number };

/** The options of `credentialStuffing`. */
export interface CredentialStuffingOptions extends DetectorOptions {
  readonly address: CountLimits;
  readonly subnet: FromMany;
  readonly user: FromMany;
  readonly subnetAnswer: Answer;
  readonly route: CrowdLimits;
}

/** A client that goes on with a token that has ended proves that it had a good one: ten of those count as one. */
const WEIGHT_OF_ENDED = 0.1;

const fresh = (): Tally => new Tally();

// A credential that is missing was not tried out, and one that was revoked was good once: `replay` hears of it.
function isTrial({ code }: HandshakeEvent): boolean {
  return code === "identity.invalid";
}

function weightOf({ detail }: HandshakeEvent): number {
  return detail.startsWith(ENDED) ? WEIGHT_OF_ENDED : 1;
}

class CredentialStuffing implements Detector {
  readonly #options: CredentialStuffingOptions;
  readonly #services: DetectorServices;
  readonly #addresses: Suspects<Tally>;
  readonly #subnets: Suspects<Tally>;
  readonly #users: Suspects<Tally>;
  readonly #crowd: Crowd;
  /** Users who were let in, by the hash of their names. */
  readonly #admitted: Recent<{ readonly user: string; readonly suspicion: number }>;

  constructor(options: CredentialStuffingOptions, services: DetectorServices) {
    this.#options = options;
    this.#services = services;
    this.#addresses = new Suspects(services, fresh);
    this.#subnets = new Suspects(services, fresh);
    this.#users = new Suspects(services, fresh);
    this.#crowd = new Crowd(options.route, services);
    this.#admitted = new Recent(services.keys);
  }

  get size(): number {
    const tables = [this.#addresses, this.#subnets, this.#users, this.#crowd, this.#admitted];
    return tables.reduce((sum, { size }) => sum + size, 0);
  }

  take(signal: WatchSignal, now: number): void {
    if (signal.type === "open" && signal.user !== null) return this.#admit(signal.user);
    if (signal.type === "claim") return this.#judgeUser(signal, signal.claimedUser, now);
    if (signal.type !== "handshake" || !isTrial(signal)) return;
    const { route, address, user } = signal;
    if (user !== null) this.#judgeUser({ route: route ?? "*", address }, user, now);
    const place = this.#services.places.of(signal.address);
    if (place === null) return;
    this.#judgeAddress(signal, place, now);
    this.#judgeSubnet(signal, place, now);
    if (weightOf(signal) === 1) this.#judgeRoute(signal, place, now);
  }

  #judgeRoute({ route }: HandshakeEvent, { subnet }: Place, now: number): void {
    const found = this.#crowd.add(route ?? "*", subnet, now);
    if (found === null) return;
    const { count: trials, withinMs, addresses: subnets, limit, usual } = found;
    this.#services.find(
      {
        subject: { kind: "route", value: route ?? "*" },
        sentence: `${trials} credentials from about ${subnets} subnets were not valid on ${route ?? "no route"} within ${saidDuration(withinMs)}; usual is ${Math.round(usual)}`,
        measured: { trials, withinMs, subnets, limit: Math.round(limit), usual: Math.round(usual) },
        magnitude: trials / Math.max(1000, withinMs),
        route,
        answer: "alert",
      },
      now,
    );
  }

  #judgeAddress(signal: HandshakeEvent, { one }: Place, now: number): void {
    const failed = this.#addresses.came(one, now);
    if (failed === null) return;
    const factor = this.#services.people.factorAt(one);
    this.#count(failed, signal, now);
    const reached = failed.reached(this.#options.address, factor, now);
    if (reached === null) return;
    const { count: trials, withinMs, limit, isOwn } = reached;
    this.#services.find(
      {
        subject: { kind: "address", value: one },
        sentence: `${trials} credentials from ${one} were not valid within ${saidDuration(withinMs)}`,
        measured: { trials, withinMs, limit },
        ...told(signal),
        answer: isOwn ? this.#options.answer : "alert",
      },
      now,
    );
  }

  #judgeSubnet(signal: HandshakeEvent, { one, subnet }: Place, now: number): void {
    const failed = this.#subnets.came(subnet, now);
    if (failed === null) return;
    const limits = this.#options.subnet;
    this.#count(failed, signal, now);
    failed.places.add(one, this.#services.seed);
    const addresses = failed.places.count;
    if (addresses < limits.addresses) return;
    const reached = failed.reached(limits, this.#services.people.factorAt(subnet), now);
    if (reached === null) return;
    const { count: trials, withinMs, limit, isOwn } = reached;
    this.#services.find(
      {
        subject: { kind: "address", value: subnet },
        sentence: `${trials} credentials from ${addresses} addresses in ${subnet} were not valid within ${saidDuration(withinMs)}`,
        measured: { trials, withinMs, limit, addresses },
        ...told(signal),
        answer: isOwn ? this.#options.subnetAnswer : "alert",
      },
      now,
    );
  }

  // The user is the victim: whatever is done about them, an attacker would bring about.
  #judgeUser({ route, address }: Pick<ClaimSignal, "route" | "address">, user: string, now: number): void {
    const place = this.#services.places.of(address);
    const key = this.#keyOf(user);
    const failed = place === null ? null : this.#users.came(key, now);
    if (failed === null || place === null) return;
    const limits = this.#options.user;
    failed.add(now, 1);
    failed.places.add(place.subnet, this.#services.seed);
    const subnets = failed.places.count;
    if (subnets < limits.addresses) return;
    const reached = failed.reached(limits, 1, now);
    if (reached === null) return;
    const { count: trials, withinMs, limit } = reached;
    // What a peer claims is told only where it is the name of somebody who was let in.
    const known = this.#admitted.get(key)?.user ?? null;
    const whom = known === null ? "one user, who has not been here lately," : `user ${quoted(known)}`;
    this.#services.find(
      {
        subject: known === null ? { kind: "route", value: route } : { kind: "user", value: known },
        sentence: `${trials} credentials for ${whom} were not valid within ${saidDuration(withinMs)}, from ${subnets} subnets`,
        measured: { trials, withinMs, limit, subnets },
        aspect: "user",
        route,
        address: null,
        user: known,
        session: null,
        answer: "alert",
      },
      now,
    );
  }

  /** So that nothing is kept of what peers claim but a hash: of 64 bits, with a seed of this gate's own. */
  #keyOf(user: string): string {
    const { seed } = this.#services;
    return `${hashText(user, seed)} ${hashText(user, ~seed)}`;
  }

  #admit(user: string): void {
    const key = this.#keyOf(user);
    if (this.#admitted.get(key) === undefined) this.#admitted.add(key, { user, suspicion: 0 });
  }

  #count(failed: Tally, signal: HandshakeEvent, now: number): void {
    failed.add(now, weightOf(signal), !isPageMade(signal) && signal.verdict === "refuse");
  }
}

function told({ route, address, user }: HandshakeEvent): Pick<HandshakeEvent, "route" | "address" | "user"> {
  return { route, address, user };
}

const addresses = z.int().min(2).max(256);

const options: z.ZodType<CredentialStuffingOptions> = z
  .strictObject({
    severity: severityOption("high"),
    answer: answerOption("alert"),
    address: countLimits("credentials of one address that are not valid", {
      perMinute: 12,
      perHour: 70,
      perDay: 400,
    }).describe("Limits for one address; an IPv6 /64 is one."),
    subnet: z
      .strictObject({
        ...countShape("credentials of one subnet that are not valid", {
          perMinute: 50,
          perHour: 160,
          perDay: 500,
        }),
        addresses: addresses.default(4).describe("From so many addresses of it at least."),
      })
      .prefault({})
      .describe("Limits for a subnet: a /24 of IPv4, a /48 of IPv6."),
    user: z
      .strictObject({
        ...countShape("credentials for one user that are not valid", {
          perMinute: 15,
          perHour: 30,
          perDay: 60,
        }),
        addresses: addresses.default(5).describe("From so many subnets at least."),
      })
      .prefault({})
      .describe(
        "Limits for one user, where a token that is not valid says whose it is (a JWT does); always told by an alert alone, and by name only of a user who was let in before.",
      ),
    subnetAnswer: subnetAnswerOption,
    route: crowdOption("credentials that are not valid", 30),
  })
  .prefault({});

/** Credentials are tried out. */
export const credentialStuffing: DetectorDefinition<CredentialStuffingOptions> = {
  name: "credentialStuffing",
  notices:
    "Many credentials are tried that are not valid: from one address, from one subnet, for one user from many subnets, or far more than is usual on a route from many addresses.",
  falsePositives:
    "A client that reconnects in a loop with a token that has ended; an identity provider that changed its keys, which makes everybody's invalid. Mend the client (close codes 4500 and above mean: do not come back), or list its address in `watch.allow`. Where many people are at home behind one address, up to eight times as much is let pass.",
  forgery:
    "Anybody can try credentials of somebody else: a finding about a user is told and never answered by more than an alert, so that nobody is locked out that way, and what a bad token says of its user is counted by a hash, believed by nobody and told only where such a user was let in. Plain requests that a foreign page can cause are told alone, too.",
  references: ["ATT&CK T1110.004", "OWASP OAT-008", "OWASP API2:2023"],
  hears: ["handshake", "claim", "open"],
  options,
  create: (given, services) => new CredentialStuffing(given, services),
};
