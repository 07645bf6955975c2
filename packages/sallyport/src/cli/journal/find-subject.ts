import type { JournalReader } from "../../journal/journal-reader.ts";
import { type FoundRecord, type JournalQuery, searchJournal } from "../../journal/search-journal.ts";

/** What is to be shown, and the incident in it that was asked for. */
export interface Subject {
  readonly query: JournalQuery;
  /** `null`: a handshake that was refused. */
  readonly session: string | null;
  readonly incident: string | null;
}

/**
 * What an id names in a journal: a session, or an incident and the session in which it happened, or the handshake that was refused; `null`:
 * nothing. @param onProgress is told as a search is
 */
export async function findSubject(
  reader: JournalReader,
  subject: string,
  onProgress: NonNullable<JournalQuery["onProgress"]> = () => {},
): Promise<Subject | null> {
  const first = async (fields: JournalQuery["fields"] & object): Promise<FoundRecord | null> => {
    for await (const found of searchJournal(reader, { fields, onProgress })) return found;
    return null;
  };
  if ((await first({ session: subject })) !== null)
    return { query: { fields: { session: subject } }, session: subject, incident: null };
  const found = await first({ incident: subject });
  if (found === null) return null;
  const session: unknown = Reflect.get(found.record, "session");
  return typeof session === "string"
    ? { query: { fields: { session } }, session, incident: subject }
    : { query: { fields: { incident: subject } }, session: null, incident: subject };
}
