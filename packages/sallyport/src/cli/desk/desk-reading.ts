import type { DeskAnswer, DeskReader } from "../../hosts/admin/admin-desk.ts";
import { recordReading } from "../../hosts/record-reading.ts";
import { openReader } from "../../journal/journal-reader.ts";
import type { ReaderRole } from "../../journal/role-keys.ts";
import type { AdminRole } from "../../policy/admin-options.ts";
import type { MasterKeySource } from "../../policy/effective-config.ts";
import { loadJournalKey, readerIdOf } from "../journal/load-journal-key.ts";
import type { Reading, ReadingPurpose } from "../journal/reading.ts";

/** The journal of a gate, as a thread is told of it: plain data. */
export interface DeskPlace {
  readonly directory: string;
  /** `null`: in the directory. */
  readonly payloadKeys: string | null;
  readonly key: MasterKeySource;
  /** What routes say of their dialect, by their label. */
  readonly dialects: Readonly<Record<string, unknown>>;
}

/** Which of the journal's roles a role of the admin API reads with. */
const ROLES: Readonly<Record<AdminRole, ReaderRole>> = {
  viewer: "viewer",
  operator: "viewer",
  investigator: "investigator",
  admin: "investigator",
};

/** What is still known of a journal without its key. */
export const WITHOUT_KEY =
  "without it nothing in the journal can be read; its size is known, and it can be verified";

/** Opens the journal with the keys that a reader's role has, and records the reading, before anything is shown. */
export async function beginDeskReading(
  place: DeskPlace,
  { name, role, address, reason }: DeskReader,
  purpose: ReadingPurpose,
): Promise<DeskAnswer<Reading>> {
  const { directory, payloadKeys } = place;
  const key = await loadJournalKey(place.key);
  if (!key.ok) return unavailable(`the journal's key is missing: ${key.problem}; ${WITHOUT_KEY}`);
  const opened = await openReader(directory, key.key, payloadKeys ?? undefined);
  if (!opened.ok) return unavailable(`the journal cannot be read: ${opened.problem}; ${WITHOUT_KEY}`);
  const reader = opened.reader.as(ROLES[role]);
  const recorded = await recordReading(
    { directory, key: key.key, payloadKeys },
    {
      ...purpose,
      role: reader.role,
      reader: readerIdOf(key.key),
      by: `${name} (${role}) from ${address}, through the admin API`,
      reason,
    },
  );
  if (!recorded.ok)
    return unavailable(`nothing is shown, since that could not be recorded: ${recorded.problem}`);
  const journal = { directory, payloadKeys, key: place.key, config: null };
  return { ok: true, value: { place: journal, reader, role: reader.role, reason } };
}

function unavailable(problem: string): DeskAnswer<never> {
  return { ok: false, status: 503, problem };
}
