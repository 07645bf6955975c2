import { Buffer } from "node:buffer";
import type { Block } from "./block.ts";
import { fingerprint } from "./fingerprint.ts";
import { type IndexedField, indexedFields, type JournalRecord, type PayloadKind } from "./journal-record.ts";
import { mayRead, type ReaderRole } from "./role-keys.ts";
import type { BlockPlace, JournalReader, ReadBlock, ReadSegment } from "./journal-reader.ts";
import { mentions } from "./segment-foot.ts";

/** What is looked for. Everything that is given must hold. */
export interface JournalQuery {
  /** Fields with exactly these values. */
  readonly fields?: Partial<Readonly<Record<IndexedField, string>>>;
  /** Not before, and before: milliseconds since 1970. */
  readonly since?: number;
  readonly until?: number;
  /** Stands in the content or the name of a message, or in any text of an event. */
  readonly text?: string;
  /** Brings the content of messages, where it was kept and not erased. */
  readonly payloads?: boolean;
  /** Is told of every segment before it is read: how many were, of how many. */
  readonly onProgress?: (segments: number, of: number) => void;
}

/** A record that was found. */
export interface FoundRecord {
  readonly record: JournalRecord;
  /** The frame of its block, and its position there: they name it for ever. */
  readonly frame: number;
  readonly position: number;
  /** What was kept of its content; `null` where it is absent. */
  readonly payload: Buffer | null;
  /** Why the content is absent; `null` where it is there. */
  readonly absent: PayloadAbsence | null;
}

/**
 * Why there is no content: none was kept; it was not asked for; the reader's role does not open it; or its key was erased (or a reader has
 * no copy of it).
 */
export type PayloadAbsence = "none" | "unasked" | "role" | "erased";

/** Fields that all messages of a session have in common. */
const sessionFields: ReadonlySet<IndexedField> = new Set<IndexedField>([
  "session",
  "user",
  "address",
  "route",
]);

/** Finds records, the newest first, as they are read. */
export async function* searchJournal(
  reader: JournalReader,
  query: JournalQuery = {},
): AsyncGenerator<FoundRecord> {
  const prints = indexedFields.flatMap((field) => {
    const value = query.fields?.[field];
    // Most messages pass: indexes do not tell of them.
    return value === undefined || value === "pass" ? [] : [fingerprint(field, value)];
  });
  const segments = reader.segments().toReversed();
  for (const [done, segment] of segments.entries()) {
    query.onProgress?.(done, segments.length);
    const opened = await reader.openSegment(segment);
    if (opened === null) continue;
    try {
      yield* searchSegment(opened, { ...query, role: reader.role }, prints);
    } finally {
      await opened.close();
    }
  }
  query.onProgress?.(segments.length, segments.length);
}

type RoleQuery = JournalQuery & { readonly role: ReaderRole };

async function* searchSegment(
  segment: ReadSegment,
  query: RoleQuery,
  prints: readonly number[],
): AsyncGenerator<FoundRecord> {
  for (const place of (await segment.blocks()).toReversed()) {
    if (!mayHold(place, query, prints)) continue;
    const read = await segment.read(place);
    if (read !== null) yield* searchBlock(read, query);
  }
}

function mayHold({ index }: BlockPlace, { since, until }: JournalQuery, prints: readonly number[]): boolean {
  if (index === null) return true;
  if (since !== undefined && index.maxTime < since) return false;
  if (until !== undefined && index.minTime >= until) return false;
  return prints.every((print) => mentions(index, print));
}

function* searchBlock({ frame, block, payloads }: ReadBlock, query: RoleQuery): Generator<FoundRecord> {
  const { text, role } = query;
  const needle = text === undefined ? null : Buffer.from(text);
  const wanted = query.payloads === true || needle !== null;
  let contents: ReadonlyMap<number, Buffer> | null = null;
  let all: ReadonlyMap<number, Buffer> | null = null;
  for (const position of block.positions(sessionsOf(block, query))) {
    if (wanted) contents ??= payloads(needle);
    const payload = contents?.get(position) ?? null;
    const isHit = needle === null || payload?.includes(needle) === true;
    if (!isHit && !block.mayMention(position, text ?? "")) continue;
    const record = block.record(position);
    if (record === null || !matches(record, query)) continue;
    if (!isHit && !mentionsText(record, text ?? "")) continue;
    if (query.payloads !== true) {
      yield {
        record,
        frame,
        position,
        payload: null,
        absent: kindOf(record) === "none" ? "none" : "unasked",
      };
      continue;
    }
    // Where the name was a hit, the needle left the content out.
    if (!isHit) all ??= payloads(null);
    const shown = payload ?? all?.get(position) ?? null;
    yield { record, frame, position, payload: shown, absent: shown === null ? absence(record, role) : null };
  }
}

function kindOf(record: JournalRecord): PayloadKind {
  return record.type === "message" ? record.payload : "none";
}

function absence(record: JournalRecord, role: ReaderRole): PayloadAbsence {
  const kind = kindOf(record);
  if (kind === "none") return "none";
  return mayRead(role, kind) ? "erased" : "role";
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

function matches(record: JournalRecord, { fields, since, until }: JournalQuery): boolean {
  if (since !== undefined && record.time < since) return false;
  if (until !== undefined && record.time >= until) return false;
  if (fields === undefined) return true;
  return indexedFields.every(
    (field) => fields[field] === undefined || Reflect.get(record, field) === fields[field],
  );
}

function mentionsText(record: JournalRecord, text: string): boolean {
  if (record.type === "message") return record.name?.includes(text) === true;
  return Object.values(record).some((value) => typeof value === "string" && value.includes(text));
}
