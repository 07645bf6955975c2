import type { Buffer } from "node:buffer";
import type { JournalReader } from "../journal/journal-reader.ts";
import type { FoundRecord, JournalQuery, SearchedBlocks } from "../journal/search-journal.ts";
import { searchJournal } from "../journal/search-journal.ts";
import type { RecordedTraffic } from "./recorded-traffic.ts";

/** So long before the time that is asked for, who had connected by then is looked for: a connection lives a day. */
const LOOK_BACK_MS = 86_400_000;

/** What is played, and to what. */
export interface PlayOptions {
  readonly reader: JournalReader;
  readonly query: JournalQuery;
  readonly traffic: RecordedTraffic;
  /** What of a record's content may be seen. */
  readonly payloadOf: (found: FoundRecord) => Buffer | null;
  /** Is told as a search is; what it throws ends the play. */
  readonly onProgress: (segments: number, of: number, blocks: SearchedBlocks) => void;
}

/** Plays what a query finds, the oldest first. @param next asked behind each record; `false` ends it */
export async function playRecorded(
  { reader, query, traffic, payloadOf, onProgress }: PlayOptions,
  next: () => boolean | Promise<boolean>,
): Promise<void> {
  const { fields = {}, ...times } = query;
  // What the journal says of itself stands on no route: records of others are passed over here.
  const { route, ...indexed } = fields;
  const wanted: JournalQuery = { ...times, fields: indexed, order: "oldest", onProgress };
  if (query.since !== undefined) {
    const earlier = { ...wanted, since: query.since - LOOK_BACK_MS, until: query.since };
    for await (const found of searchJournal(reader, earlier))
      if (isOn(route, found)) await traffic.before(found);
  }
  for await (const found of searchJournal(reader, { ...wanted, payloads: true })) {
    if (!isOn(route, found)) continue;
    await traffic.take({ ...found, payload: payloadOf(found) });
    if (!(await next())) break;
  }
  traffic.finish();
}

function isOn(route: string | undefined, { record }: FoundRecord): boolean {
  return route === undefined || record.type === "journal" || Reflect.get(record, "route") === route;
}
