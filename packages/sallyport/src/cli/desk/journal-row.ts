import type { JournalRow } from "../../hosts/dashboard/journal-message.ts";
import type { JournalRecord } from "../../journal/journal-record.ts";
import type { FoundRecord } from "../../journal/search-journal.ts";
import { eventWords, recordId } from "../journal/record-line.ts";

/** A field that a peer could write without end is no longer than this in a row, characters. */
const MOST_FIELD = 300;

/** A record as the dashboard lists it. Its texts are as peers wrote them, but for those of events, in which nothing acts. */
export function journalRow(found: FoundRecord): JournalRow {
  const { record } = found;
  const isMessage = record.type === "message";
  const words = isMessage ? { word: record.verdict, text: "" } : eventWords(record);
  return {
    id: recordId(found),
    at: new Date(record.time).toISOString(),
    type: record.type,
    session: textOf(record, "session"),
    route: textOf(record, "route"),
    user: textOf(record, "user"),
    address: textOf(record, "address"),
    direction: directionOf(record),
    verdict: words.word,
    guard: textOf(record, "guard"),
    code: textOf(record, "code"),
    incident: textOf(record, "incident"),
    sequence: isMessage ? record.sequence : null,
    size: isMessage ? record.size : null,
    opcode: isMessage ? record.opcode : null,
    name: isMessage ? shortened(record.name) : null,
    kept: isMessage ? record.payload : "none",
    text: words.text,
  };
}

function directionOf(record: JournalRecord): JournalRow["direction"] {
  return record.type === "message" || record.type === "decision" ? record.direction : null;
}

/** What the journal tells of itself has its own fields, in its sentence. */
function textOf(record: JournalRecord, field: string): string | null {
  const value: unknown = record.type === "journal" ? null : Reflect.get(record, field);
  return typeof value === "string" ? shortened(value) : null;
}

function shortened(text: string | null): string | null {
  return text === null || text.length <= MOST_FIELD ? text : `${text.slice(0, MOST_FIELD)}…`;
}
