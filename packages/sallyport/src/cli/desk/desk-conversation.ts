import { type Buffer, isUtf8 } from "node:buffer";
import type { ConversationAsked, DeskAnswer, DeskReader } from "../../hosts/admin/admin-desk.ts";
import type {
  ConversationEntry,
  ConversationPage,
  JournalContent,
} from "../../hosts/dashboard/journal-message.ts";
import type { MessageRecord } from "../../journal/journal-record.ts";
import { type FoundRecord, searchJournal } from "../../journal/search-journal.ts";
import { meaningOf } from "../journal/conversation.ts";
import { findSubject, type Subject } from "../journal/find-subject.ts";
import { hexDump } from "../journal/hex-dump.ts";
import { contentFor, type Reading } from "../journal/reading.ts";
import { SessionDialect, writtenDialect } from "../journal/session-dialect.ts";
import { DeskDeadline, untilOver } from "./desk-deadline.ts";
import { beginDeskReading, type DeskPlace } from "./desk-reading.ts";
import { journalRow } from "./journal-row.ts";
import { compareToCursor, parseCursor, type RecordCursor, serializeCursor } from "./record-cursor.ts";

/** So long a page may take, milliseconds. */
const WITHIN_MS = 10_000;
/** Contents on a page, in characters: then it ends. */
const PAGE_CHARACTERS = 4 * 1024 * 1024;
/** Of the names of a message's parts. */
const MOST_PARTS = 20;
const MOST_NAME = 200;

/** A page of a session in its order, or the handshake that was refused under an incident. */
export async function conversationDesk(
  place: DeskPlace,
  reader: DeskReader,
  asked: ConversationAsked,
): Promise<DeskAnswer<ConversationPage>> {
  const { subject, cursor: written } = asked;
  const cursor = written === null ? null : parseCursor(written);
  if (written !== null && cursor === null)
    return { ok: false, status: 422, problem: "cursor: expected `next` of the page before" };
  const begun = await beginDeskReading(place, reader, { command: `show ${subject}`, asked: {} });
  if (!begun.ok) return begun;
  const deadline = new DeskDeadline(WITHIN_MS);
  let found: Subject | null = null;
  const late = await untilOver(async () => {
    found = await findSubject(begun.value.reader, subject, deadline.check);
  });
  if (late) return { ok: false, status: 504, problem: "it was not found in time: search for it with a time" };
  if (found === null)
    return {
      ok: false,
      status: 404,
      problem: `there is no session and no incident ${subject} in this journal`,
    };
  return { ok: true, value: await read(found, { place, reading: begun.value, asked, cursor, deadline }) };
}

interface Asked {
  readonly place: DeskPlace;
  readonly reading: Reading;
  readonly asked: ConversationAsked;
  readonly cursor: RecordCursor | null;
  readonly deadline: DeskDeadline;
}

/** It is read from its beginning, also for a later page: what a dialect makes of a message goes by those before it. */
async function read(
  subject: Subject,
  { place, reading, asked, cursor, deadline }: Asked,
): Promise<ConversationPage> {
  const pager = new Pager(place, reading, asked);
  const entries: ConversationEntry[] = [];
  let [next, room]: [string | null, number] = [null, PAGE_CHARACTERS];
  let last: FoundRecord | null = null;
  let isMore = false;
  const query = { ...subject.query, order: "oldest", payloads: true, onProgress: deadline.check } as const;
  const cut = await untilOver(async () => {
    for await (const found of searchJournal(reading.reader, query)) {
      const entry = pager.next(found);
      if (cursor !== null && compareToCursor(found, cursor) <= 0) continue;
      isMore = entries.length === asked.limit || room <= 0;
      if (isMore) break;
      entries.push(entry);
      room -= entry.content?.text.length ?? 0;
      last = found;
    }
  });
  if (last !== null && (isMore || cut)) next = serializeCursor(last);
  const withheld = { role: 0, reason: 0, erased: 0 };
  for (const entry of entries) if (entry.withheld !== null) withheld[entry.withheld] += 1;
  const { session, incident } = subject;
  return { session, incident, entries, next, cut, withheld };
}

/** Makes entries of the records of one session, one after the other. */
class Pager {
  readonly #place: DeskPlace;
  readonly #reading: Reading;
  readonly #bytes: number;
  #dialect: SessionDialect | null = null;
  #sequence = 0;

  constructor(place: DeskPlace, reading: Reading, { contentBytes }: ConversationAsked) {
    this.#place = place;
    this.#reading = reading;
    this.#bytes = contentBytes;
  }

  next(found: FoundRecord): ConversationEntry {
    const { record } = found;
    const row = journalRow(found);
    if (record.type === "open") this.#speak(record.route).opened(record.subprotocol);
    if (record.type !== "message") {
      const meaning = meaningOf(record);
      const told = meaning === null ? null : { message: meaning.message, mend: meaning.mend };
      return { ...row, content: null, withheld: null, parts: [], missing: 0, meaning: told };
    }
    const missing = Math.max(0, record.sequence - this.#sequence - 1);
    this.#sequence = record.sequence;
    const { payload, withheld } = contentFor(found, this.#reading);
    const parts = this.#partsOf(record, payload);
    const content = payload === null ? null : contentOf(record, payload, this.#bytes);
    return { ...row, content, withheld, parts, missing, meaning: null };
  }

  #partsOf(record: MessageRecord, payload: Buffer | null): readonly string[] {
    const isWhole = payload !== null && record.payload !== "digest";
    const reading = this.#speak(record.route).read(record, isWhole ? payload : null);
    if (reading === null || !reading.ok || payload === null) return [];
    const shown = reading.parts.slice(0, MOST_PARTS).map(({ kind, name, id }) => {
      const names = [kind, ...(name === null ? [] : [name]), ...(id === null ? [] : [`id ${id}`])];
      return names.join(" ").slice(0, MOST_NAME);
    });
    const more = reading.parts.length - shown.length;
    return more > 0 ? [...shown, `and ${more} more`] : shown;
  }

  #speak(route: string): SessionDialect {
    this.#dialect ??= new SessionDialect(writtenDialect(this.#place.dialects[route]));
    return this.#dialect;
  }
}

function contentOf(record: MessageRecord, payload: Buffer, most: number): JournalContent {
  const { truncated } = record;
  if (record.payload === "digest")
    return { form: "digest", text: payload.toString("hex"), left: 0, truncated };
  // A content that was cut may end inside a character.
  if (record.opcode === "text" && (truncated || isUtf8(payload))) {
    const text = payload.toString();
    return { form: "text", text: text.slice(0, most), left: Math.max(0, text.length - most), truncated };
  }
  // A row of sixteen bytes has some eighty characters.
  const bytes = Math.max(16, Math.floor(most / 5));
  const text = hexDump(payload, bytes).join("\n");
  return { form: "bytes", text, left: Math.max(0, payload.length - bytes), truncated };
}
