import { z } from "zod";
import { quoted } from "../guards/quoted.ts";
import { size } from "../quantity.ts";
import type {
  Detector,
  DetectorDefinition,
  DetectorOptions,
  DetectorServices,
  Learning,
} from "./detector.ts";
import { answerOption, severityOption } from "./detector-options.ts";
import { Distinct } from "./distinct.ts";
import { boundedKey } from "./hash-text.ts";
import { Recent } from "./recent.ts";
import { RouteBaselines } from "./route-baselines.ts";
import { saidDuration, saidSize } from "./said.ts";
import type { TrafficSignal, WatchSignal } from "./signal.ts";

/** The options of `trafficAnomaly`. */
export interface TrafficAnomalyOptions extends DetectorOptions {
  readonly rate: number;
  readonly size: number;
  readonly deviations: number;
  readonly times: number;
  readonly spans: number;
}

/** A shorter span says little about a rate. */
const LEAST_SPAN_MS = 2000;
/** What was told of a caller is usual for them for so long, and so much more is news. */
const REMEMBER_MS = 7 * 86_400_000;
const NEWS = 3;
/** Where so many callers, and such a share of all that is told, are beyond the limit, the route has changed and not a caller. */
const SHIFT_CALLERS = 8;
const SHIFT_SHARE = 0.1;
const SHIFT_MS = 300_000;

type Measure = "rate" | "size";
const MEASURES: readonly Measure[] = ["rate", "size"];

/** A connection that was beyond a limit, in so many spans in a row. */
class Run {
  suspicion = 0;
  from = 0;
}

/** What was told of a caller. */
class Told {
  suspicion = 1;
  at = Number.NEGATIVE_INFINITY;
  readonly values: Record<Measure, number> = { rate: 0, size: 0 };
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
  readonly #told: Recent<Told>;
  readonly #shifts = new Map<string, Shift>();

  constructor(options: TrafficAnomalyOptions, services: DetectorServices) {
    this.#options = options;
    this.#services = services;
    const { deviations, times, rate, size: bytes } = options;
    this.#baselines = new RouteBaselines(
      MEASURES,
      { rate: { floor: rate, deviations, times }, size: { floor: bytes, deviations, times } },
      services,
    );
    this.#runs = new Recent(services.keys);
    this.#told = new Recent(services.keys);
  }

  get size(): number {
    return this.#runs.size + this.#told.size + this.#baselines.size;
  }

  learning(now: number): readonly Learning[] {
    return this.#baselines.learning(now);
  }

  take(signal: WatchSignal, now: number): void {
    if (signal.type !== "traffic") return;
    const { messages, bytes } = signal.inbound;
    if (messages === 0 || signal.spanMs < LEAST_SPAN_MS) return;
    const baselines = this.#baselines.of(signal.route, now);
    if (baselines === null) return;
    const who = signal.user ?? this.#services.places.of(signal.address)?.one ?? signal.session;
    const rate = (messages * 1000) / signal.spanMs;
    const bytesEach = bytes / messages;
    baselines.rate.learn(rate, who, now);
    baselines.size.learn(bytesEach, who, now);
    const tooFast = rate > baselines.rate.limit(now);
    const measure = tooFast ? "rate" : bytesEach > baselines.size.limit(now) ? "size" : null;
    const shift = this.#shiftOf(signal.route);
    shift.count(measure !== null, now);
    if (measure === null) {
      const run = this.#runs.size === 0 ? undefined : this.#runs.get(signal.session);
      if (run !== undefined) run.suspicion = 0;
      return;
    }
    shift.callers.add(who, this.#services.seed);
    const { usual } = baselines[measure];
    const value = tooFast ? rate : bytesEach;
    this.#beyond(signal, { measure, value, usual, limit: baselines[measure].limit(now), who, shift }, now);
  }

  #beyond(signal: TrafficSignal, beyond: Beyond, now: number): void {
    let run = this.#runs.get(signal.session);
    if (run === undefined) {
      run = new Run();
      this.#runs.add(signal.session, run);
    }
    if (run.suspicion === 0) run.from = now - signal.spanMs;
    run.suspicion += 1;
    if (run.suspicion < this.#options.spans) return;
    const forMs = now - run.from;
    run.suspicion = 0;
    if (beyond.shift.isShifted) this.#tellShift(signal, beyond, now);
    else if (this.#isNews(beyond, now)) this.#tell(signal, beyond, { forMs, now });
  }

  // Who always sends much, such as a program among people, is told once.
  #isNews({ who, measure, value }: Beyond, now: number): boolean {
    const key = boundedKey(who, this.#services.seed);
    let told = this.#told.get(key);
    if (told === undefined) {
      told = new Told();
      this.#told.add(key, told);
    }
    if (now - told.at >= REMEMBER_MS) Object.assign(told.values, { rate: 0, size: 0 });
    if (value < told.values[measure] * NEWS) return false;
    told.at = now;
    told.values[measure] = value;
    return true;
  }

  #tell(signal: TrafficSignal, beyond: Beyond, { forMs, now }: { forMs: number; now: number }): void {
    const { value, usual, limit, measure } = beyond;
    const { user, session, route, address } = signal;
    const who = user === null ? `session ${session}` : `user ${quoted(user)}`;
    this.#services.find(
      {
        subject: user === null ? { kind: "session", value: session } : { kind: "user", value: user },
        sentence: `${who} sent ${measure === "rate" ? "" : "messages of "}${said(measure, value)} on ${route} for ${saidDuration(forMs)}; usual is ${said(measure, usual)}, and at most ${said(measure, limit)}`,
        measured: { [measure]: Math.round(value), usual: Math.round(usual), limit: Math.round(limit), forMs },
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

interface Beyond {
  readonly measure: Measure;
  readonly value: number;
  readonly usual: number;
  readonly limit: number;
  readonly who: string;
  readonly shift: Shift;
}

function said(measure: Measure, value: number): string {
  return measure === "rate" ? `${Number(value.toPrecision(2))} messages/s` : saidSize(value);
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
      .default(4)
      .describe("And so many times what 97 of 100 stay below: both must be exceeded."),
    spans: z
      .int()
      .min(1)
      .max(1000)
      .default(3)
      .describe("In so many measurements in a row, of about ten seconds each."),
  })
  .prefault({});

/** Somebody sends much more, or much larger messages, than is usual on the route. */
export const trafficAnomaly: DetectorDefinition<TrafficAnomalyOptions> = {
  name: "trafficAnomaly",
  notices:
    "A client sends far more messages, or far larger ones, than is usual on its route, for half a minute. What is usual is learnt from the route itself.",
  falsePositives:
    "A program among people is told once, and again where it sends three times as much as it was told to. Where many send more at once, the route is told and not each of them. While a route is learnt (see `watch.learn`, and at least 60 measurements), nothing is told.",
  forgery:
    "Whoever would teach that much is usual needs many callers: each contributes a fiftieth at most, nothing higher than what is usual counts as more once that is learnt, and the median, its deviation and the 97th percentile yield to no small group.",
  references: ["OWASP API4:2023", "ATT&CK T1499"],
  hears: ["traffic"],
  options,
  create: (given, services) => new TrafficAnomaly(given, services),
};
