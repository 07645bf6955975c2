import { Buffer } from "node:buffer";
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { problemOf } from "../problem-of.ts";
import { parsePendingReading } from "./control-message.ts";
import type { ReadingKeys } from "./journal-keys.ts";
import type { JournalEvent, JournalReading } from "./journal-record.ts";
import type { Appended } from "./journal-session.ts";
import { openBox, sealBox } from "./sealed-box.ts";
import { syncDirectory, writeDurably } from "./write-durably.ts";

/** The file of readings that nobody could record: a reader's key writes no journal, and no gate ran. */
const PENDING_FILE = "readings.pending";
/** What its name ends in while it is recorded. */
const TAKEN = ".taken";

/** Some two thousand readings. */
const MAX_BYTES = 1024 * 1024;
const LINE = /^([0-9a-f]{16}) ([A-Za-z0-9+/]+={0,2})$/;

/** A reading, and when it was. */
export interface PendingReading {
  readonly time: number;
  readonly reading: JournalReading;
}

/**
 * Keeps a reading beside the journal until it is written again, sealed as metadata is; it is on the disk when this returns. Only who
 * has the writer's lock calls it. @throws where the disk does not take it, or the file is full
 */
export function keepReading(directory: string, keys: ReadingKeys, pending: PendingReading): void {
  const [rotation, key] = [...keys.keys].at(-1) ?? [];
  if (rotation === undefined || key === undefined) throw new Error("the reader has no keys");
  const plain = Buffer.from(JSON.stringify(pending));
  const line = `${rotation} ${sealBox(key.metadata, plain, context(keys)).toString("base64")}\n`;
  const descriptor = openSync(join(directory, PENDING_FILE), "a", 0o600);
  try {
    if (fstatSync(descriptor).size + line.length > MAX_BYTES)
      throw new Error(`${PENDING_FILE} is full: start the gate, or open the journal with its master key`);
    // A line that was torn before ends here.
    writeFileSync(descriptor, `\n${line}`);
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  syncDirectory(directory);
}

/** Where readings go in. */
export interface ReadingIntake {
  append(time: number, event: JournalEvent): Appended;
  flush(): Promise<boolean>;
}

/**
 * Records what was kept, and takes it away when it is on the disk, for which it does not wait; what is left out, or `null`. Who
 * ends before that records it again at the next start.
 */
export function recordPending(
  journal: ReadingIntake,
  directory: string,
  keys: ReadingKeys,
  now: number = Date.now(),
): string | null {
  try {
    const file = take(directory);
    if (file === null) return null;
    const lines = readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "");
    let damaged = 0;
    // Of those that found room before others did not, none is recorded again.
    const left = lines.findIndex((line) => {
      const pending = openLine(line, keys);
      if (pending === null) damaged += 1;
      return pending !== null && !isTaken(journal, pending, now);
    });
    const rest = left === -1 ? [] : lines.slice(left);
    const leaving = journal.flush().then((isDurable) => {
      if (isDurable) leave(file, rest);
    });
    // What the disk does not let go is recorded again at the next start.
    leaving.catch(() => {});
    if (rest.length > 0) return "there was no room: they wait for the next start";
    return damaged === 0 ? null : `${damaged} of ${lines.length} were damaged, or are not of this journal`;
  } catch (error) {
    return problemOf(error);
  }
}

function isTaken(journal: ReadingIntake, { time, reading }: PendingReading, now: number): boolean {
  const note = { type: "journal", what: "read", ...reading, late: true } as const;
  // A reader's clock is not the journal's: what is still to come would keep its segment for as long.
  return journal.append(Math.min(time, now), note) === "taken";
}

function leave(file: string, lines: readonly string[]): void {
  if (lines.length > 0) writeDurably(file, lines.map((line) => `${line}\n`).join(""));
  else rmSync(file, { force: true });
}

/** The file under another name, so that what is kept meanwhile is not taken away with it; `null` where there is none. */
function take(directory: string): string | null {
  const file = join(directory, `${PENDING_FILE}${TAKEN}`);
  if (existsSync(file)) return file;
  if (!existsSync(join(directory, PENDING_FILE))) return null;
  renameSync(join(directory, PENDING_FILE), file);
  return file;
}

function openLine(line: string, keys: ReadingKeys): PendingReading | null {
  const [, rotation = "", box = ""] = LINE.exec(line) ?? [];
  const key = keys.keys.get(rotation);
  const plain = key === undefined ? null : openBox(key.metadata, Buffer.from(box, "base64"), context(keys));
  return plain === null ? null : parsePendingReading(plain.toString());
}

function context({ journal }: ReadingKeys): Buffer {
  return Buffer.from(`sallyport journal pending reading\n${journal}\n`);
}
