import type { DeskAnswer, DeskReader } from "../../hosts/admin/admin-desk.ts";
import type { ObservedRefusals } from "../../hosts/dashboard/policy-message.ts";
import { ObservedTally } from "../../hosts/observed-tally.ts";
import { searchJournal } from "../../journal/search-journal.ts";
import { DeskDeadline, untilOver } from "./desk-deadline.ts";
import { beginDeskReading, type DeskPlace } from "./desk-reading.ts";

/** So long it may take, milliseconds, and so many decisions are looked at. */
const WITHIN_MS = 10_000;
const MOST_DECISIONS = 100_000;

/** What guards that only observe would have refused since a time, from the journal. */
export async function observedDesk(
  place: DeskPlace,
  reader: DeskReader,
  since: number,
): Promise<DeskAnswer<ObservedRefusals>> {
  const fields = { verdict: "observe" };
  const begun = await beginDeskReading(place, reader, { command: "observed", asked: { ...fields, since } });
  if (!begun.ok) return begun;
  const tally = new ObservedTally();
  const deadline = new DeskDeadline(WITHIN_MS);
  let count = 0;
  const cut = await untilOver(async () => {
    const query = { fields, since, onProgress: deadline.check };
    for await (const { record } of searchJournal(begun.value.reader, query)) {
      if (record.type !== "handshake" && record.type !== "decision") continue;
      if (count === MOST_DECISIONS) break;
      count += 1;
      tally.take(record, new Date(record.time).toISOString());
    }
  });
  const isCut = cut || count === MOST_DECISIONS;
  const { kinds } = tally;
  return { ok: true, value: { since: new Date(since).toISOString(), from: "journal", kinds, cut: isCut } };
}
