import { setTimeout as sleep } from "node:timers/promises";
import { describeAttempt } from "./attempt.ts";
import { type Check, type Group, notTested, type Outcome } from "./check.ts";
import { CheckContext, type ContextParts } from "./check-context.ts";
import { Connector } from "./connector.ts";
import { type Control, takeControl } from "./control.ts";
import { finishReport, type Result } from "./finish-report.ts";
import { BudgetError, NoConnectionError, NotTestedError } from "./not-tested.ts";
import { Pace } from "./pace.ts";
import { printable } from "./printable.ts";
import { problemOf } from "./problem-of.ts";
import type { ScanReport } from "./report.ts";
import { reproduceCommand } from "./reproduce-command.ts";
import type { ScanSettings } from "./scan-settings.ts";
import type { Target } from "./target.ts";
import { Witness } from "./witness.ts";

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
/** How the reason begins for which a scan ends where its target did. */
const GONE = "a normal connection was no longer admitted";
/** Nothing listens any more: where that is the end of its process, anybody can bring it about. */
const ended = (problem: string): string =>
  problem.includes("ECONNREFUSED")
    ? " (did its process end? `--destructive --group crash` says what ends it, and --skip leaves a check out)"
    : "";
/** What is under way when the time is used up may take so much longer. */
const GRACE_MS = 4000;

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
  const late = new AbortController();
  const over = sleep(pace.leftMs + GRACE_MS, "over" as const, { signal: late.signal });
  await run.all(over).finally(() => late.abort());
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
  const isReached = !(error instanceof NoConnectionError);
  return {
    isReached,
    isAnswered: isReached,
    isUsable: false,
    problem,
    roundTripMs: 0,
    exchange,
    ...nothing,
  };
}

/** Checks that tell by what comes back on a connection, or does not. */
const ON_CONNECTIONS: ReadonlySet<Group> = new Set(["frames", "limits", "messages"]);

/**
 * What a check came to, less what it took from silence: where no normal connection is admitted and nothing was answered, or only that what is
 * behind a proxy did not, or where a normal connection is admitted and never answered, nothing passed, and what was found needs somebody's eyes.
 */
function doubted(outcome: Outcome, { group }: Check, context: CheckContext): Outcome {
  const { control } = context;
  const isCalm = outcome.kind === "passed" || outcome.kind === "notApplicable";
  if (isCalm && !control.isUsable && context.isUnanswered)
    return notTested(`nothing was answered, and there is no normal connection: ${control.problem}`);
  const isDeaf =
    control.isUsable && !control.answersPings && control.greeting.length + control.answers.length === 0;
  if (!isDeaf || !ON_CONNECTIONS.has(group) || !context.isMetWithSilence) return outcome;
  if (outcome.kind === "passed")
    return notTested(
      "the target answers nothing on a normal connection either, so that its silence tells nothing",
    );
  if (outcome.kind !== "found") return outcome;
  const [first, ...others] = outcome.sightings;
  return {
    kind: "found",
    sightings: [{ ...first, confidence: "tentative" }, ...others],
  };
}

/** One scan while it runs. */
/** Why nothing can be compared any more. */
interface Lost {
  readonly problem: string;
  /** What the scan may send is spent: nobody knows how the target is. */
  readonly isSpent: boolean;
}

class Run {
  readonly results: Result<Check>[] = [];
  endedEarly: string | null = null;
  /** It ended early because the target did. */
  isLost = false;
  readonly context: ContextParts;
  readonly #parts: ScanParts;
  readonly #witness = new Witness();
  /** Resolves when nothing may go on any longer. */
  #over: Promise<"over"> = new Promise(() => undefined);
  /** The last look at the control that has begun, and the one that is to begin behind it. */
  #looking: Promise<unknown> = Promise.resolve();
  #nextLook: Promise<Lost | null> | null = null;

  constructor(parts: ScanParts, context: ContextParts) {
    this.#parts = parts;
    this.context = context;
  }

