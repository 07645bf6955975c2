import { Buffer } from "node:buffer";

const ROW_BYTES = 16;

/** Bytes as rows of sixteen: where, in hex, and those that are printable ASCII. */
export function hexDump(bytes: Uint8Array, most: number = bytes.length): readonly string[] {
  const rows: string[] = [];
  const shown = Math.min(bytes.length, most);
  for (let at = 0; at < shown; at += ROW_BYTES) {
    const row = Buffer.from(bytes.subarray(at, Math.min(at + ROW_BYTES, shown)));
    const hex = row.toString("hex").replaceAll(/(..)(?=.)/g, "$1 ");
    const text = row.toString("latin1").replaceAll(/[^ -~]/g, ".");
    rows.push(`${at.toString(16).padStart(8, "0")}  ${hex.padEnd(ROW_BYTES * 3 - 1)}  ${text}`);
  }
  return rows;
}
