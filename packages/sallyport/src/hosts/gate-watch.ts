import { randomBytes, randomInt } from "node:crypto";
import type { Emit, FindingEvent, GateEvent, Subject } from "../events.ts";
import { parseRange } from "../guards/address-table.ts";
import type { WatchSignal } from "../watch/signal.ts";
import { Watch, type DetectorState, type NamedFinding } from "../watch/watch.ts";
import type { WatchOptions } from "../watch/watch-options.ts";
import { incidentId } from "../session/incident.ts";
import { problemOf } from "../problem-of.ts";
import { Findings, type FindingPage, type FindingQuery, type KeptFinding } from "./findings.ts";
import { banRange, WatchAnswers, type Answered, type WatchHands } from "./watch-answers.ts";
import type { SlowOrder } from "./watch-order.ts";

/** What the configuration says of the watch. */
export interface WatchPolicy {
  /** `null`: off. */
  readonly options: WatchOptions | null;
  /** Addresses of proxies that speak for others: they are never banned. */
  readonly proxies: readonly string[];
}

/** What a policy, or a configuration, says of the watch. */
export function watchPolicyOf({
  watch,
  listeners,
}: {
  readonly watch: WatchOptions | null;
  readonly listeners: readonly { readonly trustedProxies: readonly string[] }[];
}): WatchPolicy {
  return { options: watch, proxies: listeners.flatMap(({ trustedProxies }) => trustedProxies) };
}

/** What a gate's watch is made of. */
export interface GateWatchOptions {
  readonly hands: WatchHands;
  /** Takes findings, and faults of the watch itself. */
  readonly emit: Emit;
  /** Default: of a CSPRNG. */
  readonly newIncident?: () => string;
  /** Wall clock, milliseconds since the epoch. Default: `Date.now`. */
  readonly wallNow?: () => number;
  /** How the watch is made. Default: `Watch`. */
  readonly create?: (...made: ConstructorParameters<typeof Watch>) => Watch;
}

/** What came of taking an answer back; `null`: no such finding is known any more. */
export type Undone = {
  readonly finding: KeptFinding;
  readonly lifted: readonly string[];
  readonly already: boolean;
} | null;

/** How the watch fares, for operators. */
export interface WatchStatus {
  readonly mode: "enforce" | "observe" | "off";
  readonly detectors: readonly DetectorState[];
  /** What does not work of it. */
  readonly warnings: readonly string[];
}

/** What the watch is up to, for the metrics. */
export interface WatchFigures {
  readonly detectors: readonly { readonly name: string; readonly keys: number; readonly isOff: boolean }[];
  /** Signals that it took. */
  readonly signals: number;
  readonly findingsKept: number;
}

const TURN_MS = 1000;
/** Findings that are being answered at once. One more is told, and nothing is done about it. */
const MAX_ANSWERING = 1000;
/** So long nothing is done about what the same detector says of the same subject, once somebody took its answer back, milliseconds. */
const FORGIVEN_MS = 3_600_000;
const MAX_FORGIVEN = 1000;

interface Forgiven {
  readonly finding: FindingEvent;
  /** Wall clock, milliseconds since the epoch. */
  readonly at: number;
}

/**
 * The watch of a gate, with all around it: it is told of signals, its findings are answered, told and remembered, and answers are
 * taken back. Nothing of it throws or makes a connection wait: what fails is told once and is off from then on.
 */
export class GateWatch {
  readonly #options: Required<GateWatchOptions>;
  readonly #findings = new Findings();
  readonly #answers: WatchAnswers;
  readonly #answered = new Map<string, Answered>();
  readonly #forgiven: Forgiven[] = [];
  /** Findings whose answer is being taken back. */
  readonly #undoing = new Set<string>();
  readonly #failed = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;
  #policy: WatchPolicy = { options: null, proxies: [] };
  #watch: Watch | null = null;
  #answering = 0;
  #signals = 0;

  constructor({
    newIncident = () => incidentId(randomBytes),
    wallNow = () => Date.now(),
    create = (...made) => new Watch(...made),
    ...options
  }: GateWatchOptions) {
    this.#options = { newIncident, wallNow, create, ...options };
    this.#answers = new WatchAnswers(options.hands);
    this.#timer = setInterval(() => this.turn(), TURN_MS).unref();
  }

