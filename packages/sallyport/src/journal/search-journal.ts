import { Buffer } from "node:buffer";
import type { Block } from "./block.ts";
import { fingerprint } from "./fingerprint.ts";
import {
  type IndexedField,
  indexedFields,
  type JournalRecord,
  type PayloadKind,
  type SessionFacts,
} from "./journal-record.ts";
import type { BlockPlace, JournalReader, ReadBlock } from "./journal-reader.ts";
import { subjectOf } from "./payload-keys.ts";
import { mayRead, type ReaderRole } from "./role-keys.ts";
import { mentions } from "./segment-foot.ts";

/** What is looked for. Everything that is given must hold. */
export interface JournalQuery {
  /** What kind of record: `message`, or an event's type. */
  readonly type?: JournalRecord["type"];
  /** Fields with exactly these values. */
  readonly fields?: Partial<Readonly<Record<IndexedField, string>>>;
  /** Not before, and before: milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  /** Stands in the content or the name of a message, or in any text of an event. */
  readonly text?: string;
  /** Whether the text may be looked for in contents of a kind: that it was found tells what was said. Absent: in all. */
  readonly looksInto?: (kind: PayloadKind) => boolean;
  /** Brings the content of messages, where it was kept and not erased. */
  readonly payloads?: boolean;
  /** What comes first. Default: the newest. */
  readonly order?: "newest" | "oldest";
  /** Is told before every segment, and behind every block: how many segments are done, of how many, and how many blocks. */
  readonly onProgress?: (segments: number, of: number, blocks: SearchedBlocks) => void;
}

/** What a search did with blocks until now. */
export interface SearchedBlocks {
  readonly read: number;
  /** Not read, since an index says that nothing in them is asked for. */
  readonly skipped: number;
}

/** A record that was found. */
export interface FoundRecord {
  readonly record: JournalRecord;
  /** The frame of its block, and its position there: they name it for ever. */
  readonly frame: number;
  readonly position: number;
  /** What was kept of its content; `null` where it is absent: `absenceOf` tells why. */
  readonly payload: Buffer | null;
}

/**
 * Why the content that was asked for is absent: none was kept; the reader's role does not open it; or its key was erased, or is not
 * where this reader looks for it. `null` where it is there.
 */
export function absenceOf(
  { record, payload }: FoundRecord,
  role: ReaderRole,
): "none" | "role" | "erased" | null {
  if (payload !== null) return null;
  const kind = record.type === "message" ? record.payload : "none";
  if (kind === "none") return "none";
  return mayRead(role, kind) ? "erased" : "role";
}

/** Fields that all messages of a session have in common. */
const sessionFields: ReadonlySet<IndexedField> = new Set<IndexedField>([
  "session",
  "user",
  "address",
  "route",
]);

/** Finds records, the newest first unless it is asked otherwise, as they are read. */
export async function* searchJournal(
  reader: JournalReader,
  query: JournalQuery = {},
): AsyncGenerator<FoundRecord> {
  const segments = inOrder(reader.segments(), query);
  const prints = fingerprintsOf(query);
  const blocks = { read: 0, skipped: 0 };
  for (const [done, segment] of segments.entries()) {
    const tell = (): void => query.onProgress?.(done, segments.length, blocks);
    tell();
    const opened = await reader.openSegment(segment);
    if (opened === null) continue;
    try {
      for (const place of inOrder(await opened.blocks(), query)) {
        const read = mayHold(place, query, prints) ? await opened.read(place) : "skipped";
        if (read === "skipped") blocks.skipped += 1;
        if (read === "skipped" || read === null) continue;
        blocks.read += 1;
        yield* searchBlock(read, query);
        tell();
      }
    } finally {
      await opened.close();
    }
  }
  query.onProgress?.(segments.length, segments.length, blocks);
}

function inOrder<T>(oldestFirst: readonly T[], { order }: JournalQuery): readonly T[] {
  return order === "oldest" ? oldestFirst : oldestFirst.toReversed();
}

