import { z } from "zod";
import { size as sizeOption } from "../quantity.ts";
import type {
  Detector,
  DetectorDefinition,
  DetectorOptions,
  DetectorServices,
  Learning,
} from "./detector.ts";
import { answerOption, severityOption } from "./detector-options.ts";
import { callerKey, sharedSubject } from "./caller.ts";
import { boundedKey } from "./hash-text.ts";
import { OwnPast } from "./own-past.ts";
import { Recent } from "./recent.ts";
import { RouteBaselines } from "./route-baselines.ts";
import { saidDuration, saidSize } from "./said.ts";
import type { WatchSignal } from "./signal.ts";
import { ToldCallers } from "./told-callers.ts";

/** The options of `exfiltration`. */
export interface ExfiltrationOptions extends DetectorOptions {
  readonly perHour: number;
  readonly perDay: number;
  readonly leaksPerHour: number;
  readonly leaksPerDay: number;
  readonly deviations: number;
  readonly times: number;
  readonly ownTimes: number;
  readonly ownLeast: number;
}

type Measure = "bytesPerHour" | "bytesPerDay" | "leaksPerHour" | "leaksPerDay";
const MEASURES: readonly Measure[] = ["bytesPerHour", "bytesPerDay", "leaksPerHour", "leaksPerDay"];

/** Once there are as many callers as can be told apart, one in so many newcomers gets in. */
const ADMITTED_OF = 8;

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Own days that are needed before somebody is compared with them. */
const OWN_DAYS = 3;

/** What left to one caller on one route. */
class Outflow {
  readonly totals: Record<Measure, number> = {
    bytesPerHour: 0,
    bytesPerDay: 0,
    leaksPerHour: 0,
    leaksPerDay: 0,
  };
  readonly told: Record<Measure, boolean> = {
    bytesPerHour: false,
    bytesPerDay: false,
    leaksPerHour: false,
    leaksPerDay: false,
  };
  hourFrom: number;
  /** Days of the watch's own clock, which begins with the gate: one day of somebody's is compared with another, and none drifts into the next. */
  day: number;
  /** Days that were whole. */
  readonly past = new OwnPast();

  constructor(now: number) {
    this.hourFrom = now;
    this.day = dayOf(now);
  }

  get suspicion(): number {
    return this.totals.bytesPerDay;
  }
}

function dayOf(now: number): number {
  return Math.floor(now / DAY_MS);
}

interface Who {
  readonly route: string;
  readonly address: string;
  readonly user: string | null;
  readonly session: string;
}

class Exfiltration implements Detector {
  readonly #options: ExfiltrationOptions;
  readonly #services: DetectorServices;
  readonly #baselines: RouteBaselines<Measure>;
  readonly #outflows: Recent<Outflow>;
  readonly #toldCallers: ToldCallers;
  #turnedAway = 0;

