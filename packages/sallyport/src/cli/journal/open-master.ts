import { type MasterKey, readMasterKey } from "../../journal/master-key.ts";
import { findPlace, type JournalPlace, type PlaceOptions, readKeyText } from "./journal-place.ts";

/** A journal whose master key is here, or what to tell whoever asked. */
export type MasterOpened =
  | { readonly ok: true; readonly place: JournalPlace; readonly master: MasterKey }
  | { readonly ok: false; readonly problem: string };

/** Finds a journal and its master key: what changes a journal needs it. */
export async function openMaster(options: PlaceOptions, directory: string): Promise<MasterOpened> {
  const found = await findPlace(options, directory);
  if (!found.ok) return found;
  const text = await readKeyText(found.place.key);
  if (!text.ok) return text;
  const master = readMasterKey(text.text);
  return master.ok
    ? { ok: true, place: found.place, master: master.key }
    : { ok: false, problem: `${text.from}: ${master.problem}` };
}
