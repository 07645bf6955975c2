import { z } from "zod";
import { errors, type ErrorCode } from "../errors.ts";
import type { DecisionEvent } from "../events.ts";
import { quoted } from "../guards/quoted.ts";
import { countLimits, type CountLimits } from "./counts.ts";
import type { Detector, DetectorDefinition, DetectorOptions, DetectorServices } from "./detector.ts";
import { answerOption, kindsOption, loopOption, severityOption } from "./detector-options.ts";
import { Majority } from "./majority.ts";
import { saidDuration } from "./said.ts";
import type { WatchSignal } from "./signal.ts";
import { Suspects } from "./suspects.ts";
import { Tally } from "./tally.ts";
import { ToldCallers } from "./told-callers.ts";

/** The options of `fuzzing`. */
export interface FuzzingOptions extends DetectorOptions {
  readonly limits: CountLimits;
  readonly kinds: number;
  readonly loop: number;
}

const GUARDS: ReadonlySet<string> = new Set([
  "protocol",
  "dialect",
  "threat",
  "messageSchema",
  "messageSize",
  "permission",
  "messageToken",
]);
/** Few clients send what looks like an attack by mistake. */
const WEIGHT_OF_ATTACK = 2;

/** Such a share of violations that are the same, or of one code, is of one fault: who tries things tries several in turn. */
const ONE_FAULT = 0.8;

class Violations extends Tally {
  /** Codes with their details. */
  readonly pairs: Majority = new Majority();
  readonly codes: Majority = new Majority();
}

const fresh = (): Violations => new Violations();

/** How much a decision counts: what the client cannot help, and what it may try again, not at all. */
function weightOf(code: ErrorCode): number {
  const guard = code.slice(0, code.indexOf("."));
  const { kind, retry } = errors[code];
  if (!GUARDS.has(guard) || kind === "internal" || retry) return 0;
  return code === "threat.signature" ? WEIGHT_OF_ATTACK : 1;
}

class Fuzzing implements Detector {
  readonly #options: FuzzingOptions;
  readonly #services: DetectorServices;
  readonly #suspects: Suspects<Violations>;
  readonly #told: ToldCallers;

  constructor(options: FuzzingOptions, services: DetectorServices) {
    this.#options = options;
    this.#services = services;
    this.#suspects = new Suspects(services, fresh);
    this.#told = new ToldCallers(services);
  }

  get size(): number {
    return this.#suspects.size + this.#told.size;
  }

  take(signal: WatchSignal, now: number): void {
    if (signal.type !== "decision" || signal.direction === "outbound") return;
    const weight = weightOf(signal.code);
    if (weight === 0) return;
    const { user, address } = signal;
    const value = user ?? this.#services.places.of(address)?.one;
    if (value === undefined) return;
    const key = user === null ? value : `user ${value}`;
    const tally = this.#suspects.came(key, now);
    if (tally !== null) this.#judge(tally, { signal, weight, value }, now);
  }

  #judge(tally: Violations, { signal, weight, value }: Judged, now: number): void {
    const { limits, kinds, loop } = this.#options;
    const { seed } = this.#services;
    tally.add(now, weight);
    tally.kinds.add(signal.code, seed);
    tally.kinds.add(signal.detail, seed);
    tally.pairs.add(`${signal.code} ${signal.detail}`, seed);
    tally.codes.add(signal.code, seed);
    const found = tally.kinds.count;
    const isOneFault = tally.pairs.has(ONE_FAULT) || (found <= kinds && tally.codes.has(ONE_FAULT));
    const reached = tally.counts.reached(limits, isOneFault ? loop : 1, now);
    if (reached === null) return;
    const { count: violations, withinMs, limit } = reached;
    const callers = this.#told.add(signal.route, value, now);
    if (callers !== null) return this.#tellRoute(signal.route, callers, now);
    const { user } = signal;
    const who = user === null ? value : `user ${quoted(user)}`;
    this.#services.find(
      {
        subject: { kind: user === null ? "address" : "user", value },
        sentence: `${violations} violations in messages of ${who} within ${saidDuration(withinMs)}, with ${found} different codes and details`,
        measured: { violations, withinMs, limit, kinds: found },
        route: signal.route,
        address: signal.address,
        user,
        session: signal.session,
      },
      now,
    );
  }

  #tellRoute(route: string, callers: number, now: number): void {
    this.#services.find(
      {
        subject: { kind: "route", value: route },
        sentence: `about ${callers} callers on ${route} broke its rules again and again within ${saidDuration(ToldCallers.withinMs)}: they have been given a faulty client, or attack it together`,
        measured: { callers },
        route,
        answer: "alert",
      },
      now,
    );
  }
}

interface Judged {
  readonly signal: DecisionEvent;
  readonly weight: number;
  readonly value: string;
}

const options: z.ZodType<FuzzingOptions> = z
  .strictObject({
    severity: severityOption("high"),
    answer: answerOption("alert"),
    limits: countLimits(
      "violations of one user (of one address, where nobody is known; what looks like an attack counts twice)",
      { perMinute: 8, perHour: 20, perDay: 40 },
    ).describe("Limits for one user, or one address."),
    kinds: kindsOption(
      "Violations nearly all of one code,",
      "codes and details",
      "one fault in a client, as are those nearly all of which are the same",
    ),
    loop: loopOption(4),
  })
  .prefault({});

/** Message after message is not what it should be. */
export const fuzzing: DetectorDefinition<FuzzingOptions> = {
  name: "fuzzing",
  notices:
    "Messages of one user, or of one address, break the protocol, the dialect, the schema, the rights or the sizes of their route again and again, in different ways, or look like attacks.",
  falsePositives:
    "A client of another version, whose messages are all wrong in several ways. Where there are more than eight of them within ten minutes, the route is told and not each of them. Mend it, or set the guard to `observe` and raise `kinds`.",
  forgery:
    "Only who is let in as a user can send as that user. Behind one address whose users are not known, one can bring a finding about all of them: write `answer: ban` only where users are known or have addresses of their own.",
  references: ["ATT&CK T1190", "OWASP OAT-014"],
  hears: ["decision"],
  options,
  create: (given, services) => new Fuzzing(given, services),
};
