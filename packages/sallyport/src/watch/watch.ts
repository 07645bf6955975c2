import type { Answer, SallyportEvent, Severity } from "../events.ts";
import { CelEvent } from "../guards/cel-event.ts";
import { AllowList } from "./allow-list.ts";
import { builtInDetectors } from "./built-in-detectors.ts";
import type { Detector, DetectorServices, Finding, Learning } from "./detector.ts";
import { EventRule } from "./event-rule.ts";
import { boundedKey } from "./hash-text.ts";
import { People } from "./people.ts";
import { Places } from "./places.ts";
import { saidDuration } from "./said.ts";
import type { WatchSignal } from "./signal.ts";
import { SteadyClock } from "./steady-clock.ts";
import { ToldFindings } from "./told-findings.ts";
import type { WatchOptions } from "./watch-options.ts";

/** A finding with all that its event needs but what came of it. */
export interface NamedFinding extends Omit<Finding, "answer"> {
  readonly incident: string;
  /** The detector or rule that found it; `watch` for what the watch says about itself. */
  readonly detector: string;
  readonly severity: Severity;
  readonly answer: Answer;
  readonly references: readonly string[];
  readonly route: string | null;
  readonly address: string | null;
  readonly user: string | null;
  readonly session: string | null;
}

/** What the watch is given. */
export interface WatchServices {
  readonly newIncident: () => string;
  /** A finding that is to be answered: not a repetition within the quiet time, not merely counted. Must not throw. */
  readonly onFinding: (finding: NamedFinding, now: number) => void;
  /** So that nobody outside knows which keys share a counter. Default: 0, for tests. */
  readonly seed?: number;
}

/** How one detector or rule fares. */
export interface DetectorState {
  readonly name: string;
  /** Keys that it tells apart. */
  readonly size: number;
  readonly told: number;
  readonly repeated: number;
  readonly leftOut: number;
  /** Events about which a rule's condition said nothing. */
  readonly undecided: number;
  /** Routes that it compares with their past. */
  readonly learning: readonly Learning[];
}

interface Part {
  readonly name: string;
  readonly severity: Severity;
  readonly answer: Answer;
  readonly references: readonly string[];
  told: number;
  repeated: number;
  leftOut: number;
}

type Hearers = Readonly<Record<WatchSignal["type"], Detector[]>>;

/**
 * Watches what the gate tells for what is suspicious. Signals go in with the wall clock, findings come out; it has no timer and no
 * socket, and does nothing about what it finds. A signal costs constant time, and all state has a bound.
 */
