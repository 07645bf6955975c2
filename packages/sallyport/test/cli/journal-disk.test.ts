import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import type { JournalNote, JournalRecord, MessageRecord } from "../../src/journal/journal-record.ts";
import { openReader } from "../../src/journal/journal-reader.ts";
import { localMasterKey } from "../../src/journal/master-key.ts";
import { searchJournal } from "../../src/journal/search-journal.ts";
import { verifyJournal } from "../../src/journal/verify-journal.ts";
import { startApplication } from "../gateway/harness.ts";
import { startSallyport, temporaryDirectory, type SallyportProcess } from "./sallyport-process.ts";

const PAGE = "http://app.example.com";
/** Where processes start slowly. */
const SLOW_MS = 300_000;
/** A message: hard to compress, so that some two hundred fill the memory before the disk. */
const MESSAGE = randomBytes(64 * 1024);
const MIB = 1024 * 1024;

/** A file system of its own, with little room: only who may mount has one. */
class SmallDisk {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  static memory(base: string): SmallDisk {
    const directory = join(base, "disk");
    mkdirSync(directory);
    run("mount", "-t", "tmpfs", "-o", "size=48m,mode=0700", "tmpfs", directory);
    return new SmallDisk(directory).#disposed();
  }

  /** One that can be made to stand still. */
  static device(base: string): SmallDisk {
    const [image, directory] = [join(base, "image"), join(base, "disk")];
    mkdirSync(directory);
    writeFileSync(image, "");
    run("truncate", "-s", "64M", image);
    run("mkfs.ext4", "-q", image);
    run("mount", "-o", "loop", image, directory);
    return new SmallDisk(directory).#disposed();
  }

  #disposed(): this {
    onTestFinished(() => run("umount", "--lazy", "--recursive", this.directory));
    return this;
  }

  /** Leaves no room. */
  fill(): void {
    const descriptor = openSync(join(this.directory, "ballast"), "w");
    try {
      for (let size = MIB; size >= 1;) {
        try {
          writeSync(descriptor, Buffer.alloc(size));
        } catch {
          size = Math.floor(size / 2);
        }
      }
    } finally {
      closeSync(descriptor);
    }
  }

  /** There is room again. */
  empty(): void {
    rmSync(join(this.directory, "ballast"));
  }

  /** What is opened from now on cannot be written; files that are open can. */
  readOnly(is: boolean): void {
    const place = join(this.directory, "journal");
    if (!is) return run("umount", place);
    run("mount", "--bind", place, place);
    run("mount", "-o", "remount,bind,ro", place);
  }

  /** Nothing is written for as long as `during` takes. */
  async frozen(during: () => Promise<void>): Promise<void> {
    run("fsfreeze", "--freeze", this.directory);
    try {
      await during();
    } finally {
      run("fsfreeze", "--unfreeze", this.directory);
    }
  }
}

function run(program: string, ...args: readonly string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "pipe"] });
}

function may(...needs: readonly (readonly [program: string, ...args: string[]])[]): boolean {
  try {
    for (const [program, ...args] of needs) run(program, ...args);
    return process.getuid?.() === 0;
  } catch {
    return false;
  }
}