  /**
   * Puts other options in force. Detectors whose options are as before go on with what they have learnt; others begin anew, those
   * that had failed among them.
   */
  follow(policy: WatchPolicy): void {
    const before = this.#policy.options;
    this.#policy = policy;
    const { options } = policy;
    if (options === null) {
      this.#watch = null;
      return;
    }
    if (JSON.stringify(before) === JSON.stringify(options) && this.#watch !== null) return;
    this.#failed.clear();
    this.#guarded("the watch", () => {
      if (this.#watch === null) this.#watch = this.#make(options);
      else this.#watch.change(options);
    });
  }

  /** Takes a signal. */
  take(signal: WatchSignal): void {
    const watch = this.#watch;
    if (watch === null) return;
    this.#signals += 1;
    this.#guarded("the watch", () => watch.take(signal, this.#options.wallNow()));
  }

  /** Time has come: called every second by its own timer. */
  turn(): void {
    const watch = this.#watch;
    if (watch !== null) this.#guarded("the watch", () => watch.turn(this.#options.wallNow()));
  }

  /** What it found last. */
  list(query: FindingQuery): FindingPage {
    return this.#findings.list(query);
  }

  /** The finding with this incident; `null` when it is not known any more. */
  find(incident: string): KeptFinding | null {
    return this.#findings.find(incident);
  }

