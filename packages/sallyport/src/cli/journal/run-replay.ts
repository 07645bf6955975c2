import { setTimeout as wait } from "node:timers/promises";
import { searchJournal } from "../../journal/search-journal.ts";
import { duration } from "../../quantity.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import { LineOutput } from "./line-output.ts";
import { ProgressLine } from "./progress-line.ts";
import { beginReading, howToSee, mayShow, type Reading, type ReadingOptions } from "./reading.ts";
import { refuse } from "./refuse.ts";
import { openReplay, type ReplayClient, type ReplayEnd } from "./replay-client.ts";
import { ReplayComparison } from "./replay-comparison.ts";
import { replyJson, replyLines, resultJson, resultLines } from "./replay-lines.ts";
import { planReplay, type ReplayPlan } from "./replay-plan.ts";
import { readRequest } from "./replay-request.ts";
import { checkTarget, type TargetChecked } from "./replay-target.ts";

/** What `journal replay` takes. */
export interface ReplayOptions extends ReadingOptions {
  /** Where to: `ws://…` or `wss://…`. */
  readonly to: string;
  /** How many times as fast as then, or `max`. */
  readonly speed: string;
  /** Instead of the recorded one; `none`: none. */
  readonly origin?: string;
  readonly header: readonly string[];
  /** Instead of the recorded one. */
  readonly subprotocol: readonly string[];
  /** A bearer token. */
  readonly token?: string;
  /** How long to wait for a reply that came then. */
  readonly patience: string;
  /** Send what is there, where not everything is. */
  readonly partial: boolean;
  readonly yesOriginal?: string;
  readonly yesRemote: boolean;
  readonly json: boolean;
}

/** Sessions have ids like this. */
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * `sallyport journal replay SESSION --to URL`: sends what a client sent to a test server, message by message as it was, and shows what
 * comes back beside what came back then. Exit code 0 when all of it is the same, 1 when it differs, 2 where something is missing or not
 * allowed, 3 where the server cannot be reached.
 */
export async function runReplay(
  session: string,
  options: ReplayOptions,
  terminal: Terminal,
): Promise<number> {
  const pace = readPace(options);
  if (!ID.test(session))
    return refuse("expected a session, as `journal search` shows them", terminal, exitCodes.usage);
  if (!pace.ok) return refuse(pace.problem, terminal, exitCodes.usage);
  if (options.reason === undefined)
    return refuse(
      "contents are read: say why with --reason TEXT, which is recorded",
      terminal,
      exitCodes.usage,
    );
  const url = readUrl(options.to);
  if (url === null)
    return refuse("--to: expected a URL such as ws://127.0.0.1:4000/chat", terminal, exitCodes.usage);
  // Before anything is read, and without what only the record can tell.
  const wrong = readRequest(url, { open: null }, options);
  if (!wrong.ok) return refuse(wrong.problem, terminal, exitCodes.usage);
  const begun = await beginReading(
    options,
    { command: `replay to ${url.host}`, asked: { session } },
    terminal,
  );
  if (!begun.ok) return begun.exitCode;
  const { reading } = begun;
  const withheld = mayShow("full", reading);
  if (withheld !== null) return refuse(`contents: ${howToSee(withheld, reading)}`, terminal, exitCodes.usage);
  const plan = await planReplay(reading.reader, session);
  if (plan === null)
    return refuse(`there is no message of a session ${session} in this journal`, terminal, exitCodes.usage);
  const target = await targetOf(plan, { url, options, reading });
  if (!target.ok) return refuse(target.problem, terminal, exitCodes.usage);
  const read = readRequest(url, plan, options);
  if (!read.ok) return refuse(read.problem, terminal, exitCodes.usage);
  for (const note of read.notes) terminal.err(`${note}\n`);
  const request = { ...read.request, addresses: target.addresses };
  return await replay({ session, plan, reading, pace, options, request }, terminal);
}

/** A URL of a WebSocket, without a user name, a password and a fragment; `null` for any other. */
function readUrl(text: string): URL | null {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "ws:" && url.protocol !== "wss:")) return null;
  return url.username + url.password + url.hash === "" ? url : null;
}

/** How fast, and how patient. */
interface Pace {
  /** `Infinity`: without waiting. */
  readonly speed: number;
  readonly patienceMs: number;
}

function readPace({
  speed,
  patience,
}: ReplayOptions): ({ readonly ok: true } & Pace) | { readonly ok: false; readonly problem: string } {
  const factor = speed === "max" ? Infinity : Number(speed);
  if (!(factor > 0)) return { ok: false, problem: "--speed: expected a factor such as 1 or 10, or max" };
  const patienceMs = duration.safeParse(patience);
  if (!patienceMs.success) return { ok: false, problem: "--patience: expected a duration such as 2s" };
  return { ok: true, speed: factor, patienceMs: patienceMs.data };
}

interface Asked {
  readonly url: URL;
  readonly options: ReplayOptions;
  readonly reading: Reading;
}

