import { type MasterKey, readMasterKey } from "./master-key.ts";
import { isReaderKeyText, parseReaderKey, type ReaderKey } from "./reader-key.ts";

/** A key of a journal, of either kind, or what is wrong with the text that should be one. */
export type JournalKeyRead =
  | { readonly ok: true; readonly key: MasterKey | ReaderKey }
  | { readonly ok: false; readonly problem: string };

/** Reads the text of a file or a variable that holds the master key or a reader's key: a reader's says so in its first line. */
export function readJournalKey(text: string): JournalKeyRead {
  return isReaderKeyText(text) ? parseReaderKey(text) : readMasterKey(text);
}
