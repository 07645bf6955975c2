import type { Buffer } from "node:buffer";
import { resolve } from "node:path";
import { askedOf } from "../journal/control-message.ts";
import type { FoundRecord, JournalQuery } from "../journal/search-journal.ts";
import { readConfigDocument } from "../policy/config-document.ts";
import { asMapping } from "../policy/raw-config.ts";
import { loadConfig } from "../policy/load-config.ts";
import { DEFAULT_CONFIG } from "../policy/run-flags.ts";
import { parseFilter } from "./journal/journal-filter.ts";
import { LineOutput } from "./journal/line-output.ts";
import { ProgressLine } from "./journal/progress-line.ts";
import { beginReading, contentFor, type Reading, type ReadingOptions } from "./journal/reading.ts";
import { refuse } from "./journal/refuse.ts";
import { type RecordedChange, RecordedTally } from "./recorded-changes.ts";
import { playRecorded } from "./recorded-play.ts";
import {
  changeJson,
  changeLine,
  type RecordedResult,
  resultJson,
  resultText,
  sumOf,
} from "./recorded-report.ts";
import { type GivenClaims, RecordedStage } from "./recorded-stage.ts";
import { RecordedTraffic } from "./recorded-traffic.ts";
import { reportProblems } from "./report-problems.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** What `test --journal` takes. */
export interface TestJournalOptions extends ReadingOptions {
  /** The configuration whose policy is tried; default: the one that says where the journal is. */
  readonly policy?: string;
  /** A file with the claims of users, by user: they are not in the journal. */
  readonly claims?: string;
  readonly since?: string;
  readonly until?: string;
  readonly session?: string;
  readonly route?: string;
  /** One JSON object a line instead of words. */
  readonly json: boolean;
}

/** Changes of one route that are shown one by one in words. */
const MOST_SHOWN = 100;

/**
 * `sallyport test --journal [POLICY]`: plays recorded traffic to a policy, without any network, and shows what it would have done
 * otherwise. Exit code 1 when it refuses something that passed, 0 else, 2 where there is nothing to play, or what was written is
 * wrong. Reading contents needs a reason, and is recorded.
 */
export async function testJournal(options: TestJournalOptions, terminal: Terminal): Promise<number> {
  const parsed = parseFilter(filterOf(options), Date.now());
  if (!parsed.ok) return refuse(parsed.problem, terminal, exitCodes.usage);
  if (options.reason === undefined)
    return refuse(
      "contents are read: say why with --reason TEXT, which is recorded",
      terminal,
      exitCodes.usage,
    );
  const set = await setStage(options, terminal);
  if (set === null) return exitCodes.usage;
  try {
    const purpose = { command: "test", asked: askedOf(parsed.query) };
    const begun = await beginReading(options, purpose, terminal);
    if (!begun.ok) return begun.exitCode;
    return await play({ stage: set, reading: begun.reading, query: parsed.query, options }, terminal);
  } finally {
    set.dispose();
  }
}

function filterOf({ since, until, session, route }: TestJournalOptions): Parameters<typeof parseFilter>[0] {
  return {
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(session !== undefined && { session }),
    ...(route !== undefined && { route }),
  };
}

async function setStage(options: TestJournalOptions, terminal: Terminal): Promise<RecordedStage | null> {
  const file = options.policy ?? options.config ?? DEFAULT_CONFIG;
  const loaded = await loadConfig(resolve(terminal.directory, file));
  const claims =
    options.claims === undefined ? null : await readClaims(resolve(terminal.directory, options.claims));
  if (claims === "wrong") {
    refuse(
      `--claims: expected a file with a mapping of users to their claims, at ${options.claims}`,
      terminal,
      exitCodes.usage,
    );
    return null;
  }
  const set = loaded.ok ? await RecordedStage.set(loaded.config, claims) : loaded;
  if (set.ok) return set.stage;
  reportProblems(terminal, set.problems);
  return null;
}

/** YAML or JSON: `ann: { groups: [chat] }`. */
async function readClaims(file: string): Promise<GivenClaims | "wrong"> {
  const read = await readConfigDocument(file);
  const users = read.ok ? asMapping(read.document.value) : null;
  if (users === null) return "wrong";
  const claims = Object.entries(users).map(([user, claimed]) => [user, asMapping(claimed)] as const);
  const found = claims.flatMap(([user, claimed]) => (claimed === null ? [] : [[user, claimed] as const]));
  return found.length === claims.length ? new Map(found) : "wrong";
}

interface Play {
  readonly stage: RecordedStage;
  readonly reading: Reading;
  readonly query: JournalQuery;
  readonly options: TestJournalOptions;
}

async function play({ stage, reading, query, options }: Play, terminal: Terminal): Promise<number> {
  const progress = new ProgressLine(terminal);
  const output = new LineOutput(terminal, () => progress.clear());
  const changes = new ChangeLines(options, terminal);
  const tally = new RecordedTally((change) => changes.add(change));
  const traffic = new RecordedTraffic(stage, tally);
  const { reader } = reading;
  const payloadOf = (found: FoundRecord): Buffer | null => contentFor(found, reading).payload;
  const onProgress = (segments: number, of: number): void =>
    progress.show(() => `${segments} of ${of} segments, ${traffic.findings.records} records played`);
  await playRecorded(
    { reader, query, traffic, payloadOf, onProgress },
    async () => changes.waiting === 0 || (await output.write(changes.drain())),
  );
  const result: RecordedResult = { tally, findings: traffic.findings, notes: stage.notes };
  await output.write(`${changes.drain()}${changes.rest()}`);
  await output.write(options.json ? resultJson(result) : resultText(result, terminal));
  await output.flush();
  progress.clear();
  if (sumOf(tally, "sessions") + sumOf(tally, "handshakes") + sumOf(tally, "handshakesNotJudged") === 0)
    return refuse("there is no recorded traffic in what was asked for", terminal, exitCodes.usage);
  return sumOf(tally, "refused") === 0 ? exitCodes.done : exitCodes.found;
}

/** The lines of changes, as they come: in words so many of each route, as JSON all. */
class ChangeLines {
  readonly #options: Pick<TestJournalOptions, "json">;
  readonly #terminal: Terminal;
  readonly #shown = new Map<string, number>();
  #lines: string[] = [];

  constructor(options: Pick<TestJournalOptions, "json">, terminal: Terminal) {
    this.#options = options;
    this.#terminal = terminal;
  }

  /** How many lines wait. */
  get waiting(): number {
    return this.#lines.length;
  }

  add(change: RecordedChange): void {
    if (this.#options.json) {
      this.#lines.push(changeJson(change));
      return;
    }
    const route = change.route ?? "-";
    const shown = (this.#shown.get(route) ?? 0) + 1;
    this.#shown.set(route, shown);
    if (shown <= MOST_SHOWN) this.#lines.push(changeLine(change, this.#terminal));
  }

  /** The lines that wait. */
  drain(): string {
    const lines = this.#lines.join("");
    this.#lines = [];
    return lines;
  }

  /** What was not shown. */
  rest(): string {
    const more = [...this.#shown].filter(([, shown]) => shown > MOST_SHOWN);
    const lines = more.map(
      ([route, shown]) => `… and ${shown - MOST_SHOWN} more on ${route}: --json shows all\n`,
    );
    return [...lines, this.#shown.size > 0 ? "\n" : ""].join("");
  }
}