  constructor(options: ExfiltrationOptions, services: DetectorServices) {
    this.#options = options;
    this.#services = services;
    this.#outflows = new Recent(services.keys);
    this.#toldCallers = new ToldCallers(services);
    const { deviations, times, perHour, perDay, leaksPerHour, leaksPerDay } = options;
    const far = { deviations, times };
    this.#baselines = new RouteBaselines(
      MEASURES,
      {
        bytesPerHour: { floor: perHour, ...far },
        bytesPerDay: { floor: perDay, ...far },
        leaksPerHour: { floor: leaksPerHour, ...far },
        leaksPerDay: { floor: leaksPerDay, ...far },
      },
      services,
    );
  }

  get size(): number {
    return this.#baselines.size + this.#outflows.size + this.#toldCallers.size;
  }

  learning(now: number): readonly Learning[] {
    return this.#baselines.learning(now);
  }

  take(signal: WatchSignal, now: number): void {
    if (signal.type === "traffic") {
      if (signal.outbound.bytes > 0) this.#left(signal, { bytes: signal.outbound.bytes, leaks: 0 }, now);
    } else if (signal.type === "decision" && signal.guard === "leak" && signal.direction !== "inbound") {
      this.#left(signal, { bytes: 0, leaks: 1 }, now);
    }
  }

  #left(who: Who, { bytes, leaks }: { bytes: number; leaks: number }, now: number): void {
    const name = callerKey(this.#services.places, who);
    const outflow = this.#outflowOf(boundedKey(`${who.route} ${name}`, this.#services.seed), now);
    if (outflow === null) return;
    this.#turnOver(outflow, { route: who.route, name }, now);
    const { totals } = outflow;
    totals.bytesPerHour += bytes;
    totals.bytesPerDay += bytes;
    totals.leaksPerHour += leaks;
    totals.leaksPerDay += leaks;
    const baselines = this.#baselines.of(who.route, now);
    if (baselines === null) return;
    const own = this.#ownLimit(outflow.past);
    for (const measure of MEASURES) {
      const isBytes = measure === "bytesPerHour" || measure === "bytesPerDay";
      // Whoever has always had much, such as a report each day, is compared with that.
      const past = isBytes && Number.isFinite(own) ? own : 0;
      const limit = Math.max(baselines[measure].limit(now), past);
      if (totals[measure] > limit && !outflow.told[measure])
        this.#tell(outflow, { who, measure, limit, usual: baselines[measure].usual, than: "the route" }, now);
    }
    if (totals.bytesPerDay <= own || outflow.told.bytesPerDay) return;
    const { usual } = outflow.past;
    this.#tell(outflow, { who, measure: "bytesPerDay", limit: own, usual, than: "their own past" }, now);
  }

  #ownLimit(past: OwnPast): number {
    const { ownTimes, ownLeast } = this.#options;
    return past.days < OWN_DAYS ? Number.POSITIVE_INFINITY : Math.max(past.limit(ownTimes), ownLeast);
  }

  // Where there are more callers than can be told apart, those who come often get in, and who has had much stays.
  #outflowOf(key: string, now: number): Outflow | null {
    const known = this.#outflows.get(key);
    if (known !== undefined) return known;
    if (this.#outflows.isFull) {
      this.#turnedAway += 1;
      if (this.#turnedAway % ADMITTED_OF !== 0) return null;
    }
    const made = new Outflow(now);
    this.#outflows.add(key, made);
    return made;
  }

  // What an hour or a day came to is learnt when it is over.
  #turnOver(outflow: Outflow, { route, name }: { route: string; name: string }, now: number): void {
    const isHour = now - outflow.hourFrom >= HOUR_MS;
    const isDay = dayOf(now) !== outflow.day;
    if (!isHour && !isDay) return;
    const { totals, told } = outflow;
    const baselines = this.#baselines.of(route, now);
    if (isDay) {
      baselines?.bytesPerDay.learn(totals.bytesPerDay, name, now);
      baselines?.leaksPerDay.learn(totals.leaksPerDay, name, now);
      outflow.past.learn(Math.min(totals.bytesPerDay, this.#ownLimit(outflow.past)));
      outflow.day = dayOf(now);
      Object.assign(totals, { bytesPerDay: 0, leaksPerDay: 0 });
      Object.assign(told, { bytesPerDay: false, leaksPerDay: false });
    }
    if (!isHour) return;
    baselines?.bytesPerHour.learn(totals.bytesPerHour, name, now);
    baselines?.leaksPerHour.learn(totals.leaksPerHour, name, now);
    outflow.hourFrom = now;
    Object.assign(totals, { bytesPerHour: 0, leaksPerHour: 0 });
    Object.assign(told, { bytesPerHour: false, leaksPerHour: false });
  }

  #tell(outflow: Outflow, { who, measure, limit, usual, than }: TooMuch, now: number): void {
    outflow.told[measure] = true;
    const { user, session, route, address } = who;
    const total = outflow.totals[measure];
    const isBytes = measure === "bytesPerHour" || measure === "bytesPerDay";
    // Whoever writes to others can have them read what looks like secrets.
    const callers = isBytes ? null : this.#toldCallers.add(route, user ?? address, now);
    if (callers !== null) return this.#tellRoute(route, callers, now);
    const say = (value: number): string => (isBytes ? saidSize(value) : `${Math.round(value)} leaks`);
    const within = measure === "bytesPerHour" || measure === "leaksPerHour" ? "an hour" : "a day";
    const { who: whom, ...subject } = sharedSubject(this.#services.places, who);
    this.#services.find(
      {
        ...subject,
        ...(isBytes ? {} : { answer: "alert" as const }),
        sentence: `${say(total)} went to ${whom} on ${route} within ${within}; usual for ${than} is ${say(usual)}, and at most ${say(limit)}`,
        measured: { [measure]: Math.round(total), usual: Math.round(usual), limit: Math.round(limit) },
        route,
        address,
        user,
        session,
      },
      now,
    );
  }

  #tellRoute(route: string, callers: number, now: number): void {
    this.#services.find(
      {
        subject: { kind: "route", value: route },
        sentence: `far more messages with leaks than is usual went to about ${callers} callers on ${route} within ${saidDuration(ToldCallers.withinMs)}: the application leaks, or one of them writes what looks like it to all`,
        measured: { callers },
        route,
        answer: "alert",
      },
      now,
    );
  }
}

