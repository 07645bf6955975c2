import { z } from "zod";
import { quoted } from "../guards/quoted.ts";
import { size } from "../quantity.ts";
import type { Baseline } from "./baseline.ts";
import { callerKey, sharedSubject } from "./caller.ts";
import type {
  Detector,
  DetectorDefinition,
  DetectorOptions,
  DetectorServices,
  Learning,
} from "./detector.ts";
import { answerOption, severityOption } from "./detector-options.ts";
import { Distinct } from "./distinct.ts";
import { Habits, type Habit, type HabitMeasure } from "./habits.ts";
import { Recent } from "./recent.ts";
import { RouteBaselines } from "./route-baselines.ts";
import { RouteHours } from "./route-hours.ts";
import { saidDuration, saidSize } from "./said.ts";
import type { TrafficSignal, WatchSignal } from "./signal.ts";

/** The options of `trafficAnomaly`. */
export interface TrafficAnomalyOptions extends DetectorOptions {
  readonly rate: number;
  readonly size: number;
  readonly perHour: number;
  readonly awake: number;
  readonly deviations: number;
  readonly times: number;
  readonly ownTimes: number;
  readonly spans: number;
}

/** A shorter span says little about a rate. */
const LEAST_SPAN_MS = 2000;
const HOUR_MS = 3_600_000;
/** Where so many callers, and such a share of all that is told, are beyond the limit, the route has changed and not a caller. */
const SHIFT_CALLERS = 8;
const SHIFT_SHARE = 0.1;
const SHIFT_MS = 300_000;

/** Nobody has many more hours than others. */
const AWAKE = { deviations: 2, times: 2.5 };
/** What is counted in hours differs more from one to another, and among callers the high ones are told apart from the median. */
const HOURS = { deviations: 2 / 3, times: 1.6 };
/** Who is known may be so many times as fast as they ever were, and as what is usual for all, before it counts. */
const OWN_SLACK = 2;
/** Large messages come in bursts more often than many do, as of who pastes pages: they must last so many times as long. */
const SIZE_LASTS = 12;

type Measure = "rate" | "size";
const MEASURES: readonly Measure[] = ["rate", "size"];

/** A connection that was beyond a limit, in so many spans in a row. */
class Run {
  suspicion = 0;
  from = 0;
}

/** How many are beyond the limits of a route at the moment. */
class Shift {
  from = Number.NEGATIVE_INFINITY;
  all = 0;
  beyond = 0;
  readonly callers: Distinct = new Distinct();

  count(isBeyond: boolean, now: number): void {
    if (now - this.from >= SHIFT_MS) {
      this.from = now;
      this.all = 0;
      this.beyond = 0;
      this.callers.clear();
    }
    this.all += 1;
    if (isBeyond) this.beyond += 1;
  }

  get isShifted(): boolean {
    return this.callers.count >= SHIFT_CALLERS && this.beyond >= this.all * SHIFT_SHARE;
  }
}

class TrafficAnomaly implements Detector {
  readonly #options: TrafficAnomalyOptions;
  readonly #services: DetectorServices;
  readonly #baselines: RouteBaselines<Measure>;
  readonly #runs: Recent<Run>;
  readonly #habits: Habits;
  readonly #hours: RouteHours;
  readonly #shifts = new Map<string, Shift>();

