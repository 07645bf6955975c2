import { Buffer, isUtf8 } from "node:buffer";
import type { MessagePart } from "../../dialects/dialect.ts";
import type { MessageRecord } from "../../journal/journal-record.ts";
import { printable } from "../printable.ts";
import { hexDump } from "./hex-dump.ts";
import { prettyJson } from "./pretty-json.ts";
import type { RecordedReading } from "./session-dialect.ts";

/** A content that is shown. */
export interface ShownContent {
  readonly record: MessageRecord;
  readonly payload: Buffer;
  /** What a dialect made of it; `null` where none is known. */
  readonly reading: RecordedReading | null;
  /** All of it, however long. */
  readonly full: boolean;
}

/** Of one message, unless all of it is asked for. */
const MOST_LINES = 40;
const MOST_CHARACTERS = 500;

/**
 * What a message says, line by line: for each part of it what its dialect calls it, then its data; JSON on lines of its own, but
 * else as it was sent; what is no text as a dump in hex. Nothing in it acts on a terminal.
 */
export function contentLines(content: ShownContent): readonly string[] {
  const lines = linesOf(content);
  if (content.record.truncated) lines.push("(it was longer than the journal keeps)");
  const most = content.full ? Infinity : MOST_LINES;
  const cut = lines.slice(0, most).map((line) => shortened(line, content));
  const isLong = lines.length > most || cut.some((line, at) => line !== lines[at]);
  const more = lines.length > most ? `${lines.length - most} lines more` : "longer";
  return isLong ? [...cut, `… ${more}: --full shows all of it`] : cut;
}

function shortened(line: string, { full }: ShownContent): string {
  if (full || line.length <= MOST_CHARACTERS) return line;
  return `${line.slice(0, MOST_CHARACTERS)}… (${line.length - MOST_CHARACTERS} characters more)`;
}

function linesOf({ record, payload, reading }: ShownContent): string[] {
  if (record.payload === "digest") return [`digest ${payload.toString("hex")}`];
  const text = record.opcode === "text" && isUtf8(payload) ? payload.toString() : null;
  const whole = (): string[] => (text === null ? [...hexDump(payload)] : textLines(text));
  if (reading === null) return whole();
  if (!reading.ok) return [`(not read in its dialect: ${printable(reading.problem)})`, ...whole()];
  const { parts } = reading;
  // A batch, or a dialect in which a message is one JSON text.
  const isOneText = parts.every(({ json }) => json !== null && json === text);
  return isOneText ? [...parts.map(headOf), ...whole()] : parts.flatMap(partLines);
}

/** What a dialect calls a part. */
function headOf({ kind, name, id }: MessagePart): string {
  const names = [kind, ...(name === null ? [] : [name]), ...(id === null ? [] : [`id ${id}`])];
  return names.map((text) => printable(text)).join(" ");
}

function partLines(part: MessagePart): string[] {
  return [headOf(part), ...dataLines(part)];
}

/** What a part carries. */
function dataLines({ json, data }: MessagePart): string[] {
  if (json !== null) return textLines(json);
  if (data === null || data === undefined) return [];
  if (data instanceof Uint8Array) return bytesLines(data);
  if (typeof data === "string") return textLines(data);
  const text = JSON.stringify(data, function (this: unknown, key, value: unknown) {
    // A Buffer has made an object of itself by then.
    const original: unknown = typeof this === "object" && this !== null ? Reflect.get(this, key) : value;
    return original instanceof Uint8Array ? Buffer.from(original).toString("hex") : value;
  });
  return textLines(text);
}

function bytesLines(bytes: Uint8Array): string[] {
  return isUtf8(bytes) ? textLines(Buffer.from(bytes).toString()) : [...hexDump(bytes)];
}

function textLines(text: string): string[] {
  const pretty = prettyJson(text);
  return pretty === null
    ? printable(text, { lines: true }).split("\n")
    : printable(pretty, { lines: true, json: true }).split("\n");
}