const mayMount = may(["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]);
const mayFreeze = mayMount && may(["mkfs.ext4", "-V"], ["fsfreeze", "--version"], ["losetup", "--find"]);

interface Running {
  readonly gate: SallyportProcess;
  readonly port: number;
  readonly disk: SmallDisk;
  readonly ready: () => Promise<{ readonly status: number; readonly problems: readonly string[] }>;
  readonly metric: (line: string) => Promise<number>;
  readonly found: () => Promise<readonly JournalRecord[]>;
  /** Ends it, and reads and verifies what it left. */
  readonly end: () => Promise<readonly JournalRecord[]>;
}

async function start(
  whenFull: "block" | "shed",
  make: (base: string) => SmallDisk = SmallDisk.memory,
): Promise<Running> {
  const [application, base, key] = [await startApplication(), await temporaryDirectory(), randomBytes(32)];
  const disk = make(base);
  const directory = join(disk.directory, "journal");
  const config = join(base, "sallyport.yaml");
  const journal = `{ directory: ${directory}, key: "${key.toString("base64")}", payloads: full, retain: 1d, whenFull: ${whenFull} }`;
  await writeFile(
    config,
    `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
admin: { address: 127.0.0.1:0 }
journal: ${journal}
routes:
  - { path: /, upstream: ${application.url}, identity: anonymous, origin: { allow: [${PAGE}] }, messageRate: off, slowConsumer: off, heartbeat: off }
`,
  );
  const gate = startSallyport(["run", "--config", config], { withinMs: SLOW_MS / 2 });
  const port = Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
  const admin = (await gate.says(/admin on (http:\/\/\S+)\n/))[1] ?? "";
  const found: Running["found"] = async () => {
    const opened = await openReader(directory, localMasterKey(key));
    if (!opened.ok) throw new Error(opened.problem);
    const records: JournalRecord[] = [];
    for await (const { record } of searchJournal(opened.reader, {})) records.push(record);
    return records.toReversed();
  };
  return {
    gate,
    port,
    disk,
    found,
    async ready() {
      const answer = await fetch(`${admin}/ready`);
      const { problems }: { problems: string[] } = JSON.parse(await answer.text());
      return { status: answer.status, problems };
    },
    async metric(line) {
      const text = await (await fetch(`${admin}/metrics`)).text();
      return Number(
        text
          .split("\n")
          .find((one) => one.startsWith(`${line} `))
          ?.slice(line.length),
      );
    },
    async end() {
      gate.child.kill("SIGTERM");
      expect(await gate.exit(SLOW_MS / 2)).toBe(0);
      expect(await verifyJournal({ directory })).toMatchObject({ ok: true, faults: [] });
      return found();
    },
  };
}

/** A client that sends, and counts what comes back. */
class Talker {
  readonly socket: WebSocket;
  sent = 0;
  came = 0;

  constructor(port: number) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/`, { origin: PAGE });
    this.socket.on("message", () => (this.came += 1));
  }

  static async open(port: number): Promise<Talker> {
    const talker = new Talker(port);
    await once(talker.socket, "open");
    return talker;
  }

  say(count: number): void {
    for (let nth = 0; nth < count; nth++, this.sent++) this.socket.send(MESSAGE);
  }

  async hearsAll(): Promise<void> {
    await vi.waitUntil(() => this.came === this.sent, { timeout: SLOW_MS / 2, interval: 50 });
  }
}

const isMessage = (record: JournalRecord): record is MessageRecord => record.type === "message";

function notes<What extends JournalNote["what"]>(
  records: readonly JournalRecord[],
  what: What,
): Extract<JournalNote, { what: What }>[] {
  return records.filter(
    (record): record is Extract<JournalRecord, { what: What }> =>
      record.type === "journal" && record.what === what,
  );
}

/** None twice, and none missing but those that were shed. */
function expectSequences(records: readonly JournalRecord[], missing: number): void {
  const sequences = records.filter(isMessage).map(({ sequence }) => sequence);
  expect(sequences).toEqual([...new Set(sequences)].toSorted((left, right) => left - right));
  expect((sequences.at(-1) ?? 0) - sequences.length).toBe(missing);
}

const ALARMS = 'sallyport_journal_alarms_total{level="error"}';

describe.skipIf(!mayMount)("a gate whose journal's disk is full", () => {
  it(
    "stands still under `block`, lets nobody in, says why, and goes on when there is room: nothing is lost",
    async () => {
      const { gate, port, disk, ready, metric, end } = await start("block");
      const talker = await Talker.open(port);
      talker.say(10);
      await talker.hearsAll();
      expect(await ready()).toEqual({ status: 200, problems: [] });
      disk.fill();
      talker.say(300);
      await gate.says(/ENOSPC.*the journal's disk takes no records: they wait/);
      await vi.waitFor(async () => expect((await ready()).status).toBe(503), {
        timeout: SLOW_MS / 2,
        interval: 200,
      });
      expect((await ready()).problems).toEqual([
        expect.stringMatching(/^the journal has taken no record for \d+ s$/),
      ]);
      const { came } = talker;
      expect(came).toBeLessThan(talker.sent);
      const late = new WebSocket(`ws://127.0.0.1:${port}/`, { origin: PAGE });
      const [, response] = await once(late, "unexpected-response");
      expect(response.statusCode).toBe(503);
      response.destroy();
      expect((await fetch(`http://127.0.0.1:${port}/.sallyport/ready`)).status).toBe(503);
      expect(await metric(ALARMS)).toBe(1);
      expect(await metric('sallyport_journal_records_total{outcome="shed"}')).toBe(0);
      expect(talker.came).toBe(came);
      disk.empty();
      await talker.hearsAll();
      await gate.says(/the journal's disk takes records again/);
      expect((await ready()).status).toBe(200);
      await Talker.open(port);
      const records = await end();
      expect(records.filter(isMessage)).toHaveLength(2 * talker.sent);
      expectSequences(records, 0);
      expect(notes(records, "disk")).toMatchObject([{ detail: expect.stringContaining("ENOSPC") }]);
      expect(records).toContainEqual(
        expect.objectContaining({ type: "handshake", code: "session.no-journal" }),
      );
    },
    SLOW_MS,
  );

  it(
    "lets all pass under `shed`, and tells exactly how much it did not keep",
    async () => {
      const { gate, port, disk, ready, metric, end } = await start("shed");
      const talker = await Talker.open(port);
      talker.say(10);
      await talker.hearsAll();
      disk.fill();
      talker.say(300);
      await talker.hearsAll();
      await gate.says(/the journal sheds records/);
      expect((await ready()).status).toBe(200);
      const shed = await metric('sallyport_journal_records_total{outcome="shed"}');
      expect(shed).toBeGreaterThan(0);
      expect(await metric(ALARMS)).toBe(2);
      disk.empty();
      await gate.says(/the journal's disk takes records again/);
      talker.say(1);
      await talker.hearsAll();
      const records = await end();
      const told = notes(records, "shed");
      expect(told.reduce((sum, note) => sum + note.records, 0)).toBe(shed);
      // Few were events, which have no content.
      const messages = told.reduce((sum, note) => sum + note.bytes, 0) / MESSAGE.length;
      expect(shed - messages).toBeLessThan(5);
      expect(records.filter(isMessage)).toHaveLength(2 * talker.sent - messages);
      expectSequences(records, messages);
    },
    SLOW_MS,
  );
});

describe.skipIf(!mayMount)("a gate whose journal's disk becomes read-only", () => {
  it(
    "says so, and loses nothing of what waits for it",
    async () => {
      const { gate, port, disk, end } = await start("block");
      const talker = await Talker.open(port);
      talker.say(5);
      await talker.hearsAll();
      disk.readOnly(true);
      // Whom nobody knows has a key of their own, in a file that can only be read now.
      const other = await Talker.open(port);
      other.say(5);
      talker.say(5);
      await gate.says(/EROFS.*the journal's disk takes no records: they wait/);
      await Promise.all([talker.hearsAll(), other.hearsAll()]);
      disk.readOnly(false);
      await gate.says(/takes records again/);
      const records = await end();
      expect(records.filter(isMessage)).toHaveLength(2 * (talker.sent + other.sent));
      expect(notes(records, "disk")).toMatchObject([{ detail: expect.stringContaining("EROFS") }]);
    },
    SLOW_MS,
  );
});

describe.skipIf(!mayFreeze)("a gate whose journal's disk stands still for a second, again and again", () => {
  it(
    "makes nobody wait as long as there is memory, and loses nothing",
    async () => {
      const { port, disk, metric, end } = await start("block", SmallDisk.device);
      const talker = await Talker.open(port);
      for (let round = 0; round < 4; round++) {
        await disk.frozen(async () => {
          talker.say(10);
          await talker.hearsAll();
          await new Promise((resolve) => setTimeout(resolve, 1000));
        });
        talker.say(5);
        await talker.hearsAll();
      }
      expect(await metric(ALARMS)).toBe(0);
      const records = await end();
      expect(records.filter(isMessage)).toHaveLength(2 * talker.sent);
      expectSequences(records, 0);
      expect(notes(records, "shed")).toEqual([]);
    },
    SLOW_MS,
  );
});