  /**
   * Those that only wait from the beginning on; those that disturb nobody at once, then the others one by one; at the end those after which
   * nothing can be compared. What is not done when it is over is not tested.
   */
  async all(over: Promise<"over">): Promise<void> {
    const { checks } = this.#parts;
    over.catch(() => undefined);
    this.#over = over;
    // The first witness. Where it is not admitted, the first check will tell.
    if (this.context.control.isUsable) await this.#recheck().catch(() => undefined);
    const waiting = checks.filter(({ isBackground = false }) => isBackground);
    await Promise.all([...waiting.map((check) => this.#one(check)), this.#others()]);
    for (const check of checks)
      if (check.isLast === true && check.isBackground !== true) await this.#one(check);
    this.#witness.replace(null);
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
    const outcome = this.#obstacle(check) ?? (await this.#test(check));
    this.results.push({ check, outcome });
    onProgress?.({ kind: "done", check, outcome, done: this.results.length, of: checks.length });
  }

  /** Tries it; once more where it passed while the target ended a connection that had nothing to do with it, as one does that is started anew. */
  async #test(check: Check): Promise<Outcome> {
    const before = this.#witness.losses;
    const outcome = await this.#verify(check, await this.#try(check));
    const isDoubtful = outcome.kind === "passed" && this.#witness.losses > before && check.isLast !== true;
    if (!isDoubtful) return outcome;
    // What checks told each other may be from that time.
    this.context.shared.clear();
    return this.#verify(check, await this.#try(check));
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
      const outcome = await Promise.race([check.run(context), this.#over]);
      if (outcome !== "over") return doubted(outcome, check, context);
      return notTested(
        `it was not done when the time of ${this.#parts.settings.pace.totalMs / 1000} s was used up`,
      );
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
    this.endedEarly ??= lost.isSpent
      ? lost.problem
      : `${GONE} after ${check.id}: ${lost.problem}${check.group === "crash" ? "" : ended(lost.problem)}`;
    this.isLost ||= this.endedEarly.startsWith(GONE);
    return outcome.kind === "passed" ? notTested(this.endedEarly) : outcome;
  }

  /** Why the control does not hold any more; null where it does. Checks that are done before a look begins share it. */
  #lostSince(): Promise<Lost | null> {
    this.#nextLook ??= this.#looking.then(() => {
      this.#nextLook = null;
      const look = this.#lost();
      this.#looking = look;
      return look;
    });
    return this.#nextLook;
  }

  async #lost(): Promise<Lost | null> {
    let problem = "";
    for (let tries = 0; tries < RECHECKS; tries += 1) {
      if (tries > 0) await sleep(RECHECK_PAUSE_MS);
      try {
        problem = (await this.#recheck()) ?? "";
        if (problem === "") return null;
      } catch (error) {
        problem = problemOf(error);
        if (error instanceof BudgetError) return { problem, isSpent: true };
      }
    }
    return { problem, isSpent: false };
  }

  /** What is wrong with a normal connection now; null where nothing is. The connection is the next witness. */
  async #recheck(): Promise<string | null> {
    const { control, connector } = this.context;
    const attempt = await connector.open();
    const isAlive =
      attempt.kind === "accepted" &&
      (!control.answersPings ||
        (await attempt.probe.ping(Math.max(connector.patienceMs * 3, connector.settings.handshakeMs))));
    if (isAlive) this.#witness.replace(attempt.probe);
    else attempt.probe.destroy();
    if (isAlive) return null;
    return attempt.kind === "accepted" ? "it was accepted and then not answered" : describeAttempt(attempt);
  }
}

function assemble(
  { results, context: { control, connector }, endedEarly, isLost }: Run,
  { target, checks, scanner }: ScanParts,
): Omit<ScanReport, "startedAt" | "durationMs" | "connections"> {
  const { isUsable, origin, subprotocol, exchange } = control;
  return {
    version: 1,
    scanner,
    target: connector.mask(target.url.href),
    address: target.address,
    isReached: control.isAnswered,
    ...(isLost ? { isLost } : {}),
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
