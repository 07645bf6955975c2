import { askedOf } from "../../journal/control-message.ts";
import { toJsonLine } from "../../journal/export-records.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import { type FilterOptions, parseFilter } from "./journal-filter.ts";
import { parseCount } from "./parse-count.ts";
import { beginReading, type ReadingOptions, withinReading } from "./reading.ts";
import { recordLine } from "./record-line.ts";
import { describeBlocks, streamRecords } from "./record-stream.ts";
import { refuse } from "./refuse.ts";

/** What `journal search` takes. */
export interface SearchOptions extends ReadingOptions, FilterOptions {
  /** Records at most. */
  readonly limit?: string;
  /** One JSON object a line. */
  readonly json: boolean;
}

/**
 * `sallyport journal search`: the records for which everything that is written holds, the newest first, as they are found; the
 * contents of messages are looked through for a text, and not shown. Exit code 0 also where nothing is found.
 */
export async function runSearch(options: SearchOptions, terminal: Terminal): Promise<number> {
  const parsed = parseFilter(options, Date.now());
  const limit = parseCount("--limit", options.limit, Infinity);
  if (!parsed.ok) return refuse(parsed.problem, terminal, exitCodes.usage);
  if (!limit.ok) return refuse(limit.problem, terminal, exitCodes.usage);
  const begun = await beginReading(options, { command: "search", asked: askedOf(parsed.query) }, terminal);
  if (!begun.ok) return begun.exitCode;
  const { found, blocks, seconds, isCut } = await streamRecords(
    begun.reading.reader,
    {
      query: withinReading(parsed.query, begun.reading),
      limit: limit.count,
      lineOf: (record) => (options.json ? toJsonLine(record) : recordLine(record, terminal)),
    },
    terminal,
  );
  const isLimited = found >= limit.count ? " (--limit)" : "";
  if (!isCut)
    terminal.err(`${found} found${isLimited}; ${describeBlocks(blocks)}; ${seconds.toFixed(2)} s\n`);
  return exitCodes.done;
}
