import type { ClosedEvent, OpenEvent } from "../../events.ts";
import type { JournalReader } from "../../journal/journal-reader.ts";
import { searchJournal } from "../../journal/search-journal.ts";

/** What a journal has of one session, before anything of it is sent. */
export interface ReplayPlan {
  /** `null`: its handshake is not in the journal, or not any more. */
  readonly open: OpenEvent | null;
  /** `null`: its end is not. */
  readonly closed: ClosedEvent | null;
  readonly route: string;
  /** Messages of the client, and those of them that a guard refused then. */
  readonly messages: number;
  readonly refused: number;
  readonly bytes: number;
  readonly replies: number;
  /** From its first message to its last, milliseconds. */
  readonly lastedMs: number;
  /** Why so many messages of the client cannot be sent as they were, in words; empty: all can. */
  readonly missing: readonly string[];
  /** So many of the client's messages are there whole. */
  readonly whole: number;
}

/** Why a message of the client cannot be sent. */
type Lack = "none" | "digest" | "redacted" | "truncated" | "erased";

const LACKS: Readonly<Record<Lack, string>> = {
  none: "only how long they were was kept (`payloads: none`, or not in the sample)",
  digest: "only a digest was kept (`payloads: digest`)",
  redacted: "only what `leak` had left of them was kept (`payloads: redacted`)",
  truncated: "they were longer than the journal keeps",
  erased: "their key was destroyed",
};

/** Looks through a session; `null` where the journal has no message of it. */
export async function planReplay(reader: JournalReader, session: string): Promise<ReplayPlan | null> {
  const lacks: Record<Lack, number> = { none: 0, digest: 0, redacted: 0, truncated: 0, erased: 0 };
  const plan = { open: null as OpenEvent | null, closed: null as ClosedEvent | null, route: "" };
  const counts = { messages: 0, refused: 0, bytes: 0, replies: 0, shed: 0, whole: 0 };
  const times = { first: Infinity, last: -Infinity };
  let sequence = 0;
  for await (const { record, payload } of searchJournal(reader, {
    fields: { session },
    order: "oldest",
    payloads: true,
  })) {
    if (record.type === "open") plan.open = record;
    if (record.type === "closed") plan.closed = record;
    if (record.type !== "message") continue;
    plan.route = record.route;
    counts.shed += Math.max(0, record.sequence - sequence - 1);
    sequence = record.sequence;
    times.first = Math.min(times.first, record.time);
    times.last = Math.max(times.last, record.time);
    if (record.direction === "outbound") {
      counts.replies += 1;
      continue;
    }
    counts.messages += 1;
    counts.bytes += record.size;
    if (record.verdict === "drop" || record.verdict === "close") counts.refused += 1;
    const lack =
      record.payload !== "full"
        ? record.payload
        : record.truncated
          ? "truncated"
          : payload === null
            ? "erased"
            : null;
    if (lack === null) counts.whole += 1;
    else lacks[lack] += 1;
  }
  if (sequence === 0) return null;
  const { shed, ...counted } = counts;
  return {
    ...plan,
    ...counted,
    lastedMs: times.last - times.first,
    missing: missingOf(lacks, { ...counts, shed }),
  };
}

function missingOf(
  lacks: Readonly<Record<Lack, number>>,
  { messages, shed }: { readonly messages: number; readonly shed: number },
): readonly string[] {
  const kinds = Object.entries(LACKS) as readonly (readonly [Lack, string])[];
  const lines = kinds.flatMap(([lack, why]) =>
    lacks[lack] > 0 ? [`of ${lacks[lack]} of its ${messages} messages ${why}`] : [],
  );
  const gone = `${shed} messages of either side are missing: the journal shed them, or what came before is not kept any more`;
  return shed > 0 ? [...lines, gone] : lines;
}
