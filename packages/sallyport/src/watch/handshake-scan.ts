import { z } from "zod";
import { errors } from "../errors.ts";
import type { Answer, HandshakeEvent, Severity } from "../events.ts";
import { countLimits, countShape, type CountLimits } from "./counts.ts";
import { Crowd, crowdOption, type CrowdLimits } from "./crowd.ts";
import type { Detector, DetectorDefinition, DetectorOptions, DetectorServices } from "./detector.ts";
import {
  answerOption,
  kindsOption,
  loopOption,
  severityOption,
  subnetAnswerOption,
} from "./detector-options.ts";
import type { Place } from "./places.ts";
import { saidDuration } from "./said.ts";
import type { WatchSignal } from "./signal.ts";
import { Suspects } from "./suspects.ts";
import { Tally, type TallyReached } from "./tally.ts";

/** The options of `handshakeScan`. */
export interface HandshakeScanOptions extends DetectorOptions {
  readonly severity: Severity;
  readonly address: CountLimits;
  readonly subnet: CountLimits & { readonly addresses: number };
  readonly subnetAnswer: Answer;
  readonly route: CrowdLimits;
  readonly kinds: number;
  readonly loop: number;
}

/** A refusal for its rate counts as a tenth: clients that reconnect after a restart get many. */
const WEIGHT_OF_RATE = 0.1;

/**
 * Whether a foreign page in the browser of somebody who did nothing can have caused a refusal: browsers send an `Origin` with every
 * WebSocket, and none with the plain request of an image.
 */
function isForgeable({ origin, arrival }: HandshakeEvent): boolean {
  return origin !== null || arrival?.kind === "http";
}

/** How much a refusal counts: not at all where the gate itself is at a loss, or what the watch did is all it says. */
function weightOf({ code }: HandshakeEvent): number {
  if (code === "firewall.banned" || errors[code].kind === "internal" || errors[code].status === 503) return 0;
  return errors[code].retry ? WEIGHT_OF_RATE : 1;
}

class HandshakeScan implements Detector {
  readonly #options: HandshakeScanOptions;
  readonly #services: DetectorServices;
  readonly #addresses: Suspects<Tally>;
  readonly #subnets: Suspects<Tally>;
  readonly #crowd: Crowd;

  constructor(options: HandshakeScanOptions, services: DetectorServices) {
    this.#options = options;
    this.#services = services;
    this.#addresses = new Suspects(services, () => new Tally());
    this.#subnets = new Suspects(services, () => new Tally());
    this.#crowd = new Crowd(options.route, services);
  }

  get size(): number {
    return this.#addresses.size + this.#subnets.size + this.#crowd.size;
  }

  take(signal: WatchSignal, now: number): void {
    if (signal.type !== "handshake") return;
    const weight = weightOf(signal);
    const place = weight === 0 ? null : this.#services.places.of(signal.address);
    if (place === null) return;
    const one = this.#addresses.came(place.one, now);
    if (one !== null) this.#judge(one, place, { signal, weight, now, isSubnet: false });
    const subnet = this.#subnets.came(place.subnet, now);
    if (subnet !== null) this.#judge(subnet, place, { signal, weight, now, isSubnet: true });
    // What is about credentials, `credentialStuffing` compares.
    if (weight === 1 && signal.status !== 401) this.#judgeRoute(signal, place, now);
  }

