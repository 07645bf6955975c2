import { type ChildProcessByStdio, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

import { beforeEach, describe, expect, it, vi } from "vitest";

import { openReader } from "../journal/journal-reader.ts";
import type { JournalReading, JournalRecord } from "../journal/journal-record.ts";
import { openJournal } from "../journal/journal-writer.ts";
import { createKeyring, rotateMasterKey } from "../journal/keyring.ts";
import { localMasterKey, type MasterKey } from "../journal/master-key.ts";
import { grantReader, revokeReader } from "../journal/reader-key.ts";
import { searchJournal } from "../journal/search-journal.ts";
import { verifyJournal } from "../journal/verify-journal.ts";
import { type JournalControl, serveControl } from "./journal-control.ts";
import { eraseUser, recordReading, tellKeys } from "./record-reading.ts";

const script = fileURLToPath(new URL("../../test/journal-control-child.ts", import.meta.url));
const pace = { gatherMs: 5, retryMs: 20, idleMs: 50 };
const facts = { session: "s1", route: "/chat", address: "192.0.2.1", user: "alice", policy: "p1" };

const reading: JournalReading = {
  role: "investigator",
  reader: null,
  by: "ada",
  command: "search",
  reason: "ticket 4711",
  asked: { user: "alice", textLength: 6 },
};

/** Another process: what it says, line by line. */
interface Child {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  readonly lines: AsyncIterator<string>;
  readonly reader: Interface;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1;
}

describe("recordReading", () => {
  let directory: string;
  let bytes: Buffer;
  let master: MasterKey;
  const children: Child[] = [];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "sallyport-reading-"));
    bytes = randomBytes(32);
    master = localMasterKey(bytes);
    return async () => {
      for (const { process: child, reader } of children.splice(0)) {
        child.kill("SIGKILL");
        reader.close();
        if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
      }
      rmSync(directory, { recursive: true });
    };
  });

  async function records(key: MasterKey = master): Promise<JournalRecord[]> {
    const opened = await openReader(directory, key);
    if (!opened.ok) throw new Error(opened.problem);
    const found: JournalRecord[] = [];
    for await (const { record } of searchJournal(opened.reader)) found.unshift(record);
    return found;
  }

  async function readings(): Promise<string[]> {
    return (await records()).flatMap((record) =>
      record.type === "journal" && record.what === "read" ? [record.command] : [],
    );
  }

  function start(what: string, command = ""): Child {
    const args = ["--conditions=sallyport-source", script, what, directory, bytes.toString("hex"), command];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const reader = createInterface({ input: child.stdout });
    const started = { process: child, reader, lines: reader[Symbol.asyncIterator]() };
    children.push(started);
    return started;
  }

  /** A journal that this process writes, as a gate does. */
  async function gate(): Promise<{ readonly journal: Opened; readonly control: JournalControl }> {
    const opened = await openJournal({ directory, master, pace });
    if (!opened.ok) throw new Error(opened.problem);
    const control = await serveControl(opened.journal, { directory });
    return { journal: opened.journal, control };
  }

  it("is on the disk when it answers: through the writer, and without one", async () => {
    const { journal, control } = await gate();
    expect(await recordReading({ directory, key: master }, reading)).toEqual({ ok: true });
    const record = { type: "journal", what: "read", ...reading, time: expect.any(Number) };
    expect(await records()).toContainEqual(record);
    await control.close();
    await journal.close();
    expect(await recordReading({ directory, key: master, payloadKeys: null }, reading)).toEqual({ ok: true });
    expect((await records()).filter((found) => "command" in found)).toEqual([record, record]);
    expect((await verifyJournal({ directory })).ok).toBe(true);
  });

  it("is found by who was looked for, and tells nothing of a text that was", async () => {
    await createKeyring(directory, master);
    await recordReading({ directory, key: master }, reading);
    const opened = await openReader(directory, master);
    if (!opened.ok) throw new Error(opened.problem);
    const found = [];
    for await (const { record } of searchJournal(opened.reader, { text: "alice" })) found.push(record);
    expect(found).toEqual([expect.objectContaining({ asked: { user: "alice", textLength: 6 } })]);
  });

  it("is kept beside the journal where there is only a reader's key, until somebody writes", async () => {
    const { journal, control } = await gate();
    const granted = await grantReader(directory, master, "viewer");
    if (!granted.ok) throw new Error(granted.problem);
    const access = { directory, key: granted.reader };
    expect(await recordReading(access, { ...reading, role: "viewer" })).toEqual({ ok: true });
    await control.close();
    await journal.close();
    const late = { ...reading, role: "viewer", reader: granted.reader.id, command: "show" } as const;
    expect(await recordReading(access, late)).toEqual({ ok: true });
    expect(await recordReading(access, { ...late, command: "export" })).toEqual({ ok: true });
    expect(readFileSync(join(directory, "readings.pending"), "utf8")).not.toContain("alice");
    // A damaged line is told, and harms no other.
    appendFileSync(join(directory, "readings.pending"), "0123456789abcdef torn\n");
    const alarms: string[] = [];
    const opened = await openJournal({
      directory,
      master,
      pace,
      onAlarm: ({ detail }) => alarms.push(detail),
    });
    if (!opened.ok) throw new Error(opened.problem);
    await opened.journal.close();
    expect(alarms).toEqual([expect.stringContaining("1 of 3 were damaged")]);
    expect(readdirSync(directory)).not.toContain("readings.pending");
    expect(await readings()).toEqual(["search", "show", "export"]);
    const kept = { type: "journal", what: "read", ...late, late: true, time: expect.any(Number) };
    expect(await records()).toContainEqual(kept);
    expect((await verifyJournal({ directory })).ok).toBe(true);
  });

  it("is refused a reader who was revoked, or when too many wait", async () => {
    await createKeyring(directory, master);
    const granted = await grantReader(directory, master, "viewer");
    if (!granted.ok) throw new Error(granted.problem);
    const access = { directory, key: granted.reader };
    writeFileSync(join(directory, "readings.pending"), "\n".repeat(1024 * 1024));
    expect(await recordReading(access, reading)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("readings.pending is full"),
    });
    await revokeReader(directory, master, granted.reader.id);
    expect(await recordReading(access, reading)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("was revoked"),
    });
    expect(await recordReading({ ...access, directory: tmpdir() }, reading)).toMatchObject({ ok: false });
    expect(await eraseUser(access, "alice")).toMatchObject({
      ok: false,
      problem: expect.stringContaining("a reader's key changes nothing"),
    });
  });

  it("refuses where it cannot be recorded, and makes no journal", async () => {
    const other = localMasterKey(randomBytes(32));
    expect(await recordReading({ directory, key: master }, reading)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("ENOENT"),
    });
    expect(readdirSync(directory)).toEqual([]);
    await createKeyring(directory, master);
    expect(await recordReading({ directory, key: other }, reading)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("not the master key"),
    });
    const long = { ...reading, reason: "x".repeat(2000) };
    expect(await recordReading({ directory, key: master }, long)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("longer than a record takes"),
    });
    expect((await recordReading({ directory: join(directory, "nowhere"), key: master }, reading)).ok).toBe(
      false,
    );
  });

  it("leaves nothing there that the owner of the journal could not open", async () => {
    await createKeyring(directory, master);
    vi.spyOn(process, "getuid").mockReturnValue(12_345);
    expect(await recordReading({ directory, key: master }, reading)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("run the command as that user"),
    });
    vi.restoreAllMocks();
    expect(readdirSync(directory)).toEqual(["keyring.json"]);
  });

  it("loses none of many commands at once, where a gate writes and where none does", async () => {
    await createKeyring(directory, master);
    const commands = ["one", "two", "three"];
    const ask = async (): Promise<unknown[]> =>
      Promise.all(commands.map(async (command) => (await start("read", command).lines.next()).value));
    expect(await ask()).toEqual(commands.map(() => '{"ok":true}'));
    expect((await readings()).toSorted(byText)).toEqual(commands.toSorted(byText));
    const { journal, control } = await gate();
    expect(await ask()).toEqual(commands.map(() => '{"ok":true}'));
    await control.close();
    expect(await journal.close()).toBe(true);
    expect((await readings()).toSorted(byText)).toEqual([...commands, ...commands].toSorted(byText));
    expect((await verifyJournal({ directory })).ok).toBe(true);
  });

  it("records it itself where the writer dies while it is asked", async () => {
    const child = start("silent");
    expect((await child.lines.next()).value).toBe("ready");
    const answer = recordReading({ directory, key: master }, reading);
    expect((await child.lines.next()).value).toBe("asked");
    child.process.kill("SIGKILL");
    expect(await answer).toEqual({ ok: true });
    expect(await readings()).toEqual(["search"]);
    expect((await verifyJournal({ directory })).ok).toBe(true);
  });
});

