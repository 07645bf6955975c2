import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { LOCK_FILE, lockJournal, lockKeyring, writerOf } from "./writer-lock.ts";

describe("lockJournal", () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sallyport-lock-"));
    file = join(directory, LOCK_FILE);
    return () => rmSync(directory, { recursive: true });
  });

  it("is one process's at a time, and nothing of it is left", () => {
    const lock = lockJournal(directory);
    if (!lock.ok) throw new Error(lock.problem);
    expect(readFileSync(file, "utf8")).toMatch(new RegExp(`^${process.pid} `));
    expect(readdirSync(directory)).toEqual([LOCK_FILE]);
    expect(writerOf(directory)).toBe(process.pid);
    expect(lockJournal(directory)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("writes this journal"),
    });
    lock.release();
    lock.release();
    expect(readdirSync(directory)).toEqual([]);
    expect(writerOf(directory)).toBeNull();
  });

  it("is not in the way of who changes the keys, who are one at a time too", () => {
    const [journal, keys] = [lockJournal(directory), lockKeyring(directory)];
    if (!journal.ok || !keys.ok) throw new Error("not locked");
    expect(lockKeyring(directory)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("try again"),
    });
    keys.release();
    journal.release();
  });

  it("is refused while a process lives that has it", () => {
    // The parent of this process lives.
    writeFileSync(file, `${process.ppid} \n`);
    expect(writerOf(directory)).toBe(process.ppid);
    expect(lockJournal(directory)).toMatchObject({
      ok: false,
      problem: expect.stringContaining(`${process.ppid}`),
    });
    expect(existsSync(file)).toBe(true);
  });

  it.for([
    ["a process that is gone", "4194305 1\n"],
    ["another process of that number", `${process.ppid} 1\n`],
    ["a process of this number before this one", `${process.pid} 1\n`],
    ["nobody", "\n"],
  ] as const)("is taken from %s", ([, text]) => {
    writeFileSync(file, text);
    expect(writerOf(directory)).toBeNull();
    const lock = lockJournal(directory);
    expect(lock.ok).toBe(true);
    expect(readdirSync(directory)).toEqual([LOCK_FILE]);
    if (lock.ok) lock.release();
  });

  it("throws where it cannot be written or read", () => {
    expect(() => lockJournal(join(directory, "nowhere"))).toThrow("ENOENT");
    mkdirSync(file);
    expect(() => writerOf(directory)).toThrow("EISDIR");
    expect(() => lockJournal(directory)).toThrow("EISDIR");
    expect(readdirSync(directory)).toEqual([LOCK_FILE]);
  });
});
