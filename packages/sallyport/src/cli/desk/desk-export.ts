import type { DeskAnswer, DeskReader, ExportAsked } from "../../hosts/admin/admin-desk.ts";
import { ownVersion } from "../../hosts/own-version.ts";
import { askedOf } from "../../journal/control-message.ts";
import { toHar, toJsonLine } from "../../journal/export-records.ts";
import { type FoundRecord, type JournalQuery, searchJournal } from "../../journal/search-journal.ts";
import { csvHead, toCsvLine } from "../journal/csv-line.ts";
import { contentFor, type Reading, withinReading } from "../journal/reading.ts";
import { parseDeskFilter } from "./desk-filter.ts";
import { beginDeskReading, type DeskPlace } from "./desk-reading.ts";

/** How long a piece is, characters, as far as lines allow. */
const PIECE = 64 * 1024;

/** The records for which everything that is written holds, the oldest first, as pieces of a text. Contents as far as the reader may see them. */
export async function exportDesk(
  place: DeskPlace,
  reader: DeskReader,
  { filter, format }: ExportAsked,
): Promise<DeskAnswer<AsyncGenerator<string>>> {
  const parsed = parseDeskFilter(filter);
  if (!parsed.ok) return parsed;
  const query = parsed.value;
  const names = query.fields?.session ?? query.fields?.user;
  // It is one object, and so is made before it is written.
  if (format === "har" && names === undefined)
    return {
      ok: false,
      status: 422,
      problem: "format: an archive holds one session, or one user: say which",
    };
  const purpose = { command: `export ${format}`, asked: askedOf(query) };
  const begun = await beginDeskReading(place, reader, purpose);
  if (!begun.ok) return begun;
  const wanted: JournalQuery = { ...withinReading(query, begun.value), payloads: true };
  return format === "har"
    ? await archive(begun.value, wanted)
    : { ok: true, value: lines(begun.value, { ...wanted, order: "oldest" }, format) };
}

function shown(found: FoundRecord, reading: Reading): FoundRecord {
  return { ...found, payload: contentFor(found, reading).payload };
}

async function* lines(
  reading: Reading,
  query: JournalQuery,
  format: "jsonl" | "csv",
): AsyncGenerator<string> {
  const lineOf = format === "csv" ? toCsvLine : toJsonLine;
  let piece = format === "csv" ? csvHead : "";
  for await (const found of searchJournal(reading.reader, query)) {
    piece += lineOf(shown(found, reading));
    if (piece.length < PIECE) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

async function archive(reading: Reading, query: JournalQuery): Promise<DeskAnswer<AsyncGenerator<string>>> {
  async function* records(): AsyncGenerator<FoundRecord> {
    for await (const found of searchJournal(reading.reader, query)) yield shown(found, reading);
  }
  const made = await toHar(records(), { name: "sallyport", version: ownVersion() });
  return made.ok ? { ok: true, value: pieces(made.har) } : { ok: false, status: 422, problem: made.problem };
}

async function* pieces(text: string): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += PIECE) yield text.slice(at, at + PIECE);
}
