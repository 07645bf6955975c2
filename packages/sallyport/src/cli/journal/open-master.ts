import type { MasterKey } from "../../journal/master-key.ts";
import { loadJournalKey } from "./load-journal-key.ts";
import { findPlace, type JournalPlace, type PlaceOptions } from "./journal-place.ts";

/** A journal whose master key is here, or what to tell whoever asked. */
export type MasterOpened =
  | { readonly ok: true; readonly place: JournalPlace; readonly master: MasterKey }
  | { readonly ok: false; readonly problem: string };

/** Finds a journal and its master key: what changes a journal needs it. */
export async function openMaster(options: PlaceOptions, directory: string): Promise<MasterOpened> {
  const found = await findPlace(options, directory);
  if (!found.ok) return found;
  const read = await loadJournalKey(found.place.key);
  if (!read.ok) return read;
  const { key } = read;
  return "wrap" in key
    ? { ok: true, place: found.place, master: key }
    : { ok: false, problem: "this is a reader's key: only the master key changes a journal" };
}
