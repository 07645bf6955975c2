import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import type { MessageFacts } from "../packages/sallyport/src/journal/journal-record.ts";
import { openReader } from "../packages/sallyport/src/journal/journal-reader.ts";
import { openJournal } from "../packages/sallyport/src/journal/journal-writer.ts";
import { readKeyring } from "../packages/sallyport/src/journal/keyring.ts";
import { localMasterKey } from "../packages/sallyport/src/journal/master-key.ts";
import { type JournalQuery, searchJournal } from "../packages/sallyport/src/journal/search-journal.ts";
import { verifyJournal } from "../packages/sallyport/src/journal/verify-journal.ts";

const USAGE = `node --conditions=sallyport-source bench/journal.ts [--records N] [--sessions N]

  Writes N messages (default 1000000) of some sessions (default 100), once without their payloads and once with 125 bytes of each;
  then verifies and searches them; before that, some records that come one at a time. CPU is of the whole process, the journal's thread and the making of the messages included.
`;

const { values } = parseArgs({
  options: {
    records: { type: "string", default: "1000000" },
    sessions: { type: "string", default: "100" },
    help: { type: "boolean", default: false },
  },
});
const records = Number(values.records);
const sessionCount = Number(values.sessions);
const master = localMasterKey(randomBytes(32));
/** Messages offered at a time: what a gate reads in one turn. */
const BATCH = 1000;
const QUIET_RECORDS = 1000;
const BASE_TIME = Date.UTC(2026, 10, 30);

const names = ["say", "join", "leave", "typing", "ack"];
let seed = 1;

/** A number below a bound: chance that is the same in every run, and costs little. */
function randomInt(below: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return (seed >>> 8) % below;
}

/** 125 bytes of JSON, different each time. */
function payloadOf(number: number): Buffer {
  const words = `${(number * 2654435761) % 4294967296} ${(number * 40503) % 65536}`;
  return Buffer.from(
    `{"type":"say","room":"attic","number":${number},"text":"${words}`.padEnd(123, "lorem ipsum ") + '"}',
  );
}

function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

interface Measured {
  readonly microseconds: number;
  readonly bytesPerRecord: number;
}

async function write(directory: string, withPayloads: boolean): Promise<Measured> {
  const opened = await openJournal({ directory, master, whenFull: "block" });
  if (!opened.ok) throw new Error(opened.problem);
  const { journal } = opened;
  const sessions = Array.from({ length: sessionCount }, (_, number) => {
    const session = randomBytes(16).toString("base64url");
    return journal.session({
      session,
      route: "/chat",
      address: "192.0.2.1",
      user: `user-${number}`,
      policy: "1",
    });
  });
  const payloads = withPayloads ? Array.from({ length: 4096 }, (_, number) => payloadOf(number)) : [];
  const started = cpuMicroseconds();
  for (let number = 0; number < records;) {
    const time = BASE_TIME + Math.floor(number / 20) + randomInt(3);
    const bytes = payloads[number % payloads.length];
    const facts: MessageFacts = {
      time,
      direction: number % 2 === 0 ? "inbound" : "outbound",
      opcode: "text",
      size: bytes?.length ?? randomInt(2000),
      verdict: "pass",
      name: names[randomInt(names.length)] ?? null,
      ...(bytes === undefined ? {} : { payload: { kind: "full", bytes } }),
    };
    const session = sessions[randomInt(sessionCount)];
    if (session?.message(facts) === "taken") number += 1;
    else await journal.room();
    if (number % BATCH === 0) await new Promise(setImmediate);
  }
  await journal.flush();
  const microseconds = (cpuMicroseconds() - started) / records;
  await journal.close();
  const bytes = segmentsOf(directory).reduce((sum, path) => sum + statSync(path).size, 0);
  return { microseconds, bytesPerRecord: bytes / records };
}

function segmentsOf(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith(".segment"))
    .map((name) => join(directory, name));
}

/** Of CPU: other work on the machine does not count. */
async function seconds(act: () => unknown): Promise<number> {
  const started = cpuMicroseconds();
  await act();
  return (cpuMicroseconds() - started) / 1e6;
}

async function count(directory: string, query: JournalQuery): Promise<number> {
  const opened = await openReader(directory, master);
  if (!opened.ok) throw new Error(opened.problem);
  let found = 0;
  for await (const _ of searchJournal(opened.reader, query)) found += 1;
  return found;
}

/** What `verify` costs beside SHA-256 of the same bytes, with the keys and without. */
async function reportVerify(directory: string): Promise<void> {
  const plain = await seconds(() => {
    for (const path of segmentsOf(directory)) createHash("sha256").update(readFileSync(path)).digest();
  });
  const read = await readKeyring(directory, master);
  const keyring = read?.ok === true ? read.keyring : null;
  const chain = await seconds(() => verifyJournal({ directory }));
  const whole = await seconds(() => verifyJournal({ directory, keyring }));
  const bytes = segmentsOf(directory).reduce((sum, path) => sum + statSync(path).size, 0);
  console.log(
    `  verify: ${(bytes / 1e6).toFixed(1)} MB in ${milliseconds(chain)}, ${(chain / plain).toFixed(1)}x SHA-256 of the same bytes (${milliseconds(plain)}); with the keys ${milliseconds(whole)}, ${(whole / plain).toFixed(1)}x`,
  );
}

function milliseconds(duration: number): string {
  return `${(duration * 1000).toFixed(1)} ms`;
}

/** A gate that hears little: every record is a frame of its own. What the first verify of a process costs is told before. */
async function reportQuiet(directory: string): Promise<void> {
  const opened = await openJournal({ directory, master, pace: { gatherMs: 0 } });
  if (!opened.ok) throw new Error(opened.problem);
  for (let number = 0; number < QUIET_RECORDS; number++) {
    opened.journal.append(BASE_TIME + number * 1000, {
      type: "gate",
      level: "info",
      message: `event ${number}`,
    });
    await opened.journal.flush();
  }
  await opened.journal.close();
  const first = await seconds(() => verifyJournal({ directory }));
  console.log(
    `${QUIET_RECORDS} records, each a frame of its own; the first verify of a process ${milliseconds(first)}`,
  );
  await reportVerify(directory);
}

async function report(name: string, directory: string, withPayloads: boolean): Promise<void> {
  const { microseconds, bytesPerRecord } = await write(directory, withPayloads);
  console.log(
    `${name}: ${microseconds.toFixed(2)} us CPU per record, all threads; ${bytesPerRecord.toFixed(1)} bytes at rest`,
  );
  await reportVerify(directory);
  const user = await seconds(() => count(directory, { fields: { user: "user-7" } }));
  const found = await count(directory, { fields: { user: "user-7" } });
  console.log(`  search by user: ${user.toFixed(2)} s (${found} found)`);
  if (!withPayloads) return;
  const text = await seconds(() => count(directory, { text: "stands nowhere" }));
  console.log(`  search by text: ${text.toFixed(2)} s`);
}

if (values.help) console.log(USAGE);
else {
  const directory = mkdtempSync(join(tmpdir(), "sallyport-bench-journal-"));
  try {
    const [cpu] = cpus();
    console.log(
      `${cpus().length} x ${cpu?.model}, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}, ${records} records`,
    );
    await reportQuiet(join(directory, "quiet"));
    await report("metadata", join(directory, "metadata"), false);
    await report("with 125 bytes of payload", join(directory, "payloads"), true);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
