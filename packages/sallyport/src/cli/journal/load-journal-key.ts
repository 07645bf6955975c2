import type { JournalAccess } from "../../hosts/record-reading.ts";
import { type JournalKeyRead, readJournalKey } from "../../journal/journal-key.ts";
import type { MasterKey } from "../../journal/master-key.ts";
import type { ReaderKey } from "../../journal/reader-key.ts";
import type { MasterKeySource } from "../../policy/effective-config.ts";
import { readKeyText } from "../../policy/read-key-text.ts";
import type { JournalPlace } from "./journal-place.ts";

/** Loads a key, a reader's or the master key. */
export async function loadJournalKey(source: MasterKeySource | null): Promise<JournalKeyRead> {
  if (source === null) return { ok: false, problem: "no key is given: use --key FILE" };
  const text = await readKeyText(source);
  if (!text.ok) return text;
  const read = readJournalKey(text.text);
  return read.ok ? read : { ok: false, problem: `${text.from}: ${read.problem}` };
}

/** The id of a reader's key; `null` for the master key. */
export function readerIdOf(key: MasterKey | ReaderKey): string | null {
  return "wrap" in key ? null : key.id;
}

/** A journal as those who change or record something in it are told of it. */
export function accessOf(
  { directory, payloadKeys }: JournalPlace,
  key: MasterKey | ReaderKey,
): JournalAccess {
  return { directory, key, payloadKeys };
}