  constructor(options: TrafficAnomalyOptions, services: DetectorServices) {
    this.#options = options;
    this.#services = services;
    const { deviations, times, ownTimes, rate, size: bytes, perHour, awake } = options;
    this.#baselines = new RouteBaselines(
      MEASURES,
      {
        rate: { floor: rate, deviations, times },
        size: { floor: bytes, deviations, times },
      },
      services,
    );
    const far = { deviations: deviations * HOURS.deviations, times: times * HOURS.times };
    this.#hours = new RouteHours(
      {
        perHour: { floor: perHour, ...far },
        awake: { floor: awake, ...AWAKE },
        size: { floor: bytes, deviations: far.deviations, times },
        ownTimes,
        ownAwakeTimes: AWAKE.times,
      },
      services,
    );
    this.#runs = new Recent(services.keys);
    this.#habits = new Habits(services);
  }

  get size(): number {
    return this.#runs.size + this.#habits.size + this.#baselines.size;
  }

  learning(now: number): readonly Learning[] {
    const hours = new Map(this.#hours.learning(now).map((one) => [one.route, one]));
    return this.#baselines.learning(now).map(({ route, learnt, samples }) => ({
      route,
      learnt: learnt && hours.get(route)?.learnt === true,
      samples: Math.min(samples, hours.get(route)?.samples ?? 0),
    }));
  }

  take(signal: WatchSignal, now: number): void {
    if (signal.type !== "traffic") return;
    const { messages, bytes } = signal.inbound;
    if (messages === 0 || signal.spanMs < LEAST_SPAN_MS) return;
    const baselines = this.#baselines.of(signal.route, now);
    if (baselines === null) return;
    const who = callerKey(this.#services.places, signal);
    const habit = this.#habits.of(signal.route, who, now);
    const shift = this.#shiftOf(signal.route);
    const of = { who, habit, shift, baselines };
    const rate = (messages * 1000) / signal.spanMs;
    const bytesEach = bytes / messages;
    const rateLimit = this.#rateLimit(of, now);
    baselines.rate.learn(rate, who, now);
    baselines.size.learn(bytesEach, who, now);
    habit?.sent(rate);
    this.#countHour(signal, { habit, bytesEach }, now);
    const ofCallers = this.#hours.sizeOn(signal.route)?.limit(now) ?? Number.POSITIVE_INFINITY;
    const sizeLimit = Math.min(baselines.size.limit(now), ofCallers);
    if (rate > rateLimit)
      this.#beyond(signal, { ...of, measure: "rate", value: rate, limit: rateLimit }, now);
    else if (bytesEach > sizeLimit)
      this.#beyond(signal, { ...of, measure: "size", value: bytesEach, limit: sizeLimit }, now);
    else this.#usual(signal.session, shift, now);
  }

  // Where programs and people are on one route, what is usual for all says little about one of them.
  #rateLimit({ habit, baselines: { rate } }: Of, now: number): number {
    const { ownTimes, rate: floor } = this.#options;
    const own = (habit?.high ?? Number.POSITIVE_INFINITY) * ownTimes;
    const limit = rate.limit(now);
    const known = habit === null || habit.high === Number.POSITIVE_INFINITY ? 0 : habit.high;
    const slack = Math.min(known, limit) * OWN_SLACK;
    return Math.min(Math.max(limit, slack), Math.max(own, rate.far(now), floor));
  }

  #countHour(
    signal: TrafficSignal,
    { habit, bytesEach }: { readonly habit: Habit | null; readonly bytesEach: number },
    now: number,
  ): void {
    if (habit === null) return;
    const { messages } = signal.inbound;
    for (const told of this.#hours.count({ route: signal.route, messages, bytesEach, habit }, now))
      if (this.#isWorthTelling(habit, { ...told, isAnswered: signal.user !== null }, now))
        this.#tell(signal, { ...told, forMs: HOUR_MS }, now);
  }

  // Who always sends much, such as a program among people, is told once. Where more is done than to tell, it is done each time.
  #isWorthTelling(
    habit: Habit | null,
    { measure, value, isAnswered }: Pick<TooMuch, "measure" | "value"> & { readonly isAnswered: boolean },
    now: number,
  ): boolean {
    const isNews = habit?.isNews(measure, value, now) ?? true;
    return isNews || (isAnswered && this.#options.answer !== "alert");
  }

  #usual(session: string, shift: Shift, now: number): void {
    shift.count(false, now);
    const run = this.#runs.size === 0 ? undefined : this.#runs.get(session);
    if (run !== undefined) run.suspicion = 0;
  }

  #beyond(signal: TrafficSignal, beyond: Beyond, now: number): void {
    const { measure, shift, who, value } = beyond;
    shift.count(true, now);
    shift.callers.add(who, this.#services.seed);
    let run = this.#runs.get(signal.session);
    if (run === undefined) {
      run = new Run();
      this.#runs.add(signal.session, run);
    }
    if (run.suspicion === 0) run.from = now - signal.spanMs;
    run.suspicion += 1;
    if (run.suspicion < this.#options.spans * (measure === "size" ? SIZE_LASTS : 1)) return;
    const forMs = now - run.from;
    run.suspicion = 0;
    if (shift.isShifted) return this.#tellShift(signal, beyond, now);
    if (!this.#isWorthTelling(beyond.habit, { ...beyond, isAnswered: true }, now)) return;
    const { usual, samples } = beyond.baselines[measure];
    this.#tell(signal, { measure, value, limit: beyond.limit, usual, samples, forMs }, now);
  }

  #tell(signal: TrafficSignal, { value, limit, measure, usual, samples, forMs }: TooMuch, now: number): void {
    const { user, session, route, address } = signal;
    // Hours are counted over all connections of a caller, rates and sizes for each.
    const isShared = measure === "perHour" || measure === "awake";
    const about = isShared ? sharedSubject(this.#services.places, signal) : ownSubject(signal);
    const what = measure === "size" ? "messages of " : "";
    const span = isShared ? "" : ` for ${saidDuration(forMs)}`;
    const { who, ...subject } = about;
    this.#services.find(
      {
        ...subject,
        sentence: `${who} sent ${what}${said(measure, value)} on ${route}${span}; usual is ${said(measure, usual)}, and at most ${said(measure, limit)}`,
        measured: {
          [measure]: Math.round(value),
          usual: Math.round(usual),
          limit: Math.round(limit),
          forMs,
          learntFrom: samples,
        },
        route,
        address,
        user,
        session,
      },
      now,
    );
  }

  #tellShift({ route }: TrafficSignal, { measure, limit, shift }: Beyond, now: number): void {
    const callers = shift.callers.count;
    const share = Math.round((100 * shift.beyond) / shift.all);
    this.#services.find(
      {
        subject: { kind: "route", value: route },
        sentence: `about ${callers} callers on ${route} were beyond ${said(measure, limit)} within ${saidDuration(SHIFT_MS)}, in ${share} % of all that was measured: the route has changed, or many attack it at once`,
        measured: { callers, share, limit: Math.round(limit) },
        route,
        answer: "alert",
      },
      now,
    );
  }

  #shiftOf(route: string): Shift {
    let shift = this.#shifts.get(route);
    if (shift === undefined) {
      shift = new Shift();
      this.#shifts.set(route, shift);
    }
    return shift;
  }
}

