import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Committer, type CommitLimits, type CommitReport } from "../src/journal/committer.ts";
import { type JournalDisk, localDisk } from "../src/journal/journal-disk.ts";
import type { MessageFacts, SessionFacts } from "../src/journal/journal-record.ts";
import { JournalReader } from "../src/journal/journal-reader.ts";
import { type Keyring } from "../src/journal/journal-keys.ts";
import { createKeyring } from "../src/journal/keyring.ts";
import { listSegments } from "../src/journal/list-segments.ts";
import { localMasterKey, type MasterKey } from "../src/journal/master-key.ts";
import { PAYLOAD_KEYS, PayloadKeys } from "../src/journal/payload-keys.ts";
import { RecordIntake } from "../src/journal/record-intake.ts";
import { recoverSegments } from "../src/journal/recover-segments.ts";
import { applyRetention, type RetainLimits, retiredNote } from "../src/journal/retain-segments.ts";
import { RetentionClock } from "../src/journal/retention-clock.ts";
import { RingConsumer } from "../src/journal/ring-consumer.ts";
import { createRingMemory } from "../src/journal/ring-layout.ts";
import { RingProducer } from "../src/journal/ring-producer.ts";
import { type FoundRecord, type JournalQuery, searchJournal } from "../src/journal/search-journal.ts";

/** Monday, 30 November 2026, noon. */
export const NOON: number = Date.UTC(2026, 10, 30, 12);

/** A directory that goes when it is disposed of. */
export class TemporaryJournal implements Disposable {
  readonly directory: string = mkdtempSync(join(tmpdir(), "sallyport-journal-"));
  readonly masterBytes: Buffer = randomBytes(32);
  readonly master: MasterKey = localMasterKey(this.masterBytes);
  keyring: Keyring | null = null;

  /** The names of its sealed segments, and of its open one. */
  names(): string[] {
    return readdirSync(this.directory).filter((name) => /\.(segment|open)$/.test(name));
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Where a journal is, and what opens it. */
export type JournalPlace = Pick<TemporaryJournal, "directory" | "master" | "keyring">;

/** What a test changes of a writer. */
export interface WriterChoice {
  readonly disk?: JournalDisk;
  readonly limits?: Partial<CommitLimits>;
  readonly retain?: RetainLimits;
  readonly now?: () => number;
  /** A clock that nobody sets; default: none, and the other one is believed. */
  readonly steady?: () => number;
  readonly ringBytes?: number;
  readonly whenFull?: "shed" | "block";
  readonly takeKeyring?: () => Keyring | null;
}

/** A writer of a journal in this thread: it commits when it is told to. */
export interface TestWriter {
  readonly intake: RecordIntake;
  readonly ring: RingProducer;
  readonly committer: Committer;
  readonly consumer: RingConsumer;
  readonly reports: CommitReport[];
  /** What the writer before left to be mended. */
  readonly recovered: { readonly bytes: number; readonly lost: number } | null;
  /** Commits until nothing waits. */
  commit(): void;
  /** Commits and seals. */
  close(): void;
}

/** Starts a writer; it throws where a journal cannot be continued. */
export async function startWriter(journal: JournalPlace, choice: WriterChoice = {}): Promise<TestWriter> {
  const { directory, master } = journal;
  journal.keyring ??= await createKeyring(directory, master);
  const { keyring } = journal;
  const { disk = localDisk, now = () => NOON } = choice;
  const recovered = recoverSegments({ directory, keyring, disk, now });
  if (!recovered.ok) throw new Error(recovered.problem);
  const memory = createRingMemory(choice.ringBytes ?? 1024 * 1024);
  const ring = new RingProducer(memory);
  const consumer = new RingConsumer(memory);
  const intake = new RecordIntake(ring, {
    whenFull: choice.whenFull ?? "shed",
    payloadBytes: 64 * 1024,
    onShed: () => {},
  });
  const reports: CommitReport[] = [];
  const keys = new PayloadKeys(join(directory, PAYLOAD_KEYS), keyring);
  const { retain } = choice;
  const committer = new Committer({
    ring: consumer,
    writer: recovered.writer,
    keys,
    journal: keyring.journal,
    takeKeyring: choice.takeKeyring ?? (() => null),
    limits: { segmentBytes: 1024 * 1024, segmentMs: 3_600_000, checkpointMs: 1000, ...choice.limits },
    retain:
      retain === undefined
        ? null
        : (time, believed) =>
            applyRetention({ directory, keyring, disk, payloadKeys: keys, limits: retain }, time, believed),
    clock:
      choice.steady === undefined
        ? null
        : new RetentionClock(
            { wall: now, steady: choice.steady },
            listSegments(directory).flatMap(({ head }) => head?.time ?? []),
          ),
    now,
    report: (report) => reports.push(report),
  });
  if (recovered.note !== null) committer.note(recovered.note);
  for (const tombstone of recovered.retired) committer.note(retiredNote(tombstone, 0));
  const commit = (): void => {
    do committer.turn();
    while (consumer.waiting > 0);
  };
  const close = (): void => {
    commit();
    ring.close();
    if (committer.turn() !== "ended") throw new Error("the writer did not end");
  };
  return { intake, ring, committer, consumer, reports, recovered: recovered.note, commit, close };
}

/** A session's facts. */
export function sessionFacts(facts: Partial<SessionFacts> = {}): SessionFacts {
  return { session: "s1", route: "/chat", address: "192.0.2.1", user: "alice", policy: "p1", ...facts };
}

/** A message's facts; `text` is kept whole. */
export function messageFacts(facts: Partial<MessageFacts> = {}, text?: string): MessageFacts {
  const bytes = Buffer.from(text ?? "");
  return {
    time: NOON,
    direction: "inbound",
    opcode: "text",
    size: bytes.length,
    verdict: "pass",
    ...(text === undefined ? {} : { payload: { kind: "full", bytes } }),
    ...facts,
  };
}

/** Reads a journal with its own keys. */
export function readerOf({ directory, keyring }: TemporaryJournal): JournalReader {
  if (keyring === null) throw new Error("nothing was written");
  const payloadKeys = new PayloadKeys(join(directory, PAYLOAD_KEYS), keyring);
  return new JournalReader({ directory, keys: keyring, role: "investigator", payloadKeys });
}

/** What is found, the newest first. */
export async function search(journal: TemporaryJournal, query: JournalQuery = {}): Promise<FoundRecord[]> {
  const found: FoundRecord[] = [];
  for await (const record of searchJournal(readerOf(journal), query)) found.push(record);
  return found;
}
