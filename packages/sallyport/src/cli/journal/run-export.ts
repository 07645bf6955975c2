import { type FileHandle, open, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { askedOf } from "../../journal/control-message.ts";
import { toHar, toJsonLine } from "../../journal/export-records.ts";
import { type FoundRecord, type JournalQuery, searchJournal } from "../../journal/search-journal.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import { csvHead, toCsvLine } from "./csv-line.ts";
import { type FilterOptions, parseFilter } from "./journal-filter.ts";
import {
  beginReading,
  contentFor,
  type Reading,
  type ReadingOptions,
  type Withheld,
  withinReading,
} from "./reading.ts";
import { streamRecords } from "./record-stream.ts";
import { refuse } from "./refuse.ts";
import { tellWithheld } from "./tell-withheld.ts";

/** What `journal export` takes. */
export interface ExportOptions extends ReadingOptions, FilterOptions {
  readonly format: string;
  /** A file that is not there yet; default: standard output. */
  readonly to?: string;
  /** The version that made it. */
  readonly version: string;
}

const FORMATS = ["jsonl", "har", "csv"];

/**
 * `sallyport journal export`: the records for which everything that is written holds, the oldest first, as JSON Lines, as an HTTP archive
 * that the developer tools of browsers show, or as a table. Whole contents go out only with a reason.
 */
export async function runExport(options: ExportOptions, terminal: Terminal): Promise<number> {
  const parsed = parseFilter(options, Date.now());
  if (!parsed.ok) return refuse(parsed.problem, terminal, exitCodes.usage);
  if (!FORMATS.includes(options.format))
    return refuse(`--format: expected one of ${FORMATS.join(", ")}`, terminal, exitCodes.usage);
  const purpose = { command: `export ${options.format}`, asked: askedOf(parsed.query) };
  const begun = await beginReading(options, purpose, terminal);
  if (!begun.ok) return begun.exitCode;
  if (options.to === undefined) return await writeExport(begun.reading, { ...options, ...parsed }, terminal);
  return await exportToFile(begun.reading, { ...options, ...parsed }, terminal);
}

type Wanted = ExportOptions & { readonly query: JournalQuery };

async function exportToFile(reading: Reading, wanted: Wanted, terminal: Terminal): Promise<number> {
  const path = resolve(terminal.directory, wanted.to ?? "");
  let file: FileHandle;
  try {
    file = await open(path, "wx", 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "EEXIST" ? "is there already: name a new one" : `cannot be written: ${code}`;
    return refuse(`--to ${path} ${why}`, terminal, exitCodes.usage);
  }
  try {
    const pour = async (text: string): Promise<boolean> => (await file.appendFile(text), true);
    const code = await writeExport(reading, wanted, { ...terminal, pour });
    await file.sync();
    if (code !== exitCodes.done) await rm(path);
    return code;
  } catch (error) {
    await rm(path, { force: true });
    return refuse(`--to ${path}: ${(error as Error).message}`, terminal, exitCodes.usage);
  } finally {
    await file.close();
  }
}

async function writeExport(reading: Reading, asked: Wanted, terminal: Terminal): Promise<number> {
  const wanted = { ...asked, query: withinReading(asked.query, reading) };
  const left: Record<Withheld, number> = { role: 0, reason: 0, erased: 0 };
  const shown = (found: FoundRecord): FoundRecord => {
    const { payload, withheld } = contentFor(found, reading);
    if (withheld !== null) left[withheld] += 1;
    return { ...found, payload };
  };
  const problem =
    wanted.format === "har"
      ? await writeHar(reading, { ...wanted, shown }, terminal)
      : await writeLines(reading, { ...wanted, shown }, terminal);
  if (problem !== null) return refuse(problem, terminal, exitCodes.usage);
  tellWithheld(left, reading, terminal);
  return exitCodes.done;
}

type Shown = Wanted & { readonly shown: (found: FoundRecord) => FoundRecord };

async function writeLines({ reader }: Reading, wanted: Shown, terminal: Terminal): Promise<null> {
  const isTable = wanted.format === "csv";
  const pour = terminal.pour ?? ((text) => Promise.resolve((terminal.out(text), true)));
  if (isTable) await pour(csvHead);
  const query: JournalQuery = { ...wanted.query, order: "oldest", payloads: true };
  const lineOf = (found: FoundRecord): string => (isTable ? toCsvLine : toJsonLine)(wanted.shown(found));
  const { found, isCut } = await streamRecords(reader, { query, lineOf }, terminal);
  if (!isCut) terminal.err(`${found} records exported\n`);
  return null;
}

/** An archive is one object, and so is made before it is written. */
async function writeHar({ reader }: Reading, wanted: Shown, terminal: Terminal): Promise<string | null> {
  let found = 0;
  async function* records(): AsyncGenerator<FoundRecord> {
    for await (const record of searchJournal(reader, { ...wanted.query, payloads: true })) {
      found += 1;
      yield wanted.shown(record);
    }
  }
  const made = await toHar(records(), { name: "sallyport", version: wanted.version });
  if (!made.ok) return made.problem;
  const pour = terminal.pour ?? ((text) => Promise.resolve((terminal.out(text), true)));
  if (await pour(made.har)) terminal.err(`${found} records exported\n`);
  return null;
}