function mayHold({ index }: BlockPlace, { since, until }: JournalQuery, prints: readonly number[]): boolean {
  if (index === null) return true;
  if (since !== undefined && index.maxTime < since) return false;
  if (until !== undefined && index.minTime >= until) return false;
  return prints.every((print) => mentions(index, print));
}

/** Most messages pass: indexes do not tell of them. */
function fingerprintsOf({ fields = {} }: JournalQuery): number[] {
  return indexedFields.flatMap((field) => {
    const value = fields[field];
    return value === undefined || value === "pass" ? [] : [fingerprint(field, value)];
  });
}

/** What of one block is asked for. */
export function* searchBlock(
  { frame, block, payloads }: ReadBlock,
  query: JournalQuery,
): Generator<FoundRecord> {
  const { text } = query;
  const needle = text === undefined ? null : Buffer.from(text);
  const wanted = query.payloads === true || needle !== null;
  let contents: ReadonlyMap<number, Buffer> | null = null;
  let all: ReadonlyMap<number, Buffer> | null = null;
  const sessions = sessionsOf(block, query);
  // Of a thousand people in a block one is asked for: the others' bundles stay sealed.
  const isPart = sessions.size < block.sessions.length;
  const subjects = isPart ? new Set([...sessions].flatMap((at) => subjectsOf(block.sessions[at]))) : null;
  const lastFirst = block.positions(sessions);
  for (const position of query.order === "oldest" ? [...lastFirst].toReversed() : lastFirst) {
    if (wanted) contents ??= payloads(needle, subjects);
    const payload = contents?.get(position) ?? null;
    const stands = needle === null || payload?.includes(needle) === true;
    if (!stands && !block.mayMention(position, text ?? "")) continue;
    const record = block.record(position);
    if (record === null || !matches(record, query)) continue;
    const isHit = stands && (needle === null || mayLookInto(record, query));
    if (!isHit && !mentionsText(record, text ?? "")) continue;
    // Where the name was a hit, the needle may have left the content out.
    if (!isHit && query.payloads === true) all ??= payloads(null, subjects);
    const shown = payload ?? all?.get(position) ?? null;
    yield { record, frame, position, payload: query.payloads === true ? shown : null };
  }
}

function mayLookInto(record: JournalRecord, { looksInto }: JournalQuery): boolean {
  return looksInto === undefined || (record.type === "message" && looksInto(record.payload));
}

function subjectsOf(facts: SessionFacts | undefined): string[] {
  return facts === undefined ? [] : [subjectOf(facts)];
}

/** Which sessions of a block are asked for, by their place in it. */
function sessionsOf(block: Block, { fields = {} }: JournalQuery): Set<number> {
  const asked = [...sessionFields].filter((field) => fields[field] !== undefined);
  const found = new Set<number>();
  block.sessions.forEach((facts, index) => {
    if (asked.every((field) => Reflect.get(facts, field) === fields[field])) found.add(index);
  });
  return found;
}

function matches(record: JournalRecord, { type, fields, since, until }: JournalQuery): boolean {
  if (type !== undefined && record.type !== type) return false;
  if (since !== undefined && record.time < since) return false;
  if (until !== undefined && record.time >= until) return false;
  if (fields === undefined) return true;
  return indexedFields.every(
    (field) => fields[field] === undefined || Reflect.get(record, field) === fields[field],
  );
}

function mentionsText(record: JournalRecord, text: string): boolean {
  if (record.type === "message") return record.name?.includes(text) === true;
  return hasText(record, text);
}

/** In an object, or in one that is in it, such as what a reading asked for. */
function hasText(object: object, text: string): boolean {
  return Object.values(object).some((value: unknown) =>
    typeof value === "string"
      ? value.includes(text)
      : typeof value === "object" && value !== null && hasText(value, text),
  );
}
