import { Committer, type CommitLimits, type CommitReport } from "./committer.ts";
import { commitLoop, type CommitPace } from "./commit-loop.ts";
import type { GivenKeyring } from "./given-keyrings.ts";
import { type JournalDisk, localDisk } from "./journal-disk.ts";
import type { Keyring } from "./journal-keys.ts";
import { PayloadKeys } from "./payload-keys.ts";
import { problemOf } from "../problem-of.ts";
import { listSegments } from "./list-segments.ts";
import type { Told } from "./record-intake.ts";
import { recoverSegments } from "./recover-segments.ts";
import { applyRetention, type RetainLimits, retiredNote } from "./retain-segments.ts";
import { RetentionClock } from "./retention-clock.ts";
import { RingConsumer } from "./ring-consumer.ts";
import type { RingMemory } from "./ring-layout.ts";

/** What the thread of a journal is given. */
export interface ThreadOrder {
  readonly directory: string;
  readonly payloadKeys: string;
  readonly keyring: Keyring;
  readonly ring: RingMemory;
  readonly limits: CommitLimits;
  readonly retain: RetainLimits | null;
  readonly pace: CommitPace;
  /** Where it takes the place of a thread that died: what that one was told. */
  readonly told?: Told | null;
  /** Keys that it did not come to take. */
  readonly given?: readonly GivenKeyring[];
}

/** What the thread of a journal tells. */
export type ThreadReport =
  | CommitReport
  /** It continues the journal. `recovered`: what it had to mend; `position`: where in the ring it begins to read. */
  | {
      readonly type: "ready";
      readonly recovered: string | null;
      readonly alarming: boolean;
      readonly position: number;
    }
  /** It cannot. */
  | { readonly type: "refused"; readonly problem: string }
  | { readonly type: "ended"; readonly complete: boolean };

/** What the thread of a journal is connected with. */
export interface ThreadPort {
  readonly report: (report: ThreadReport) => void;
  /** Keys that were given to it under a number, by which each is told from others; `null` where there are none. */
  readonly takeKeyring: (number: number) => Keyring | null;
}

/** The whole life of the thread that writes a journal. It blocks: nothing else happens in it. */
export function runJournalThread(order: ThreadOrder, port: ThreadPort, disk: JournalDisk = localDisk): void {
  const { report } = port;
  const { directory, keyring, limits } = order;
  const now = Date.now;
  const options = { directory, keyring, disk, now };
  const { retain, told = null } = order;
  const ring = new RingConsumer(order.ring);
  let clock: RetentionClock | null = null;
  let recovered: ReturnType<typeof recoverSegments>;
  try {
    recovered = recoverSegments(options, (frames) => ring.find(frames));
    const begun = listSegments(directory).flatMap(({ head }) => head?.time ?? []);
    if (retain !== null) clock = new RetentionClock({ wall: now, steady: () => performance.now() }, begun);
    if (recovered.ok) recovered.writer.begin();
  } catch (error) {
    const problem = problemOf(error);
    report({ type: "refused", problem });
    return;
  }
  if (!recovered.ok) {
    report({ type: "refused", problem: recovered.problem });
    return;
  }
  const { writer, note, retired } = recovered;
  const keys = new PayloadKeys(order.payloadKeys, keyring);
  // The newest, when they were rotated: what is retired may be sealed with any of them.
  let known = keyring;
  const takeKeyring = (number: number): Keyring | null => {
    const taken = port.takeKeyring(number);
    known = taken ?? known;
    return taken;
  };
  const place = { directory, disk, payloadKeys: keys };
  const committer = new Committer({
    ring,
    writer,
    keys,
    journal: keyring.journal,
    takeKeyring,
    told,
    limits,
    retain:
      retain === null
        ? null
        : (time, believed) => applyRetention({ ...place, keyring: known, limits: retain }, time, believed),
    clock,
    now,
    report,
  });
  ring.skip((entry) => committer.learn(entry));
  const again = told === null ? "" : ", its thread once more";
  committer.note({ type: "journal", what: "started", detail: `process ${process.pid}${again}` });
  if (note !== null) committer.note(note);
  for (const tombstone of retired) committer.note(retiredNote(tombstone, 0));
  const alarming = note !== null && (note.lost > 0 || note.detail.includes("set aside"));
  const mended = note === null ? null : `${note.detail}: ${note.bytes} bytes, ${note.lost} frames lost`;
  report({ type: "ready", recovered: mended, alarming, position: ring.tail });
  report({ type: "ended", complete: commitLoop(committer, ring, order.pace) });
}