  /**
   * Takes back what was done about a finding: its ban, its slow-down, its demand. What the same detector says of the same subject
   * within an hour is told, and nothing is done about it, since the evidence may be the same; likewise what others say of it within
   * the quiet time.
   */
  async undo(incident: string): Promise<Undone> {
    const finding = this.#findings.find(incident);
    if (finding === null) return null;
    if (finding.undoneAt !== null || this.#undoing.has(incident))
      return { finding, lifted: [], already: true };
    this.#undoing.add(incident);
    try {
      return await this.#takeBack(finding);
    } finally {
      this.#undoing.delete(incident);
    }
  }

  async #takeBack(finding: KeptFinding): Promise<Undone> {
    const { incident } = finding;
    const wallNow = this.#options.wallNow();
    // First, so that nothing is done anew while it is lifted.
    this.#forgiven.push({ finding, at: wallNow });
    if (this.#forgiven.length > MAX_FORGIVEN) this.#forgiven.shift();
    const answered = this.#answered.get(incident) ?? { outcome: finding.outcome, detail: finding.detail };
    const lifted = await this.#answers.undo(finding, answered, wallNow);
    // Only now, or what could not be lifted could never be tried again.
    this.#answered.delete(incident);
    this.#findings.undone(incident, wallNow);
    return { finding: this.#findings.find(incident) ?? finding, lifted, already: false };
  }

  /** What does not work of it, though the gate goes on; empty when all does. */
  warnings(): readonly string[] {
    return [...this.#failed].map(([part, why]) => `${part} is off after a fault: ${why}`);
  }

  /** How it fares: what each detector has told, and which routes it still learns. */
  status(): WatchStatus {
    const mode = this.#policy.options?.mode ?? "off";
    return { mode, detectors: this.#watch?.state() ?? [], warnings: this.warnings() };
  }

  /** What it is up to. */
  figures(): WatchFigures {
    const states = this.#watch?.state() ?? [];
    const off = [...this.#failed.keys()];
    return {
      detectors: [
        ...states.map(({ name, size }) => ({ name, keys: size, isOff: false })),
        ...off.map((name) => ({ name, keys: 0, isOff: true })),
      ],
      signals: this.#signals,
      findingsKept: this.#findings.list({ limit: 0, before: null }).kept,
    };
  }

  /** Slow-downs in force, for a process that starts now. */
  slowings(): readonly SlowOrder[] {
    return this.#answers.slowings(this.#options.wallNow());
  }

  /** Nothing more comes. */
  close(): void {
    clearInterval(this.#timer);
    this.#watch = null;
  }

  #make(options: WatchOptions): Watch {
    const { create, newIncident } = this.#options;
    return create(options, {
      newIncident,
      onFinding: (finding, now) => this.#found(finding, now),
      onFault: (detector, error) => this.#fail(detector, error),
      // So that nobody outside knows which keys share a counter.
      seed: randomInt(2 ** 32),
    });
  }

  /** Not in the same call: a connection may be in the middle of what was found. */
  #found(finding: NamedFinding, wallNow: number): void {
    if (this.#answering >= MAX_ANSWERING) {
      const detail = `${MAX_ANSWERING} others are being answered`;
      setImmediate(() => this.#tell(finding, { outcome: "failed", detail }, wallNow));
      return;
    }
    this.#answering += 1;
    setImmediate(() => void this.#answer(finding, wallNow));
  }

  async #answer(finding: NamedFinding, wallNow: number): Promise<void> {
    const answered = this.#spared(finding, wallNow) ?? (await this.#carryOut(finding, wallNow));
    this.#answering -= 1;
    this.#tell(finding, answered, wallNow);
  }

  async #carryOut(finding: NamedFinding, wallNow: number): Promise<Answered> {
    const { options } = this.#policy;
    if (options === null) return { outcome: "failed", detail: "the watch was switched off meanwhile" };
    return await this.#answers.answer(finding, options, wallNow);
  }

  /** Why nothing is done about a finding; `null`: something may be. */
  #spared(finding: NamedFinding, wallNow: number): Answered | null {
    if (finding.answer === "alert") return null;
    if (this.#watch?.isSpared(finding) === true) return { outcome: "spared", detail: "on the allow-list" };
    const { subject } = finding;
    if (subject.kind === "address" && this.#policy.proxies.some((proxy) => overlap(proxy, subject.value)))
      return { outcome: "spared", detail: "a trusted proxy, which speaks for others" };
    const undone = this.#forgiven.find(({ finding: before, at }) => {
      // Another detector may have counted the same events, of the last minutes.
      const forMs = before.detector === finding.detector ? FORGIVEN_MS : (this.#policy.options?.quiet ?? 0);
      return wallNow < at + forMs && isSameSubject(before.subject, subject);
    });
    if (undone === undefined) return null;
    const detail = `told only: finding ${undone.finding.incident} about it was taken back by hand`;
    return { outcome: "spared", detail };
  }

  #tell(finding: NamedFinding, answered: Answered, wallNow: number): void {
    const { ban, lasts, outcome, detail } = answered;
    const event: FindingEvent = { type: "finding", ...finding, ...placeOf(finding), outcome, detail };
    this.#findings.add(event, wallNow);
    if (ban !== undefined || lasts === true) this.#keep(finding.incident, answered);
    this.#options.emit(event);
  }

  /** As long as the finding itself is known. */
  #keep(incident: string, answered: Answered): void {
    this.#answered.set(incident, answered);
    for (const known of this.#answered.keys()) {
      if (this.#findings.find(known) !== null) return;
      this.#answered.delete(known);
    }
  }

  #guarded(part: string, run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#watch = null;
      this.#fail(part, error);
    }
  }

  #fail(part: string, error: unknown): void {
    if (this.#failed.has(part)) return;
    this.#failed.set(part, problemOf(error));
    // Not where it was thrown: this goes out to alerts, too.
    const detail = `${part}: ${problemOf(error)}`;
    const event: GateEvent = {
      type: "gate",
      level: "error",
      message: "a part of the watch failed, and is off until a reload changes its options",
      detail,
    };
    // Not in the same call: what failed may be in the middle of what it was told of.
    setImmediate(() => this.#options.emit(event));
  }
}

/** Where a finding does not say it, its subject may: records are searched by these. */
function placeOf({
  subject: { kind, value },
  address,
  user,
  session,
  route,
}: NamedFinding): Pick<FindingEvent, "address" | "user" | "session" | "route"> {
  return {
    address: address ?? (kind === "address" && !value.includes("/") ? value : null),
    user: user ?? (kind === "user" ? value : null),
    session: session ?? (kind === "session" ? value : null),
    route: route ?? (kind === "route" ? value : null),
  };
}

/** Whether two findings may stand on the same evidence. */
function isSameSubject(one: Subject, other: Subject): boolean {
  if (one.kind !== other.kind) return false;
  return one.kind === "address" ? overlap(one.value, other.value) : one.value === other.value;
}

function overlap(one: string, other: string): boolean {
  const [a, b] = [parseRange(one), banRange(other)];
  return (
    a.ok && b !== null && a.range.family === b.family && a.range.first <= b.last && b.first <= a.range.last
  );
}
