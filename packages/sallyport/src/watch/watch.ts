import type { Answer, SallyportEvent, Severity } from "../events.ts";
import { CelEvent } from "../guards/cel-event.ts";
import { AllowList } from "./allow-list.ts";
import { builtInDetectors } from "./built-in-detectors.ts";
import type { Detector, DetectorServices, Finding, Learning } from "./detector.ts";
import { EventRule } from "./event-rule.ts";
import { boundedKey } from "./hash-text.ts";
import { canPageCause } from "./page-made.ts";
import { People } from "./people.ts";
import { Places } from "./places.ts";
import { saidDuration } from "./said.ts";
import type { WatchSignal } from "./signal.ts";
import { SteadyClock } from "./steady-clock.ts";
import { ToldFindings } from "./told-findings.ts";
import type { WatchOptions } from "./watch-options.ts";

/** A finding with all that its event needs but what came of it. */
export interface NamedFinding extends Omit<Finding, "answer" | "aspect" | "magnitude"> {
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
  /** A detector or rule threw, and is off from now on. Must not throw. */
  readonly onFault?: (detector: string, error: unknown) => void;
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

type Hearers = Record<WatchSignal["type"], Detector[]>;

/** A detector or rule at work, and what it was made of. */
interface Made {
  readonly part: Part;
  readonly made: Detector | EventRule;
  /** Equal for what would be made the same. */
  readonly of: string;
}

const SIGNALS = [
  "handshake",
  "open",
  "refresh",
  "decision",
  "closed",
  "admin",
  "finding",
  "gate",
  "traffic",
  "name",
  "credential",
  "claim",
] as const satisfies readonly WatchSignal["type"][];

/** What is worth no event: rules are not asked about it. */
const NO_EVENTS = [
  "traffic",
  "name",
  "credential",
  "claim",
] as const satisfies readonly WatchSignal["type"][];

/**
 * Watches what the gate tells for what is suspicious. Signals go in with the wall clock, findings come out; it has no timer and no
 * socket, and does nothing about what it finds. A signal costs constant time, and all state has a bound.
 */
export class Watch {
  /** What is in force. */
  options: WatchOptions;
  readonly #services: WatchServices;
  readonly #clock = new SteadyClock();
  readonly #places = new Places();
  #people: People;
  #allowed: AllowList;
  #told: ToldFindings;
  #parts: readonly Made[] = [];
  #detectors: readonly Detector[] = [];
  #rules: readonly EventRule[] = [];
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
    claim: [],
  };
  #wallNow = 0;

  constructor(options: WatchOptions, services: WatchServices) {
    this.options = options;
    this.#services = services;
    this.#people = new People(options.keys, services.seed ?? 0);
    this.#allowed = new AllowList(options.allow, options.allowUsers);
    this.#told = new ToldFindings(options.quiet, options.findings);
    this.#compose([]);
  }