  #judgeRoute({ route }: HandshakeEvent, { subnet }: Place, now: number): void {
    const found = this.#crowd.add(route ?? "*", subnet, now);
    if (found === null) return;
    const { count: refused, withinMs, addresses, limit, usual } = found;
    this.#services.find(
      {
        subject: { kind: "route", value: route ?? "*" },
        sentence: `${refused} handshakes from about ${addresses} subnets were refused ${route === null ? "on no route" : `on ${route}`} within ${saidDuration(withinMs)}; usual is ${Math.round(usual)}`,
        measured: { refused, withinMs, addresses, limit: Math.round(limit), usual: Math.round(usual) },
        magnitude: refused / Math.max(1000, withinMs),
        route,
        answer: "alert",
      },
      now,
    );
  }

  #judge(refused: Tally, place: Place, { signal, weight, now, isSubnet }: Judged): void {
    const { address, subnet, kinds, loop } = this.#options;
    const { people, seed } = this.#services;
    // What a page made somebody's browser do is told, and not held against them.
    const isOwn = !isForgeable(signal) && signal.verdict === "refuse";
    refused.add(now, weight, isOwn);
    // A page could else make many kinds of a client's loop, and have its address held to them.
    for (const kind of [signal.code, signal.path]) {
      refused.kinds.add(kind, seed);
      if (isOwn) refused.ownKinds.add(kind, seed);
    }
    if (isSubnet) refused.places.add(place.one, seed);
    if (isSubnet && refused.places.count < subnet.addresses) return;
    const where = isSubnet ? place.subnet : place.one;
    const factor = people.factorAt(where);
    const factors = {
      all: factor * (refused.kinds.count <= kinds ? loop : 1),
      own: factor * (refused.ownKinds.count <= kinds ? loop : 1),
    };
    const reached = refused.reached(isSubnet ? subnet : address, factors, now);
    if (reached !== null) this.#tell(refused, reached, { signal, where, now, isSubnet });
  }

  #tell(refused: Tally, reached: TallyReached, { signal, where, now, isSubnet }: Told): void {
    const { answer, subnetAnswer } = this.#options;
    const { count, withinMs, limit, isOwn } = reached;
    const kinds = refused.kinds.count;
    const addresses = refused.places.count;
    this.#services.find(
      {
        subject: { kind: "address", value: where },
        sentence: `${count} handshakes from ${where}${isSubnet ? ` (${addresses} addresses)` : ""} were refused within ${saidDuration(withinMs)}, for ${kinds} different codes and paths`,
        measured: { refused: count, withinMs, limit, kinds, ...(isSubnet ? { addresses } : {}) },
        route: signal.route,
        address: signal.address,
        user: null,
        session: null,
        answer: isOwn ? (isSubnet ? subnetAnswer : answer) : "alert",
      },
      now,
    );
  }
}

interface Judged {
  readonly signal: HandshakeEvent;
  readonly weight: number;
  readonly now: number;
  readonly isSubnet: boolean;
}

interface Told {
  readonly signal: HandshakeEvent;
  readonly where: string;
  readonly now: number;
  readonly isSubnet: boolean;
}

const options: z.ZodType<HandshakeScanOptions> = z
  .strictObject({
    severity: severityOption("medium"),
    answer: answerOption("alert"),
    address: countLimits("refusals of one address", { perMinute: 20, perHour: 60, perDay: 200 }).describe(
      "Limits for one address; an IPv6 /64 is one.",
    ),
    subnet: z
      .strictObject({
        ...countShape("refusals of one subnet", { perMinute: 80, perHour: 240, perDay: 800 }),
        addresses: z
          .int()
          .min(2)
          .max(256)
          .default(4)
          .describe("From so many addresses of it at least; fewer are told one by one."),
      })
      .prefault({})
      .describe("Limits for a subnet: a /24 of IPv4, a /48 of IPv6."),
    subnetAnswer: subnetAnswerOption,
    route: crowdOption("refusals", 400),
    kinds: kindsOption("Refusals", "codes and paths", "a client in a loop"),
    loop: loopOption(20),
  })
  .prefault({});

/** Many handshakes of one address or subnet are refused: somebody is looking for a way in. */
export const handshakeScan: DetectorDefinition<HandshakeScanOptions> = {
  name: "handshakeScan",
  notices:
    "Many handshakes from one address or subnet are refused, whatever for; or many more on one route than is usual, from many addresses.",
  falsePositives:
    "A client that is built for another path or origin and reconnects in a loop; a health check that asks for a page. Mend it, or list its address in `watch.allow`. Where many people are at home behind one address, up to eight times as much is let pass.",
  forgery:
    "A page on a foreign site can make the browser of somebody who visits it fail as often as it likes. Such refusals (with an `Origin`, or of a plain request) are told and never answered by more than an alert.",
  references: ["ATT&CK T1595", "OWASP OAT-018"],
  hears: ["handshake"],
  options,
  create: (given, services) => new HandshakeScan(given, services),
};