type Opened = Extract<Awaited<ReturnType<typeof openJournal>>, { ok: true }>["journal"];

describe("eraseUser", () => {
  it("destroys the keys of a user, through the writer and without one", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sallyport-erase-"));
    const master = localMasterKey(randomBytes(32));
    const opened = await openJournal({ directory, master, pace });
    if (!opened.ok) throw new Error(opened.problem);
    const { journal } = opened;
    const control = await serveControl(journal, { directory });
    const say = (user: string): void => {
      const content = { kind: "full", bytes: Buffer.from("hello") } as const;
      const message = { time: 1e12, direction: "inbound", opcode: "text", size: 5, verdict: "pass" } as const;
      journal.session({ ...facts, user }).message({ ...message, payload: content });
    };
    say("alice");
    say("bob");
    await journal.flush();
    expect(await eraseUser({ directory, key: master }, "alice")).toEqual({ ok: true, keys: 1 });
    await control.close();
    await journal.close();
    expect(await eraseUser({ directory, key: master }, "bob")).toEqual({ ok: true, keys: 1 });
    expect(await eraseUser({ directory, key: master }, "bob")).toEqual({ ok: true, keys: 0 });
    expect(await eraseUser({ directory, key: localMasterKey(randomBytes(32)) }, "bob")).toMatchObject({
      ok: false,
    });
    rmSync(directory, { recursive: true });
  });
});