  /**
   * Puts other options in force. What is made as before goes on with all that it has learnt and counted; a detector or rule whose
   * options changed begins anew, and so do all where `keys` or `learn` did, since their tables are made of those.
   */
  change(options: WatchOptions): void {
    const before = this.options;
    this.options = options;
    if (options.keys !== before.keys) this.#people = new People(options.keys, this.#services.seed ?? 0);
    this.#allowed = new AllowList(options.allow, options.allowUsers);
    if (options.quiet !== before.quiet || options.findings !== before.findings)
      this.#told = new ToldFindings(options.quiet, options.findings);
    this.#compose(this.#parts);
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
    for (const detector of this.#hearers[signal.type]) {
      try {
        detector.take(signal, now);
      } catch (error) {
        this.#fail(detector, error);
      }
    }
    if (this.#rules.length > 0 && isEvent(signal)) this.#askRules(signal, now);
  }

  /** Lets detectors do what time alone brings about, and tells what was left out. About every second. @param wallNow milliseconds since the epoch */
  turn(wallNow: number): void {
    const now = this.#clock.at(wallNow);
    this.#wallNow = wallNow;
    for (const detector of this.#detectors) {
      try {
        detector.turn?.(now);
      } catch (error) {
        this.#fail(detector, error);
      }
    }
    const leftOut = this.#told.takeLeftOut(now);
    if (leftOut.size > 0) this.#tellLeftOut(leftOut);
  }

  /**
   * Whether nothing may be done about a finding: its subject, its address or its user is on the allow-list. Of what is about an
   * address the user counts for nothing: whoever tries credentials there would be spared by the name of one who is on the list.
   */
  isSpared({ subject, address, user }: Pick<NamedFinding, "subject" | "address" | "user">): boolean {
    return (
      this.#allowed.has(subject) ||
      (address !== null && this.#allowed.hasAddress(address)) ||
      (subject.kind !== "address" && user !== null && this.#allowed.hasUser(user))
    );
  }

  /** Keys that are told apart, by all detectors together. */
  get size(): number {
    return this.#parts.reduce((sum, { made: { size } }) => sum + size, this.#people.size + this.#told.size);
  }

  /** How each detector and rule fares. */
  state(): readonly DetectorState[] {
    const now = this.#clock.at(this.#wallNow);
    return this.#parts.map(({ part: { name, told, repeated, leftOut }, made }) => ({
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
    const isForgeable = canPageCause(event);
    for (const rule of this.#rules) {
      try {
        rule.take(this.#event, now, isForgeable);
      } catch (error) {
        this.#fail(rule, error);
      }
    }
  }

  /** Makes what the options say, and goes on with what is there already. */
  #compose(before: readonly Made[]): void {
    const { detectors, rules, keys, learn } = this.options;
    const have = (of: string, make: () => Omit<Made, "of">): Made =>
      before.find((one) => one.of === of) ?? { ...make(), of };
    const parts: Made[] = [];
    for (const definition of builtInDetectors) {
      const { name, references } = definition;
      const given = detectors[name] ?? definition.options.parse({});
      if (given === "off" || given === false) continue;
      const { severity, answer } = given;
      const made = have(JSON.stringify([name, given, keys, learn]), () => {
        const part = partOf({ name, severity, answer, references });
        return { part, made: definition.create(given, this.#servicesOf(part)) };
      });
      parts.push(made);
    }
    for (const rule of rules) {
      const made = have(JSON.stringify([rule, keys]), () => {
        const part = partOf({ ...rule, references: [] });
        return { part, made: new EventRule(rule, this.#servicesOf(part)) };
      });
      parts.push(made);
    }
    this.#work(parts);
  }

  #work(parts: readonly Made[]): void {
    this.#parts = parts;
    this.#rules = parts.flatMap(({ made }) => (made instanceof EventRule ? [made] : []));
    const detectors = parts.flatMap(({ part, made }) =>
      made instanceof EventRule ? [] : [{ name: part.name, made }],
    );
    this.#detectors = detectors.map(({ made }) => made);
    for (const type of SIGNALS)
      this.#hearers[type] = detectors
        .filter(({ name }) => builtInDetectors.some((one) => one.name === name && one.hears.includes(type)))
        .map(({ made }) => made);
  }

  /** What threw is off from now on, and everything else goes on. */
  #fail(failed: Detector | EventRule, error: unknown): void {
    const found = this.#parts.find(({ made }) => made === failed);
    this.#work(this.#parts.filter((one) => one !== found));
    if (found !== undefined) this.#services.onFault?.(found.part.name, error);
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
    const { subject, aspect = "" } = finding;
    const key = boundedKey(
      `${part.name} ${aspect} ${subject.kind} ${subject.value}`,
      this.#services.seed ?? 0,
    );
    const isAnswered = (finding.answer ?? part.answer) !== "alert";
    const { magnitude = 1 } = finding;
    const telling = this.#told.judge({ detector: part.name, key, isAnswered, magnitude }, now);
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
  return !(NO_EVENTS as readonly string[]).includes(signal.type);
}
