import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { proveRecord } from "../../journal/prove-record.ts";
import { searchJournal } from "../../journal/search-journal.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import { mayShow, beginReading, howToSee, type Reading, type ReadingOptions } from "./reading.ts";
import { recordLine } from "./record-line.ts";
import { refuse } from "./refuse.ts";

/** What `journal prove` takes beside the record. */
export interface ProveOptions extends ReadingOptions {
  /** A file with the checkpoint that whoever checks the proof has; default: the newest beside the segments. */
  readonly checkpoint?: string;
  /** The key of the block goes into the proof. */
  readonly reveal: boolean;
  /** So does the key of the content. */
  readonly content: boolean;
  /** Default: standard output. */
  readonly to?: string;
}

const RECORD = /^(\d{1,15}):(\d{1,9})$/;
const INCIDENT = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * `sallyport journal prove RECORD|INCIDENT`: a proof that a record is in the journal, which `journal verify --proof` checks, or anybody
 * by the format's page, without the journal.
 */
export async function runProve(record: string, options: ProveOptions, terminal: Terminal): Promise<number> {
  const problem = problemOf(record, options);
  if (problem !== null) return refuse(problem, terminal, exitCodes.usage);
  const given = await readGiven(options.checkpoint, terminal);
  if (given === null)
    return refuse(
      `--checkpoint ${options.checkpoint}: expected a file that can be read`,
      terminal,
      exitCodes.usage,
    );
  const begun = await beginReading(options, { command: `prove ${record}`, asked: {} }, terminal);
  if (!begun.ok) return begun.exitCode;
  const { reading } = begun;
  const place = await findRecord(reading, record);
  if (place === null)
    return refuse(`there is no record and no incident ${record} in this journal`, terminal, exitCodes.usage);
  const { reveal, content } = options;
  const wish = { ...place, reveal: reveal || content, content, ...given };
  const made = await proveRecord(reading.place.directory, reading.reader, wish);
  if (!made.ok) return refuse(made.problem, terminal, exitCodes.usage);
  const kind = made.record.type === "message" ? made.record.payload : "none";
  const withheld = content ? mayShow(kind, reading) : null;
  if (withheld !== null)
    return refuse(`--content: ${howToSee(withheld, reading)}`, terminal, exitCodes.usage);
  if (content && made.proof.contentKey === null)
    return refuse("--content: of this record no content is here", terminal, exitCodes.usage);
  terminal.err(recordLine({ record: made.record, ...place, payload: null }, { colour: false }));
  return await write(`${JSON.stringify(made.proof, null, 2)}\n`, options.to, terminal);
}

function problemOf(record: string, { content, reason }: ProveOptions): string | null {
  if (!RECORD.test(record) && !INCIDENT.test(record))
    return "expected a record such as 12:3, or an incident, as `journal search` shows them";
  return content && reason === undefined
    ? "--content opens what somebody wrote: give --reason TEXT, which is recorded"
    : null;
}

async function readGiven(
  file: string | undefined,
  { directory }: Terminal,
): Promise<{ readonly checkpoint?: string } | null> {
  if (file === undefined) return {};
  return await readFile(resolve(directory, file), "utf8").then(
    (checkpoint) => ({ checkpoint }),
    () => null,
  );
}

async function findRecord(
  { reader }: Reading,
  record: string,
): Promise<{ readonly frame: number; readonly position: number } | null> {
  const [, frame, position] = RECORD.exec(record) ?? [];
  if (frame !== undefined) return { frame: Number(frame), position: Number(position) };
  for await (const found of searchJournal(reader, { fields: { incident: record } }))
    return { frame: found.frame, position: found.position };
  return null;
}

async function write(proof: string, to: string | undefined, terminal: Terminal): Promise<number> {
  if (to === undefined) {
    terminal.out(proof);
    return exitCodes.done;
  }
  try {
    // It may bring keys.
    await writeFile(resolve(terminal.directory, to), proof, { flag: "wx", mode: 0o600 });
    return exitCodes.done;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === "EEXIST" ? "is there already: name a new one" : `cannot be written: ${code}`;
    return refuse(`--to ${to} ${why}`, terminal, exitCodes.usage);
  }
}
