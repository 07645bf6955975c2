import { z } from "zod";
import type { JournalReading, KeysChange, ReadingAsked } from "./journal-record.ts";
import { readerRoles } from "./role-keys.ts";
import type { JournalQuery } from "./search-journal.ts";
import { LAST_MOMENT } from "../last-moment.ts";

/** The most bytes of a request or an answer, its line feed not counted. */
export const MAX_CONTROL_BYTES: number = 64 * 1024;

/** What the writer of a journal is asked to do, on a line of JSON. */
export type ControlRequest =
  /** To record that somebody reads; answered when that is on the disk. */
  | { readonly request: "reading"; readonly reading: JournalReading }
  /** To destroy the payload keys of a user; answered when they are gone. `order`: see `signEraseOrder`. */
  | { readonly request: "erase"; readonly user: string; readonly order: string }
  /** To go on with keys that were changed. `handover`: base64. */
  | { readonly request: "keys"; readonly handover: string; readonly change: KeysChange };

/** What it answers. `keys`: how many payload keys were destroyed. */
export type ControlAnswer =
  | { readonly ok: true; readonly keys?: number }
  | { readonly ok: false; readonly problem: string };

/** The longest reason, and the longest value of a field that is asked for, in UTF-16 units. */
const MAX_TEXT = 1024;
const text: z.ZodString = z.string().max(MAX_TEXT);
const id: z.ZodString = z.string().regex(/^[0-9a-f]{16}$/);
const role: z.ZodType<JournalReading["role"]> = z.enum(readerRoles);
const moment: z.ZodNumber = z.number();

const askedSchema: z.ZodType<ReadingAsked> = z.strictObject({
  session: text.exactOptional(),
  user: text.exactOptional(),
  address: text.exactOptional(),
  route: text.exactOptional(),
  guard: text.exactOptional(),
  verdict: text.exactOptional(),
  name: text.exactOptional(),
  incident: text.exactOptional(),
  since: moment.exactOptional(),
  until: moment.exactOptional(),
  textLength: z.int().min(0).exactOptional(),
});

const readingSchema: z.ZodType<JournalReading> = z.strictObject({
  role,
  reader: id.nullable(),
  by: text.min(1),
  command: text.min(1),
  reason: text.nullable(),
  asked: askedSchema,
});

const pendingSchema: z.ZodType<{ readonly time: number; readonly reading: JournalReading }> = z.strictObject({
  time: z.int().min(0).max(LAST_MOMENT),
  reading: readingSchema,
});

const changeSchema: z.ZodType<KeysChange> = z.strictObject({
  change: z.enum(["rotated", "granted", "revoked"]),
  reader: id.nullable(),
  role: role.nullable(),
  by: text.min(1),
});

const requestSchema: z.ZodType<ControlRequest> = z.union([
  z.strictObject({ request: z.literal("reading"), reading: readingSchema }),
  z.strictObject({ request: z.literal("erase"), user: text.min(1), order: z.string() }),
  z.strictObject({ request: z.literal("keys"), handover: z.base64().max(256), change: changeSchema }),
]);

const answerSchema: z.ZodType<ControlAnswer> = z.union([
  z.strictObject({ ok: z.literal(true), keys: z.int().min(0).exactOptional() }),
  z.strictObject({ ok: z.literal(false), problem: z.string() }),
]);

/** Reads a request; `null` where it is none. Whoever sent it, it never throws. */
export function parseControlRequest(line: string): ControlRequest | null {
  return parsed(requestSchema, line);
}

/** Reads an answer; `null` where it is none. */
export function parseControlAnswer(line: string): ControlAnswer | null {
  return parsed(answerSchema, line);
}

/** Reads a reading that waited to be recorded, and when it was; `null` where it is none. */
export function parsePendingReading(
  json: string,
): { readonly time: number; readonly reading: JournalReading } | null {
  return parsed(pendingSchema, json);
}

/** Whether a reading can be recorded: its texts are not longer than a record takes. */
export function isRecordable(reading: JournalReading): boolean {
  return readingSchema.safeParse(reading).success;
}

/** What of a query stands in the record of a reading. */
export function askedOf({ fields, since, until, text: searched }: JournalQuery): ReadingAsked {
  return {
    ...fields,
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(searched === undefined ? {} : { textLength: searched.length }),
  };
}

function parsed<T>(schema: z.ZodType<T>, line: string): T | null {
  try {
    return schema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
