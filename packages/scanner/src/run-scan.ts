import { setTimeout as sleep } from "node:timers/promises";
import { describeAttempt } from "./attempt.ts";
import { type Check, notTested, type Outcome } from "./check.ts";
import { CheckContext, type ContextParts } from "./check-context.ts";
import { Connector } from "./connector.ts";
import { type Control, takeControl } from "./control.ts";
import { finishReport, type Result } from "./finish-report.ts";
import { NoConnectionError, NotTestedError } from "./not-tested.ts";
import { Pace } from "./pace.ts";
import { printable } from "./printable.ts";
import { problemOf } from "./problem-of.ts";
import type { ScanReport } from "./report.ts";
import { reproduceCommand } from "./reproduce-command.ts";
import type { ScanSettings } from "./scan-settings.ts";
import type { Target } from "./target.ts";

/** What happened in a scan, for whoever shows its progress. */
export type Progress =
  | { readonly kind: "control"; readonly control: Control }
  | { readonly kind: "begun"; readonly check: Check }
  | {
      readonly kind: "done";
      readonly check: Check;
      readonly outcome: Outcome;
      readonly done: number;
      readonly of: number;
    };

/** What is scanned, by what. */
export interface ScanParts {
  readonly target: Target;
  readonly settings: ScanSettings;
  readonly checks: readonly Check[];
  /** Name and version of the scanner, for the report. */
  readonly scanner: string;
  readonly onProgress?: (progress: Progress) => void;
}

/** How often, and after what pause, the control is tried again before the target counts as lost. */
const RECHECKS = 3;
const RECHECK_PAUSE_MS = 700;

/**
 * Scans: takes a control, runs the checks, and after each sees whether the control still holds. What was "refused" by a target that no
 * longer admits anybody is not tested. Rejects never for what the target does; a target that cannot be reached has a report that says so.
 */
export async function runScan(parts: ScanParts): Promise<ScanReport> {
  const startedAt = new Date();
  const begun = performance.now();
  const pace = new Pace(parts.settings.pace);
  const connector = new Connector(parts.target, parts.settings, pace);
  const control = await takeControl(connector).catch(unreachable);
  parts.onProgress?.({ kind: "control", control });
  const run = new Run(parts, { connector, control, shared: new Map() });
  await run.all();
  return {
    ...assemble(run, parts),
    startedAt: startedAt.toISOString(),
    durationMs: Math.round(performance.now() - begun),
    connections: pace.taken,
  };
}

/** The control of a target to which no connection can be made, or that says it is busy. */
function unreachable(error: unknown): Control {
  const problem = problemOf(error);
  const exchange = { about: "a normal connection", lines: [`- ${printable(problem)}`] };
  const nothing = {
    origin: null,
    head: null,
    subprotocol: null,
    greeting: [],
    answers: [],
    answersPings: false,
  };
  return {
    isReached: !(error instanceof NoConnectionError),
    isUsable: false,
    problem,
    roundTripMs: 0,
    exchange,
    ...nothing,
  };
}

/** One scan while it runs. */
class Run {
  readonly results: Result<Check>[] = [];
  endedEarly: string | null = null;
  readonly context: ContextParts;
  readonly #parts: ScanParts;
  /** The last look at the control that has begun, and the one that is to begin behind it. */
  #looking: Promise<unknown> = Promise.resolve();
  #nextLook: Promise<string | null> | null = null;

  constructor(parts: ScanParts, context: ContextParts) {
    this.#parts = parts;
    this.context = context;
  }

