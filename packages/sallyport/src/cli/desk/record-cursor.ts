import type { FoundRecord } from "../../journal/search-journal.ts";

/** A record of which a page is the next, or the last one that was shown. */
export interface RecordCursor {
  readonly frame: number;
  readonly position: number;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/** A record as a page names where it ends. */
export function serializeCursor({ frame, position, record }: FoundRecord): string {
  return `${frame}.${position}.${record.time}`;
}

/** Reads where a page ended; `null` where the text says no such thing. */
export function parseCursor(text: string): RecordCursor | null {
  const [, frame, position, time] = /^(\d{1,15})\.(\d{1,9})\.(\d{1,16})$/.exec(text) ?? [];
  return time === undefined ? null : { frame: Number(frame), position: Number(position), time: Number(time) };
}

/** Whether a record stands behind another in the journal: above zero. At the same place: zero. */
export function compareToCursor(
  { frame, position }: Pick<FoundRecord, "frame" | "position">,
  cursor: RecordCursor,
): number {
  return frame - cursor.frame || position - cursor.position;
}
