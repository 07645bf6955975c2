import type { DeskAnswer, DeskReader, SearchAsked } from "../../hosts/admin/admin-desk.ts";
import type { JournalPage, JournalRow } from "../../hosts/dashboard/journal-message.ts";
import { askedOf } from "../../journal/control-message.ts";
import {
  type FoundRecord,
  type JournalQuery,
  type SearchedBlocks,
  searchJournal,
} from "../../journal/search-journal.ts";
import { mayShow, withinReading } from "../journal/reading.ts";
import { DeskDeadline, untilOver } from "./desk-deadline.ts";
import { parseDeskFilter } from "./desk-filter.ts";
import { beginDeskReading, type DeskPlace } from "./desk-reading.ts";
import { journalRow } from "./journal-row.ts";
import { compareToCursor, parseCursor, type RecordCursor, serializeCursor } from "./record-cursor.ts";

/** So long a page may take, milliseconds. */
const WITHIN_MS = 10_000;
/** Clocks of processes differ by less: records of one moment may stand in another order than their times. */
const OUT_OF_ORDER_MS = 60_000;

/** A page of records, the newest first. Contents are looked through as far as the reader may see them, and not shown. */
export async function searchDesk(
  place: DeskPlace,
  reader: DeskReader,
  { filter, limit, cursor: written }: SearchAsked,
): Promise<DeskAnswer<JournalPage>> {
  const parsed = parseDeskFilter(filter);
  if (!parsed.ok) return parsed;
  const cursor = written === null ? null : parseCursor(written);
  if (written !== null && cursor === null)
    return { ok: false, status: 422, problem: "cursor: expected `next` of the page before" };
  const begun = await beginDeskReading(place, reader, { command: "search", asked: askedOf(parsed.value) });
  if (!begun.ok) return begun;
  const reading = begun.value;
  const rows: JournalRow[] = [];
  let last: FoundRecord | null = null;
  let [isMore, blocks]: [boolean, SearchedBlocks] = [false, { read: 0, skipped: 0 }];
  const deadline = new DeskDeadline(WITHIN_MS);
  const onProgress = (_done: number, _of: number, searched: SearchedBlocks): void => {
    blocks = { ...searched };
    deadline.check();
  };
  const query = { ...withinReading(behind(parsed.value, cursor), reading), onProgress };
  const cut = await untilOver(async () => {
    for await (const found of searchJournal(reading.reader, query)) {
      if (cursor !== null && compareToCursor(found, cursor) >= 0) continue;
      isMore = rows.length === limit;
      if (isMore) break;
      rows.push(journalRow(found));
      last = found;
    }
  });
  const isUnread = parsed.value.text !== undefined && mayShow("full", reading) !== null;
  const notes = isUnread
    ? ["Whole contents are not looked through: that needs the role investigator and a reason."]
    : [];
  const next = last !== null && (isMore || cut) ? serializeCursor(last) : null;
  return { ok: true, value: { rows, next, cut, blocks, notes } };
}

/** An index leaves out what came later than the page before. */
function behind(query: JournalQuery, cursor: RecordCursor | null): JournalQuery {
  if (cursor === null) return query;
  return { ...query, until: Math.min(query.until ?? Infinity, cursor.time + OUT_OF_ORDER_MS) };
}
