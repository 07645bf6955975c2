import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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

const heldHere = new Set<string>();

/**
 * Takes the lock of a journal, which has one writer at a time. The lock of a process that is gone counts for nothing.
 * It keeps two processes of one machine apart; not two machines that share a disk.
 */
export function lockJournal(directory: string): WriterLock {
  const file = join(directory, LOCK_FILE);
  if (heldHere.has(file)) return refused(process.pid);
  for (let tries = 0; tries < 2; tries++) {
    try {
      writeFileSync(file, `${process.pid} ${began(process.pid) ?? ""}\n`, { flag: "wx", mode: 0o600 });
      heldHere.add(file);
      return { ok: true, release: () => release(file) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const owner = readOwner(file);
      if (owner !== null && isAlive(owner)) return refused(owner.pid);
      rmSync(file, { force: true });
    }
  }
  return { ok: false, problem: `another process took ${file} just now` };
}

function refused(pid: number): WriterLock {
  const problem = `process ${pid} writes this journal: end it, or give this one a directory of its own`;
  return { ok: false, problem };
}

function release(file: string): void {
  if (heldHere.delete(file)) rmSync(file, { force: true });
}

function readOwner(file: string): Owner | null {
  const [pid = "", start = ""] = readFileSync(file, "utf8").trim().split(" ");
  return /^\d+$/.test(pid) ? { pid: Number(pid), began: start } : null;
}

/** This process does not hold it: a lock in its name is of one before it, such as the first process of a container. */
function isAlive({ pid, began: start }: Owner): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
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
