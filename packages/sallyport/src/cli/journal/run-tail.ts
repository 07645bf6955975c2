import { setTimeout as sleep } from "node:timers/promises";
import { askedOf } from "../../journal/control-message.ts";
import { toJsonLine } from "../../journal/export-records.ts";
import { JournalFollower } from "../../journal/follow-journal.ts";
import { type FoundRecord, searchJournal } from "../../journal/search-journal.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import { type FilterOptions, parseFilter } from "./journal-filter.ts";
import { LineOutput } from "./line-output.ts";
import { parseCount } from "./parse-count.ts";
import { beginReading, type ReadingOptions, withinReading } from "./reading.ts";
import { recordLine } from "./record-line.ts";
import { refuse } from "./refuse.ts";

/** What `journal tail` takes. */
export interface TailOptions extends ReadingOptions, FilterOptions {
  /** How many of the newest are shown first. */
  readonly lines?: string;
  /** Go on with what comes, until it is ended. */
  readonly follow: boolean;
  readonly json: boolean;
}

/** A writer commits ten times a second. */
const POLL_MS = 250;
const FIRST_LINES = 20;

/** `sallyport journal tail [-f]`: the newest records, the oldest of them first, and with `-f` those that come. */
export async function runTail(options: TailOptions, terminal: Terminal): Promise<number> {
  const parsed = parseFilter(options, Date.now());
  const lines = parseCount("--lines", options.lines, FIRST_LINES);
  if (!parsed.ok) return refuse(parsed.problem, terminal, exitCodes.usage);
  if (!lines.ok) return refuse(lines.problem, terminal, exitCodes.usage);
  const begun = await beginReading(options, { command: "tail", asked: askedOf(parsed.query) }, terminal);
  if (!begun.ok) return begun.exitCode;
  const { reader } = begun.reading;
  const query = withinReading(parsed.query, begun.reading);
  const output = new LineOutput(terminal);
  const write = async (found: FoundRecord): Promise<boolean> =>
    await output.write(options.json ? toJsonLine(found) : recordLine(found, terminal));
  const follower = new JournalFollower(reader, query);
  // First, so that nothing falls between: what is found twice is told by its frame.
  if (options.follow) await follower.skip();
  const newest: FoundRecord[] = [];
  for await (const found of searchJournal(reader, query)) if (newest.push(found) >= lines.count) break;
  for (const found of newest.toReversed()) await write(found);
  let isRead = await output.flush();
  const shown = newest[0]?.frame ?? -1;
  while (options.follow && isRead) {
    for await (const found of follower.next()) if (found.frame > shown) await write(found);
    isRead = await output.flush();
    if (isRead) await sleep(POLL_MS);
  }
  return exitCodes.done;
}
