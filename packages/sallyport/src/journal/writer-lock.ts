import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hasCode } from "../has-code.ts";

/** The file that says who writes a journal. */
export const LOCK_FILE = "writer.lock";

/** Who writes: a process, and when it began, since another one may have its number later. */
interface Owner {
  readonly pid: number;
  readonly began: string;
}

/** A lock, or who has it. */
export type WriterLock =
  | { readonly ok: true; readonly release: () => void }
  | { readonly ok: false; readonly problem: string };

/** The file that says who changes a journal's keys. */
const KEYRING_LOCK = "keyring.lock";

const heldHere = new Set<string>();

/**
 * Takes the lock of a journal, which has one writer at a time. The lock of a process that is gone counts for nothing.
 * It keeps two processes of one machine apart; not two machines that share a disk.
 */
export function lockJournal(directory: string): WriterLock {
  return lockFile(join(directory, LOCK_FILE), (pid) => {
    return `process ${pid} writes this journal: end it, or give this one a directory of its own`;
  });
}

/** Takes the lock of a journal's keys, which are changed by one process at a time, while the journal is written or not. */
export function lockKeyring(directory: string): WriterLock {
  return lockFile(join(directory, KEYRING_LOCK), (pid) => {
    return `process ${pid} changes the keys of this journal just now: try again`;
  });
}

/** The process that writes a journal now; `null` where none does. */
export function writerOf(directory: string): number | null {
  const file = join(directory, LOCK_FILE);
  if (heldHere.has(file)) return process.pid;
  const owner = readOwner(file);
  return owner !== null && isAlive(owner) ? owner.pid : null;
}

function lockFile(file: string, problemOf: (pid: number) => string): WriterLock {
  const refused = (pid: number): WriterLock => ({ ok: false, problem: problemOf(pid) });
  if (heldHere.has(file)) return refused(process.pid);
  for (let tries = 0; tries < 2; tries++) {
    if (take(file)) {
      heldHere.add(file);
      return { ok: true, release: () => release(file) };
    }
    const owner = readOwner(file);
    if (owner !== null && isAlive(owner)) return refused(owner.pid);
    removeStale(file, owner);
  }
  return { ok: false, problem: `another process took ${file} just now` };
}

/** The lock appears with what is in it: nobody sees one that says nothing yet. */
function take(file: string): boolean {
  const own = `${file}.${process.pid}`;
  writeFileSync(own, `${process.pid} ${began(process.pid) ?? ""}\n`, { mode: 0o600 });
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Takes the lock away of who is gone. Where somebody else was faster, and it is theirs by now, they get it back. */
function removeStale(file: string, gone: Owner | null): void {
  const aside = `${file}.${process.pid}.stale`;
  try {
    renameSync(file, aside);
    const found = readOwner(aside);
    if (found?.pid !== gone?.pid || found?.began !== gone?.began) linkSync(aside, file);
  } catch {
    // It went meanwhile, or there is another one: the next look tells.
  } finally {
    rmSync(aside, { force: true });
  }
}

function release(file: string): void {
  if (heldHere.delete(file)) rmSync(file, { force: true });
}

/** `null` where there is no lock, or nobody's. */
function readOwner(file: string): Owner | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return null;
    throw error;
  }
  const [pid = "", start = ""] = text.trim().split(" ");
  return /^\d+$/.test(pid) ? { pid: Number(pid), began: start } : null;
}

/** This process does not hold it: a lock in its name is of one before it, such as the first process of a container. */
function isAlive({ pid, began: start }: Owner): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, "EPERM");
  }
  const now = began(pid);
  return now === null || start === "" || now === start;
}

/** When a process began, in ticks since the machine did; `null` where that cannot be known (proc(5), field 22 of stat). */
function began(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
