import { recordReading } from "../../hosts/record-reading.ts";
import { type JournalReader, openReader } from "../../journal/journal-reader.ts";
import { isReason } from "../../journal/is-reason.ts";
import type { JournalReading, PayloadKind } from "../../journal/journal-record.ts";
import { mayRead, type ReaderRole } from "../../journal/role-keys.ts";
import { absenceOf, type FoundRecord, type JournalQuery } from "../../journal/search-journal.ts";
import { exitCodes, type Terminal } from "../terminal.ts";
import { accessOf, readerIdOf, loadJournalKey } from "./load-journal-key.ts";
import { findPlace, type JournalPlace, type PlaceOptions } from "./journal-place.ts";
import { refuse } from "./refuse.ts";
import { userOfSystem } from "./user-of-system.ts";

/** What every command that shows records takes. */
export interface ReadingOptions extends PlaceOptions {
  /** Why whole contents are read: without it they are not shown. It is recorded. */
  readonly reason?: string;
}

/** A journal that is read, by somebody, for something. */
export interface Reading {
  readonly place: JournalPlace;
  readonly reader: JournalReader;
  readonly role: ReaderRole;
  readonly reason: string | null;
}

/** A reading that was recorded, or the exit code of a command that said why there is none. */
export type ReadingBegun =
  | { readonly ok: true; readonly reading: Reading }
  | { readonly ok: false; readonly exitCode: number };

/** What is to stand in the journal of a reading: the command, and what was asked for. */
export type ReadingPurpose = Pick<JournalReading, "command" | "asked">;

/** A reason is a sentence, not a file. */
const MOST_REASON = 500;

/** Opens a journal for somebody who reads it, and records that they do, before anything is shown. */
export async function beginReading(
  options: ReadingOptions,
  purpose: ReadingPurpose,
  terminal: Terminal,
): Promise<ReadingBegun> {
  const problem = problemOfReason(options.reason);
  if (problem !== null) return failed(problem, terminal);
  const found = await findPlace(options, terminal.directory);
  if (!found.ok) return failed(found.problem, terminal);
  const { place } = found;
  const key = await loadJournalKey(place.key);
  if (!key.ok) return failed(key.problem, terminal);
  const opened = await openReader(place.directory, key.key, place.payloadKeys ?? undefined);
  if (!opened.ok) return failed(opened.problem, terminal);
  const { reader } = opened;
  const recorded = await recordReading(accessOf(place, key.key), {
    ...purpose,
    role: reader.role,
    reader: readerIdOf(key.key),
    by: userOfSystem(),
    reason: options.reason ?? null,
  });
  if (!recorded.ok) {
    const why = `nothing is shown, since that could not be recorded: ${recorded.problem}`;
    return { ok: false, exitCode: refuse(why, terminal, exitCodes.unreachable) };
  }
  const reading = { place, reader, role: reader.role, reason: options.reason ?? null };
  if (purpose.asked.textLength !== undefined && mayShow("full", reading) === "reason")
    terminal.err("whole contents are not looked through: --reason TEXT does that, and is recorded\n");
  return { ok: true, reading };
}

/** A query that finds a text only in contents that the reading may show: else trying texts would tell them. */
export function withinReading(query: JournalQuery, reading: Reading): JournalQuery {
  return { ...query, looksInto: (kind) => mayShow(kind, reading) === null };
}

function problemOfReason(reason: string | undefined): string | null {
  if (reason === undefined) return null;
  if (!isReason(reason)) return "--reason: expected a reason, such as --reason 'ticket 4711'";
  return reason.length > MOST_REASON ? `--reason: expected at most ${MOST_REASON} characters` : null;
}

function failed(problem: string, terminal: Terminal): ReadingBegun {
  return { ok: false, exitCode: refuse(problem, terminal, exitCodes.usage) };
}

/** Why a content that was kept is not shown: the key does not open it, no reason was given, or it was erased since. */
export type Withheld = "role" | "reason" | "erased";

/** The content of a record for whoever reads it, or why they do not get it; neither where none was kept. */
export interface ContentShown {
  readonly payload: FoundRecord["payload"];
  readonly withheld: Withheld | null;
}

/** What of a record's content a reading may show. */
export function contentFor(found: FoundRecord, reading: Reading): ContentShown {
  const { record, payload } = found;
  const withheld = record.type === "message" ? mayShow(record.payload, reading) : null;
  if (withheld !== null) return { payload: null, withheld };
  return { payload, withheld: absenceOf(found, reading.role) === "erased" ? "erased" : null };
}

/** Why a reading does not show content of a kind; `null` where it does. */
export function mayShow(kind: PayloadKind, { role, reason }: Reading): Withheld | null {
  if (kind === "none") return null;
  if (!mayRead(role, kind)) return "role";
  return kind === "full" && reason === null ? "reason" : null;
}

/** How a content that is withheld can be seen, in words. */
export function howToSee(withheld: Withheld, { role }: Reading): string {
  switch (withheld) {
    case "role":
      return `the key of a ${role} does not open it`;
    case "reason":
      return "--reason TEXT shows it, and is recorded";
    case "erased":
      return "it was erased: its key is gone";
    default:
      return withheld satisfies never;
  }
}