/** Where a session is sent, or why it is not. */
async function targetOf(plan: ReplayPlan, { url, options, reading }: Asked): Promise<TargetChecked> {
  const { yesOriginal, yesRemote, partial } = options;
  const { config } = reading.place;
  const originalHost = plan.open?.arrival?.host ?? null;
  const target = await checkTarget({ url, config, originalHost, yesOriginal, yesRemote });
  if (!target.ok) return target;
  if (plan.whole === 0) return noTarget("there is nothing that could be sent:", ...plan.missing);
  if (plan.missing.length === 0 || partial) return target;
  return noTarget(
    "not everything is there that the client sent:",
    ...plan.missing,
    "--partial sends what is",
  );
}

function noTarget(...lines: readonly string[]): TargetChecked {
  return { ok: false, problem: lines.join("\n") };
}

interface Replay {
  readonly session: string;
  readonly plan: ReplayPlan;
  readonly reading: Reading;
  readonly pace: Pace;
  readonly options: ReplayOptions;
  readonly request: Parameters<typeof openReplay>[0];
}

async function replay(
  { session, plan, reading, pace, options, request }: Replay,
  terminal: Terminal,
): Promise<number> {
  const progress = new ProgressLine(terminal);
  const output = new LineOutput(terminal, () => progress.clear());
  const comparison = new ReplayComparison((compared) => {
    void output.write(options.json ? replyJson(compared) : replyLines(compared, terminal));
  });
  const opened = await openReplay(request, (message) => comparison.receive(message));
  if (!opened.ok) return refuse(opened.problem, terminal, exitCodes.unreachable);
  const { client } = opened;
  const conductor = new Conductor(client, comparison, pace);
  const query = { fields: { session }, order: "oldest", payloads: true } as const;
  for await (const { record, payload } of searchJournal(reading.reader, query)) {
    if (client.isOver) break;
    if (record.type !== "message") continue;
    const isKept = record.payload === "full" && !record.truncated;
    const bytes = isKept ? payload : null;
    const binary = record.opcode === "binary";
    if (record.direction === "outbound") comparison.record({ binary, size: record.size, bytes });
    else if (bytes !== null) await conductor.send({ binary, bytes }, record.time);
    progress.show(() => `${conductor.sent} of ${plan.whole} messages sent, ${comparison.cameNow} came back`);
  }
  const end = await conductor.end();
  comparison.finish();
  progress.clear();
  const result = { plan, end, sent: conductor.sent, hurried: conductor.hurried, counts: comparison.counts };
  await output.write(options.json ? resultJson(result) : resultLines(result, terminal));
  await output.flush();
  return exitCodeOf(comparison, { sent: conductor.sent, plan, end });
}

function exitCodeOf(
  { counts }: ReplayComparison,
  { sent, plan, end }: { readonly sent: number; readonly plan: ReplayPlan; readonly end: ReplayEnd },
): number {
  const isSame = counts.differs + counts.missing + counts.more === 0 && end.problem === null;
  return isSame && sent === plan.whole ? exitCodes.done : exitCodes.found;
}

/** Sends at the pace of then: not before its time, nor before the server said what it had said by then. */
class Conductor {
  readonly #client: ReplayClient;
  readonly #comparison: ReplayComparison;
  readonly #pace: Pace;
  #began: { readonly at: number; readonly time: number } | null = null;
  sent = 0;
  /** The server does not say what it said then: nobody waits for it any more. */
  hurried = false;

  constructor(client: ReplayClient, comparison: ReplayComparison, pace: Pace) {
    this.#client = client;
    this.#comparison = comparison;
    this.#pace = pace;
  }

  /** Sends a message. @param time when it came then */
  async send(message: Parameters<ReplayClient["send"]>[0], time: number): Promise<void> {
    await this.#untilReplied();
    this.#began ??= { at: performance.now(), time };
    const due = this.#began.at + (time - this.#began.time) / this.#pace.speed;
    await this.#until(() => performance.now() >= due, due);
    if (this.#client.isOver) return;
    await this.#client.send(message);
    this.sent += 1;
  }

  /** Waits for what is to come still, and closes. */
  async end(): Promise<ReplayEnd> {
    await this.#untilReplied(true);
    return await this.#client.close();
  }

  async #untilReplied(isLast = false): Promise<void> {
    const comparison = this.#comparison;
    if (this.hurried && !isLast) return;
    let received = comparison.cameNow;
    let givesUpAt = performance.now() + this.#pace.patienceMs;
    const isThere = (): boolean => {
      // As long as something comes it is worth waiting.
      if (comparison.cameNow > received) givesUpAt = performance.now() + this.#pace.patienceMs;
      received = comparison.cameNow;
      return received >= comparison.cameThen || performance.now() >= givesUpAt;
    };
    await this.#until(isThere, Infinity);
    if (comparison.cameNow < comparison.cameThen) this.hurried = true;
  }

  /** Waits until something holds, or the connection is over. @param at when to look at the latest, monotonic milliseconds */
  async #until(holds: () => boolean, at: number): Promise<void> {
    while (!holds() && !this.#client.isOver)
      await wait(Math.min(LOOK_MS, Math.max(1, at - performance.now())));
  }
}

/** A reply is noticed so late at most. */
const LOOK_MS = 5;
