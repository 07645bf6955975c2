import { toJsonLine } from "../../journal/export-records.ts";
import type { FoundRecord, JournalQuery } from "../../journal/search-journal.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import { Conversation } from "./conversation.ts";
import { findSubject } from "./find-subject.ts";
import { beginReading, contentFor, type ReadingOptions } from "./reading.ts";
import { streamRecords } from "./record-stream.ts";
import { refuse } from "./refuse.ts";
import { tellWithheld } from "./tell-withheld.ts";
import { dialectNames, namedDialect, routeDialect } from "./session-dialect.ts";

/** What `journal show` takes beside what is shown. */
export interface ShowOptions extends ReadingOptions {
  /** All of every message, however long. */
  readonly full: boolean;
  /** What the messages are read as; default: as the configuration of the route says. */
  readonly dialect?: string;
  /** One JSON object a record and line, instead of words. */
  readonly json: boolean;
}

/** Sessions and incidents have ids like this. */
const ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * `sallyport journal show SESSION|INCIDENT`: a session as a conversation, from its handshake to its close. Of an incident, the session in
 * which it happened, or the handshake that was refused. Contents are shown as far as the key allows, whole ones only with a reason.
 */
export async function runShow(subject: string, options: ShowOptions, terminal: Terminal): Promise<number> {
  const { dialect } = options;
  const problem = problemOf(subject, dialect);
  if (problem !== null) return refuse(problem, terminal, exitCodes.usage);
  const begun = await beginReading(options, { command: `show ${subject}`, asked: {} }, terminal);
  if (!begun.ok) return begun.exitCode;
  const { reading } = begun;
  const found = await findSubject(reading.reader, subject);
  if (found === null)
    return refuse(
      `there is no session and no incident ${subject} in this journal`,
      terminal,
      exitCodes.usage,
    );
  const conversation = new Conversation({
    reading,
    terminal,
    dialect: (route) =>
      dialect === undefined ? routeDialect(reading.place.config, route) : namedDialect(dialect),
    full: options.full,
    incident: found.incident,
  });
  const lineOf = (record: FoundRecord): string =>
    options.json
      ? toJsonLine({ ...record, payload: contentFor(record, reading).payload })
      : conversation.next(record);
  const query: JournalQuery = { ...found.query, order: "oldest", payloads: true };
  await streamRecords(reading.reader, { query, lineOf }, terminal);
  tellWithheld(conversation.withheld, reading, terminal);
  return exitCodes.done;
}

function problemOf(subject: string, dialect: string | undefined): string | null {
  if (!ID.test(subject)) return "expected a session or an incident, as `journal search` shows them";
  if (dialect === undefined || dialectNames.includes(dialect)) return null;
  return `--dialect: expected one of ${dialectNames.join(", ")}`;
}
