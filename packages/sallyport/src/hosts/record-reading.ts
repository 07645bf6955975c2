import { Buffer } from "node:buffer";
import { statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type ControlAnswer, type ControlRequest, isRecordable } from "../journal/control-message.ts";
import type { JournalReading, KeysChange } from "../journal/journal-record.ts";
import { signEraseOrder } from "../journal/erase-order.ts";
import { readKeyring } from "../journal/keyring.ts";
import { KEYRING_FILE } from "../journal/keyring-file.ts";
import { type JournalWriter, openJournal } from "../journal/journal-writer.ts";
import type { MasterKey } from "../journal/master-key.ts";
import { keepReading } from "../journal/pending-readings.ts";
import { type ReaderKey, readReaderKeys } from "../journal/reader-key.ts";
import { lockJournal, writerOf } from "../journal/writer-lock.ts";
import { problemOf } from "../problem-of.ts";
import { askWriter } from "./ask-writer.ts";

/** A journal that a command is about. */
export interface JournalAccess {
  readonly directory: string;
  readonly key: MasterKey | ReaderKey;
  /** Where payload keys are; absent or `null`: in the directory. */
  readonly payloadKeys?: string | null;
}

/** That something is recorded and on the disk, or why it is not. */
export type Recorded = { readonly ok: true } | { readonly ok: false; readonly problem: string };

/** A user whose payload keys are gone, and how many there were; or why they are not. */
export type Erased =
  | { readonly ok: true; readonly keys: number }
  | { readonly ok: false; readonly problem: string };

/** How long commands wait for each other, milliseconds: each opens the journal, and seals it. */
const WAIT_MS = 30_000;
const AGAIN_MS = 50;
/** Room for one record is enough. */
const RING_BYTES = 256 * 1024;
const TOO_LONG = {
  ok: false,
  problem: "the reason, or what is asked for, is longer than a record takes",
} as const;

/**
 * Records that somebody reads, before they see anything: through the process that writes the journal or, where none does, by opening
 * it. A reader's key opens no journal for writing: there the reading is kept beside it, and the next writer records it. It answers
 * when it is on the disk, and refuses where it cannot be: then nothing is to be shown. Never rejects.
 */
export async function recordReading(access: JournalAccess, reading: JournalReading): Promise<Recorded> {
  if (!isRecordable(reading)) return TOO_LONG;
  const { directory, key } = access;
  if (!("wrap" in key))
    return request(directory, { request: "reading", reading }, () => keepAlone(directory, key, reading));
  return request(directory, { request: "reading", reading }, () =>
    actAlone(access, async (journal) => {
      const note = { type: "journal", what: "read", ...reading } as const;
      return (await journal.record(Date.now(), note)) ? { ok: true } : NOT_RECORDED;
    }),
  );
}

/** Destroys the payload keys of a user, in the same way. */
export async function eraseUser(access: JournalAccess, user: string): Promise<Erased> {
  const order = await orderFor(access, user);
  if (!order.ok) return order;
  const answer = await request(access.directory, { request: "erase", user, order: order.note }, () =>
    actAlone(access, async (journal) => {
      const keys = await journal.erase(user);
      return keys === null ? { ok: false, problem: "the journal could not erase" } : { ok: true, keys };
    }),
  );
  return answer.ok ? { ok: true, keys: answer.keys ?? 0 } : answer;
}

/**
 * Tells whoever writes a journal that its keys were changed, and records that. Where it refuses, the keys are changed all the same: a
 * writer goes on with those before until it begins anew. @param access with the master key that opens them now
 */
export function tellKeys(
  access: JournalAccess,
  { handover, change }: { readonly handover: Uint8Array; readonly change: KeysChange },
): Promise<Recorded> {
  const told: ControlRequest = {
    request: "keys",
    handover: Buffer.from(handover).toString("base64"),
    change,
  };
  return request(access.directory, told, () =>
    actAlone(access, async (journal) => {
      const note = { type: "journal", what: "keys", ...change } as const;
      return (await journal.record(Date.now(), note)) ? { ok: true } : NOT_RECORDED;
    }),
  );
}

type Order = { readonly ok: true; readonly note: string } | { readonly ok: false; readonly problem: string };

async function orderFor({ directory, key }: JournalAccess, user: string): Promise<Order> {
  if (!("wrap" in key)) return READER_CHANGES;
  try {
    const read = await readKeyring(directory, key);
    if (read === null) return { ok: false, problem: `there is no journal in ${directory}` };
    return read.ok ? { ok: true, note: signEraseOrder(user, read.keyring, Date.now()) } : read;
  } catch (error) {
    return { ok: false, problem: problemOf(error) };
  }
}

const READER_CHANGES = { ok: false, problem: "a reader's key changes nothing: use the master key" } as const;
const NOT_RECORDED = { ok: false, problem: "the journal could not record it" } as const;

/** @param alone what is done where nobody writes the journal */
async function request(
  directory: string,
  asked: ControlRequest,
  alone: () => Promise<ControlAnswer>,
): Promise<ControlAnswer> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const answer = await askWriter(directory, asked, Math.max(0, end - performance.now()));
    if (answer !== null) return answer;
    const done = await alone();
    if (done.ok || performance.now() >= end || !isWritten(directory)) return done;
    // Another command has it for a moment, or a gate begins.
    await delay(AGAIN_MS);
  }
}

function isWritten(directory: string): boolean {
  try {
    return writerOf(directory) !== null;
  } catch {
    return false;
  }
}

/** A reader's key writes no journal: what was read waits beside it for who does. */
async function keepAlone(directory: string, key: ReaderKey, reading: JournalReading): Promise<ControlAnswer> {
  try {
    const read = await readReaderKeys(directory, key);
    if (read === null) return refuse(`there is no journal in ${directory}`);
    if (!read.ok) return read;
    const lock = lockJournal(directory);
    if (!lock.ok) return lock;
    try {
      keepReading(directory, read.keys, { time: Date.now(), reading });
      return { ok: true };
    } finally {
      lock.release();
    }
  } catch (error) {
    return refuse(problemOf(error));
  }
}

async function actAlone(
  access: JournalAccess,
  act: (journal: JournalWriter) => Promise<ControlAnswer>,
): Promise<ControlAnswer> {
  const { directory, key, payloadKeys = null } = access;
  if (!("wrap" in key)) return READER_CHANGES;
  try {
    // One that is not there is not to be made.
    statSync(join(directory, KEYRING_FILE));
    const { uid } = statSync(directory);
    // What another user writes here the gate could not open again.
    if (process.getuid !== undefined && process.getuid() !== uid)
      return refuse(`the journal is of the user ${uid}: run the command as that user, or start the gate`);
    const opened = await openJournal({
      directory,
      master: key,
      ringBytes: RING_BYTES,
      ...(payloadKeys === null ? {} : { payloadKeys }),
    });
    if (!opened.ok) return opened;
    const done = await act(opened.journal);
    const isWhole = await opened.journal.close();
    return done.ok && !isWhole ? NOT_RECORDED : done;
  } catch (error) {
    return refuse(problemOf(error));
  }
}

function refuse(problem: string): ControlAnswer {
  return { ok: false, problem };
}
