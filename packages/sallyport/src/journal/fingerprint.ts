import { Buffer } from "node:buffer";
import { indexedFields, type IndexedField } from "./journal-record.ts";

/**
 * The fingerprint of a field's value, as indexes have it: FNV-1a, 32 bits, over `field=value` in UTF-8. Two values may have the
 * same one, which costs reading a block for nothing: what is found is always compared.
 */
export function fingerprint(field: IndexedField, value: string): number {
  let state = 0x811c9dc5;
  for (const byte of Buffer.from(`${field}=${value}`)) state = Math.imul(state ^ byte, 0x01000193);
  return state >>> 0;
}

/** The fingerprints of all indexed fields that a record has. */
export function fingerprintsOf(record: object): number[] {
  const found: number[] = [];
  for (const field of indexedFields) {
    const value: unknown = Reflect.get(record, field);
    if (typeof value === "string") found.push(fingerprint(field, value));
  }
  return found;
}
