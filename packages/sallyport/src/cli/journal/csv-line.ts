import { isUtf8 } from "node:buffer";
import type { FoundRecord } from "../../journal/search-journal.ts";
import { printable } from "../printable.ts";
import { recordId } from "./record-line.ts";

const COLUMNS = [
  "session",
  "sequence",
  "direction",
  "opcode",
  "size",
  "verdict",
  "name",
  "guard",
  "code",
  "incident",
  "user",
  "address",
  "route",
  "policy",
  "detail",
] as const;

/** The first line of a table: the names of its columns. */
export const csvHead: string = `${["record", "time", "type", ...COLUMNS, "content"].join(",")}\r\n`;

/** What begins a formula in a spreadsheet: at the beginning of a cell, or behind what another locale takes for the end of one. */
const FORMULA = /(?<=^|[;|,"])\s*[=+\-@＝＋－＠]/gu;

/**
 * A record as a line of a table (RFC 4180). Cells never act: controls stand as escapes, and before what would begin a formula stands an
 * apostrophe (CWE-1236), so that a content is not exact: JSON Lines is.
 */
export function toCsvLine(found: FoundRecord): string {
  const { record, payload } = found;
  const values = COLUMNS.map((column): unknown => Reflect.get(record, column));
  const isText =
    payload !== null && record.type === "message" && record.payload !== "digest" && isUtf8(payload);
  const content = payload === null ? "" : payload.toString(isText ? "utf8" : "base64");
  const cells = [recordId(found), new Date(record.time).toISOString(), record.type, ...values, content];
  return `${cells.map(cell).join(",")}\r\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return "";
  const text = printable(typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
  return `"${text.replaceAll(FORMULA, "'$&").replaceAll('"', '""')}"`;
}
