/** Bytes of a table that is looked up by half a byte. */
const HALVES = 16;

/**
 * Marks a byte in two tables, one behind the other, by its lower and by its upper half: the program looks up both, and what both
 * have is what the byte may be. Bytes of several rows of ASCII need a bit for each row.
 */
export function markHalves(tables: Uint8Array, start: number, { byte, bit }: MarkedByte): void {
  for (const at of [start + (byte & 15), start + HALVES + (byte >> 4)]) tables[at] = (tables[at] ?? 0) | bit;
}

/** A byte, and what it is marked with. */
export interface MarkedByte {
  readonly byte: number;
  readonly bit: number;
}