describe("tellKeys", () => {
  it("has the writer use other keys at once, without a restart, and records the change either way", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sallyport-keys-"));
    const [master, next] = [localMasterKey(randomBytes(32)), localMasterKey(randomBytes(32))];
    const opened = await openJournal({ directory, master, pace });
    if (!opened.ok) throw new Error(opened.problem);
    const { journal } = opened;
    const control = await serveControl(journal, { directory });
    const granted = await grantReader(directory, master, "investigator");
    if (!granted.ok) throw new Error(granted.problem);
    const { reader } = granted;
    const rotated = await rotateMasterKey(directory, master, next);
    if (rotated?.ok !== true) throw new Error("not rotated");
    const change = { change: "rotated", reader: null, role: null, by: "ada" } as const;
    const access = { directory, key: next };
    expect(await tellKeys(access, { handover: rotated.handover, change })).toEqual({ ok: true });
    journal.append(Date.now(), { type: "gate", level: "info", message: "after" });
    await journal.flush();
    const count = async (key: MasterKey | typeof reader): Promise<number> => {
      const read = await openReader(directory, key);
      if (!read.ok) return -1;
      let found = 0;
      for await (const _ of searchJournal(read.reader, { text: "after" })) found += 1;
      return found;
    };
    expect(await Promise.all([count(master), count(next), count(reader)])).toEqual([-1, 1, 1]);
    await control.close();
    await journal.close();
    const revoked = await revokeReader(directory, next, reader.id);
    if (!revoked.ok) throw new Error(revoked.problem);
    const taken = { change: "revoked", reader: reader.id, role: "investigator", by: "ada" } as const;
    expect(await tellKeys(access, { handover: revoked.handover, change: taken })).toEqual({ ok: true });
    const read = await openReader(directory, next);
    if (!read.ok) throw new Error(read.problem);
    const changes = [];
    for await (const { record } of searchJournal(read.reader))
      if (record.type === "journal" && record.what === "keys") changes.push(record.change);
    expect(changes).toEqual(["revoked", "rotated"]);
    rmSync(directory, { recursive: true });
  });

  it("says that nobody was told, where there is no journal", async () => {
    const directory = mkdtempSync(join(tmpdir(), "sallyport-untold-"));
    const change = { change: "rotated", reader: null, role: null, by: "ada" } as const;
    const access = { directory, key: localMasterKey(randomBytes(32)) };
    expect(await tellKeys(access, { handover: Buffer.alloc(60), change })).toMatchObject({ ok: false });
    rmSync(directory, { recursive: true });
  });
});