  /**
   * Those that only wait from the beginning on; those that disturb nobody at once, then the others one by one; at the end those after which
   * nothing can be compared.
   */
  async all(): Promise<void> {
    const { checks } = this.#parts;
    const waiting = checks.filter(({ isBackground = false }) => isBackground);
    await Promise.all([...waiting.map((check) => this.#one(check)), this.#others()]);
    for (const check of checks) if (check.isLast === true) await this.#one(check);
  }

  async #others(): Promise<void> {
    const checks = this.#parts.checks.filter(
      ({ isBackground = false, isLast = false }) => !isBackground && !isLast,
    );
    const together = checks.filter(({ isAlone = false }) => !isAlone);
    const queue = together.values();
    const worker = async (): Promise<void> => {
      for (const check of queue) await this.#one(check);
    };
    await Promise.all(Array.from({ length: this.#parts.settings.concurrency }, worker));
    for (const check of checks) if (check.isAlone === true) await this.#one(check);
  }

  async #one(check: Check): Promise<void> {
    const { onProgress, checks } = this.#parts;
    onProgress?.({ kind: "begun", check });
    const outcome = this.#obstacle(check) ?? (await this.#verify(check, await this.#try(check)));
    this.results.push({ check, outcome });
    onProgress?.({ kind: "done", check, outcome, done: this.results.length, of: checks.length });
  }

  /** Why a check is not even tried. */
  #obstacle({ impact, needsBrowser = false, withoutControl = false }: Check): Outcome | null {
    const { control } = this.context;
    if (impact === "destructive" && !this.#parts.settings.destructive)
      return notTested("it may end the target's process, and runs with --destructive alone");
    const { browser, withoutBrowser } = this.#parts.settings;
    if (needsBrowser) return browser === null ? notTested(withoutBrowser) : null;
    if (this.endedEarly !== null) return notTested(this.endedEarly);
    if (!control.isReached) return notTested(control.problem);
    return control.isUsable || withoutControl
      ? null
      : notTested(`there is no normal connection to compare with: ${control.problem}`);
  }

  async #try(check: Check): Promise<Outcome> {
    const context = new CheckContext(this.context);
    try {
      return await check.run(context);
    } catch (error) {
      if (error instanceof NotTestedError) return notTested(error.message);
      return notTested(`the check itself failed, which is a fault of the scanner: ${problemOf(error)}`);
    } finally {
      context.end();
    }
  }

  /** What passed counts while a normal connection is still admitted. */
  async #verify(check: Check, outcome: Outcome): Promise<Outcome> {
    const { isUsable } = this.context.control;
    if (!isUsable || check.isLast === true || check.needsBrowser === true || outcome.kind === "notApplicable")
      return outcome;
    const lost = await this.#lostSince();
    if (lost === null) return outcome;
    this.endedEarly ??= `a normal connection was no longer admitted after ${check.id}: ${lost}`;
    return outcome.kind === "passed" ? notTested(this.endedEarly) : outcome;
  }

  /** Why the control does not hold any more; null where it does. Checks that are done before a look begins share it. */
  #lostSince(): Promise<string | null> {
    this.#nextLook ??= this.#looking.then(() => {
      this.#nextLook = null;
      const look = this.#lost();
      this.#looking = look;
      return look;
    });
    return this.#nextLook;
  }

  async #lost(): Promise<string | null> {
    let problem: string | null = null;
    for (let tries = 0; tries < RECHECKS; tries += 1) {
      if (tries > 0) await sleep(RECHECK_PAUSE_MS);
      problem = await this.#recheck();
      if (problem === null) return null;
    }
    return problem;
  }

  async #recheck(): Promise<string | null> {
    try {
      const attempt = await this.context.connector.open();
      const { control, connector } = this.context;
      const isAlive =
        attempt.kind === "accepted" &&
        (!control.answersPings ||
          (await attempt.probe.ping(Math.max(connector.patienceMs * 3, connector.settings.handshakeMs))));
      attempt.probe.destroy();
      if (isAlive) return null;
      return attempt.kind === "accepted" ? "it was accepted and then not answered" : describeAttempt(attempt);
    } catch (error) {
      return problemOf(error);
    }
  }
}

function assemble(
  { results, context: { control, connector }, endedEarly }: Run,
  { target, checks, scanner }: ScanParts,
): Omit<ScanReport, "startedAt" | "durationMs" | "connections"> {
  const { isUsable, origin, subprotocol, exchange } = control;
  return {
    version: 1,
    scanner,
    target: connector.mask(target.url.href),
    address: target.address,
    isReached: control.isReached,
    control: {
      isUsable,
      problem: printable(connector.mask(control.problem)),
      origin,
      subprotocol: subprotocol === null ? null : printable(subprotocol),
      ...(control.foundSubprotocol === undefined ? {} : { foundSubprotocol: control.foundSubprotocol }),
      roundTripMs: Math.round(control.roundTripMs * 10) / 10,
      exchange,
    },
    endedEarly,
    ...finishReport(results, checks, {
      mask: connector.mask,
      reproduce: (check) => reproduceCommand(check, target, connector.settings),
    }),
  };
}