interface Of {
  readonly who: string;
  readonly habit: Habit | null;
  readonly shift: Shift;
  readonly baselines: Readonly<Record<Measure, Baseline>>;
}

interface Beyond extends Of {
  readonly measure: Measure;
  readonly value: number;
  readonly limit: number;
}

interface TooMuch {
  readonly measure: HabitMeasure;
  readonly value: number;
  readonly limit: number;
  readonly usual: number;
  readonly samples: number;
  readonly forMs: number;
}

function ownSubject({ user, session }: TrafficSignal): ReturnType<typeof sharedSubject> {
  if (user !== null) return { subject: { kind: "user", value: user }, who: `user ${quoted(user)}` };
  return { subject: { kind: "session", value: session }, who: `session ${session}` };
}

function said(measure: HabitMeasure, value: number): string {
  if (measure === "size") return saidSize(value);
  const number = Number(value.toPrecision(2));
  if (measure === "awake") return `messages for ${number} hours without a rest of two`;
  return measure === "rate" ? `${number} messages/s` : `${number} messages in an hour`;
}

const options: z.ZodType<TrafficAnomalyOptions> = z
  .strictObject({
    severity: severityOption("medium"),
    answer: answerOption("alert"),
    rate: z
      .number()
      .min(0)
      .max(1_000_000)
      .default(5)
      .describe("Messages per second that a client may always send, whatever is usual."),
    size: size
      .prefault("4KiB")
      .describe("Bytes that its messages may always have on average, whatever is usual."),
    perHour: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .default(1000)
      .describe("Messages that a user may always send within an hour, whatever is usual."),
    awake: z
      .number()
      .min(1)
      .max(1000)
      .default(30)
      .describe("Hours for which a user may always send without a rest of two hours, whatever is usual."),
    deviations: z
      .number()
      .min(1)
      .max(100)
      .default(6)
      .describe(
        "Too far is so many standard deviations above the median: of the logarithm, estimated by the median distance from the median.",
      ),
    times: z
      .number()
      .min(1)
      .max(1000)
      .default(2.5)
      .describe("And so many times what 97 of 100 stay below: both must be exceeded."),
    ownTimes: z
      .number()
      .min(1)
      .max(1000)
      .default(8)
      .describe(
        "Or so many times as fast as the client itself ever was, once that is known, and faster than the deviations allow.",
      ),
    spans: z
      .int()
      .min(1)
      .max(1000)
      .default(3)
      .describe(
        "In so many measurements in a row, of about ten seconds each; for sizes, in twelve times as many.",
      ),
  })
  .prefault({});

/** Somebody sends much more, or much larger messages, than is usual on the route. */
export const trafficAnomaly: DetectorDefinition<TrafficAnomalyOptions> = {
  name: "trafficAnomaly",
  notices:
    "A client sends far more messages, or far larger ones, than is usual on its route or for itself, for half a minute and more; or far more within an hour, or without ever resting. What is usual is learnt from the route itself.",
  falsePositives:
    "A program among people is told once, and again where it sends three times as much as it was told to. Where many send more at once, the route is told and not each of them. While a route is learnt (see `watch.learn`, and at least 60 measurements), nothing is told.",
  forgery:
    "Whoever would teach that much is usual needs many callers: each contributes a fiftieth at most, nothing higher than what is usual counts as more once that is learnt, and the median, its deviation and the 97th percentile yield to no small group.",
  references: ["OWASP API4:2023", "ATT&CK T1499"],
  hears: ["traffic"],
  options,
  create: (given, services) => new TrafficAnomaly(given, services),
};