interface TooMuch {
  readonly who: Who;
  readonly measure: Measure;
  readonly limit: number;
  readonly usual: number;
  readonly than: string;
}

const count = (fallback: number): z.ZodDefault<z.ZodInt> => z.int().min(1).max(1_000_000).default(fallback);

const options: z.ZodType<ExfiltrationOptions> = z
  .strictObject({
    severity: severityOption("high"),
    answer: answerOption("alert"),
    perHour: sizeOption
      .prefault("128MiB")
      .describe("Bytes that may always go to one user within an hour, whatever is usual."),
    perDay: sizeOption
      .prefault("256MiB")
      .describe("Bytes that may always go to one user within a day, whatever is usual."),
    leaksPerHour: count(15).describe("Messages with a leak that may always go to one user within an hour."),
    leaksPerDay: count(30).describe("Messages with a leak that may always go to one user within a day."),
    deviations: z
      .number()
      .min(1)
      .max(100)
      .default(6)
      .describe("Too far is so many standard deviations above the route's median; see `trafficAnomaly`."),
    times: z.number().min(1).max(1000).default(4).describe("And so many times what 97 of 100 stay below."),
    ownTimes: z
      .number()
      .min(1)
      .max(1000)
      .default(6)
      .describe(
        "Or, once a user has three days of their own, so many times their own usual day, and further the more their days differ.",
      ),
    ownLeast: sizeOption
      .prefault("8MiB")
      .describe("And so many bytes in a day at least, where a user is compared with their own past."),
  })
  .prefault({});

/** More leaves to somebody than is usual. */
export const exfiltration: DetectorDefinition<ExfiltrationOptions> = {
  name: "exfiltration",
  notices:
    "Far more leaves to one user within an hour or a day, in bytes or in messages with a leak, than is usual on the route, or for that user.",
  falsePositives:
    "A user who begins to work with the application in earnest, a report at the end of a month. An hour is compared as soon as an hour was learnt, a day after a day, and a user's own days after three. Nothing is told before, which `sallyport watch` says.",
  forgery:
    "What is sent to a user is sent by the application; what looks like a secret in it may be what another user wrote, so that messages with leaks are told and never answered by more than an alert, and of more than eight callers within ten minutes the route is told. Whoever would teach that much is usual needs many users: each contributes a fiftieth at most, and one value an hour.",
  references: ["ATT&CK T1030", "ATT&CK T1041", "OWASP API6:2023"],
  hears: ["traffic", "decision"],
  options,
  create: (given, services) => new Exfiltration(given, services),
};