export class Watch {
  /** What it was made of. */
  readonly options: WatchOptions;
  readonly #services: WatchServices;
  readonly #clock = new SteadyClock();
  readonly #places = new Places();
  readonly #people: People;
  readonly #allowed: AllowList;
  readonly #told: ToldFindings;
  readonly #parts: (readonly [Part, Detector | EventRule])[] = [];
  readonly #detectors: Detector[] = [];
  readonly #rules: EventRule[] = [];
  readonly #event = new CelEvent();
  readonly #hearers: Hearers = {
    handshake: [],
    open: [],
    refresh: [],
    decision: [],
    closed: [],
    admin: [],
    finding: [],
    gate: [],
    traffic: [],
    name: [],
    credential: [],
  };
  #wallNow = 0;

  constructor(options: WatchOptions, services: WatchServices) {
    this.options = options;
    this.#services = services;
    this.#people = new People(options.keys, services.seed ?? 0);
    this.#allowed = new AllowList(options.allow, options.allowUsers);
    this.#told = new ToldFindings(options.quiet, options.findings);
    for (const definition of builtInDetectors) {
      const { name, references, hears } = definition;
      const given = options.detectors[name] ?? definition.options.parse({});
      if (given === "off" || given === false) continue;
      const { severity, answer } = given;
      const part = partOf({ name, severity, answer, references });
      const detector = definition.create(given, this.#servicesOf(part));
      this.#detectors.push(detector);
      this.#parts.push([part, detector]);
      for (const type of hears) this.#hearers[type].push(detector);
    }
    for (const rule of options.rules) {
      const part = partOf({ ...rule, references: [] });
      const made = new EventRule(rule, this.#servicesOf(part));
      this.#rules.push(made);
      this.#parts.push([part, made]);
    }
  }

  /** Takes a signal. Findings themselves are not heard. @param wallNow milliseconds since the epoch */
  take(signal: WatchSignal, wallNow: number): void {
    if (signal.type === "finding") return;
    const now = this.#clock.at(wallNow);
    this.#wallNow = wallNow;
    if (signal.type === "open" && signal.user !== null) {
      const place = this.#places.of(signal.address);
      if (place !== null) this.#people.admitted([place.one, place.subnet], signal.user, now);
    }
    for (const detector of this.#hearers[signal.type]) detector.take(signal, now);
    if (this.#rules.length > 0 && isEvent(signal)) this.#askRules(signal, now);
  }

  /** Lets detectors do what time alone brings about, and tells what was left out. About every second. @param wallNow milliseconds since the epoch */
  turn(wallNow: number): void {
    const now = this.#clock.at(wallNow);
    this.#wallNow = wallNow;
    for (const detector of this.#detectors) detector.turn?.(now);
    const leftOut = this.#told.takeLeftOut(now);
    if (leftOut.size > 0) this.#tellLeftOut(leftOut);
  }

  /** Whether nothing may be done about a finding: its subject, its address or its user is on the allow-list. */
  isSpared({ subject, address, user }: Pick<NamedFinding, "subject" | "address" | "user">): boolean {
    return (
      this.#allowed.has(subject) ||
      (address !== null && this.#allowed.hasAddress(address)) ||
      (user !== null && this.#allowed.hasUser(user))
    );
  }

  /** Whether a subject is on the allow-list. */
  isAllowed(subject: {
    readonly kind: "address" | "user" | "session" | "route";
    readonly value: string;
  }): boolean {
    return this.#allowed.has(subject);
  }

  /** Keys that are told apart, by all detectors together. */
  get size(): number {
    return this.#parts.reduce((sum, [, { size }]) => sum + size, this.#people.size + this.#told.size);
  }

  /** How each detector and rule fares. */
  state(): readonly DetectorState[] {
    const now = this.#clock.at(this.#wallNow);
    return this.#parts.map(([{ name, told, repeated, leftOut }, made]) => ({
      name,
      size: made.size,
      told,
      repeated,
      leftOut,
      undecided: made instanceof EventRule ? made.undecided : 0,
      learning: made instanceof EventRule ? [] : (made.learning?.(now) ?? []),
    }));
  }

  #askRules(event: SallyportEvent, now: number): void {
    this.#event.show(event);
    for (const rule of this.#rules) rule.take(this.#event, now);
  }

  #servicesOf(part: Part): DetectorServices {
    return {
      find: (finding, now) => this.#find(part, finding, now),
      keys: this.options.keys,
      learnMs: this.options.learn,
      places: this.#places,
      people: this.#people,
      seed: this.#services.seed ?? 0,
    };
  }

  #find(part: Part, finding: Finding, now: number): void {
    const { subject } = finding;
    const key = boundedKey(`${part.name} ${subject.kind} ${subject.value}`, this.#services.seed ?? 0);
    const isAnswered = (finding.answer ?? part.answer) !== "alert";
    const telling = this.#told.judge({ detector: part.name, key, isAnswered }, now);
    if (telling.verdict !== "tell") {
      part[telling.verdict] += 1;
      return;
    }
    part.told += 1;
    const { repeated } = telling;
    const again = repeated === 0 ? "" : `; and ${repeated} times more since it was last told`;
    this.#tell(part, {
      ...finding,
      sentence: `${finding.sentence}${again}`,
      measured: repeated === 0 ? finding.measured : { ...finding.measured, repeated },
    });
  }

  #tell(
    { name, severity, answer, references }: Omit<Part, "told" | "repeated" | "leftOut">,
    finding: Finding,
  ): void {
    this.#services.onFinding(
      {
        incident: this.#services.newIncident(),
        detector: name,
        severity,
        references,
        subject: finding.subject,
        sentence: finding.sentence,
        measured: finding.measured,
        answer: finding.answer ?? answer,
        route: finding.route ?? null,
        address: finding.address ?? null,
        user: finding.user ?? null,
        session: finding.session ?? null,
      },
      this.#wallNow,
    );
  }

  #tellLeftOut(leftOut: ReadonlyMap<string, number>): void {
    const sum = [...leftOut.values()].reduce((total, count) => total + count, 0);
    const each = [...leftOut].map(([name, count]) => `${name} ${count}`).join(", ");
    this.#tell(
      { name: "watch", severity: "medium", answer: "alert", references: [] },
      {
        subject: { kind: "route", value: "*" },
        sentence: `${sum} findings were left out within ${saidDuration(60_000)}, since there were too many: ${each}`,
        measured: { leftOut: sum, ...Object.fromEntries(leftOut) },
      },
    );
  }
}

function partOf(part: Pick<Part, "name" | "severity" | "answer" | "references">): Part {
  const { name, severity, answer, references } = part;
  return { name, severity, answer, references, told: 0, repeated: 0, leftOut: 0 };
}

function isEvent(signal: WatchSignal): signal is SallyportEvent {
  return signal.type !== "traffic" && signal.type !== "name" && signal.type !== "credential";
}
