import type { DeskAnswer, DeskFilter } from "../../hosts/admin/admin-desk.ts";
import type { JournalQuery } from "../../journal/search-journal.ts";
import { parseFilter } from "../journal/journal-filter.ts";

/** A query as the command takes it, with what is wrong in the words of the API. */
export function parseDeskFilter(filter: DeskFilter): DeskAnswer<JournalQuery> {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined);
  const parsed = parseFilter(Object.fromEntries(given), Date.now());
  return parsed.ok
    ? { ok: true, value: parsed.query }
    : { ok: false, status: 422, problem: parsed.problem.replaceAll(/--(?=[a-z])/g, "") };
}
