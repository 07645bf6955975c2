import { randomBytes } from "node:crypto";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { ownJournalKeyFile } from "../../src/hosts/own-journal-key.ts";
import type { MessageRecord } from "../../src/journal/journal-record.ts";
import { openReader } from "../../src/journal/journal-reader.ts";
import { localMasterKey } from "../../src/journal/master-key.ts";
import { type FoundRecord, type JournalQuery, searchJournal } from "../../src/journal/search-journal.ts";
import { verifyJournal } from "../../src/journal/verify-journal.ts";
import { startApplication } from "../gateway/harness.ts";
import { openRaw, op, type RawPeer } from "../gateway/raw-client.ts";
import { startSallyport, temporaryDirectory, type SallyportProcess } from "./sallyport-process.ts";

const PAGE = "http://app.example.com";
const LINES = [`Origin: ${PAGE}`];
/** Where processes start slowly. */
const SLOW_MS = 300_000;

interface Recording {
  readonly directory: string;
  readonly checkpoints: string;
  readonly launch: (...flags: readonly string[]) => SallyportProcess;
  /** Starts a gate on it, and waits until that listens. */
  readonly start: (...flags: readonly string[]) => Promise<{ gate: SallyportProcess; port: number }>;
  readonly search: (query?: JournalQuery) => Promise<readonly FoundRecord[]>;
}

/** A configuration with a journal that keeps everything. */
async function recording(): Promise<Recording> {
  const [application, base] = [await startApplication(), await temporaryDirectory()];
  const [directory, checkpoints, key] = [join(base, "journal"), join(base, "checkpoint"), randomBytes(32)];
  const configFile = join(base, "sallyport.yaml");
  await writeFile(
    configFile,
    `version: 1
listen: [{ address: 127.0.0.1:0, tls: off }]
journal: { directory: journal, key: "${key.toString("base64")}", payloads: full, retain: 1d, checkpoints: checkpoint }
routes:
  - { path: /, upstream: ${application.url}, identity: anonymous, origin: { allow: [${PAGE}] } }
`,
  );
  const launch: Recording["launch"] = (...flags) =>
    startSallyport(["run", "--config", configFile, ...flags], { withinMs: SLOW_MS / 2 });
  return {
    directory,
    checkpoints,
    launch,
    async start(...flags) {
      const gate = launch(...flags);
      return { gate, port: await portOf(gate) };
    },
    search: (query) => searchIn(directory, key, query),
  };
}

async function portOf(gate: SallyportProcess): Promise<number> {
  return Number((await gate.says(/listening on http:\/\/127\.0\.0\.1:(\d+)\n/))[1]);
}

async function searchIn(
  directory: string,
  key: Uint8Array,
  query: JournalQuery = {},
): Promise<readonly FoundRecord[]> {
  const opened = await openReader(directory, localMasterKey(key));
  if (!opened.ok) throw new Error(opened.problem);
  const found: FoundRecord[] = [];
  for await (const one of searchJournal(opened.reader, { payloads: true, ...query })) found.push(one);
  return found;
}

const messagesOf = (found: readonly FoundRecord[]): readonly MessageRecord[] =>
  found.flatMap(({ record }) => (record.type === "message" ? [record] : []));

async function say(peer: RawPeer, text: string): Promise<void> {
  expect((await peer.frame(op.text, text).readFrame()).payload.toString()).toBe(text);
}

/** Sequences of each session from 1 on, none twice and none missing. */
function expectWholeSessions(messages: readonly MessageRecord[]): void {
  const bySession = Map.groupBy(messages, ({ session }) => session);
  for (const records of bySession.values()) {
    const sequences = records.map(({ sequence }) => sequence).toSorted((left, right) => left - right);
    expect(sequences).toEqual(Array.from({ length: records.length }, (_, index) => index + 1));
  }
}

describe("sallyport run with a journal", () => {
  it(
    "makes a key that is not beside the segments, says where, and records from flags alone",
    { timeout: SLOW_MS },
    async () => {
      const [application, base] = [await startApplication(), await temporaryDirectory()];
      vi.stubEnv("XDG_DATA_HOME", join(base, "data"));
      onTestFinished(() => void vi.unstubAllEnvs());
      const directory = join(base, "work", "journal");
      const flags = `run --listen 127.0.0.1:0 --to ${application.url} --tls off --origin ${PAGE} --identity anonymous`;
      const gate = startSallyport([...flags.split(" "), "--journal", directory], { withinMs: SLOW_MS / 2 });
      const port = await portOf(gate);
      await expect.poll(() => gate.written().err).toContain(`journal key: made ${ownJournalKeyFile()};`);
      expect(((await stat(ownJournalKeyFile())).mode & 0o777).toString(8)).toBe("600");
      await say(await openRaw(port, { lines: LINES }), "hello");
      gate.child.kill("SIGTERM");
      expect(await gate.exit()).toBe(0);
      expect(await verifyJournal({ directory })).toMatchObject({ ok: true });
    },
  );

  it("finds after kill -9 what was on the disk, and goes on", { timeout: SLOW_MS }, async () => {
    const { directory, start, search } = await recording();
    const { gate, port } = await start();
    const peer = await openRaw(port, { lines: LINES });
    for (let nth = 0; nth < 50; nth++) await say(peer, `kept ${nth}`);
    await vi.waitFor(async () => expect(messagesOf(await search())).toHaveLength(100), SLOW_MS / 4);
    for (let nth = 0; nth < 500; nth++) peer.frame(op.text, `under load ${nth}`);
    gate.child.kill("SIGKILL");
    await gate.exit();
    const again = await start();
    await say(await openRaw(again.port, { lines: LINES }), "afterwards");
    again.gate.child.kill("SIGTERM");
    expect(await again.gate.exit()).toBe(0);
    const found = await search();
    expectWholeSessions(messagesOf(found));
    const contents = found.flatMap(({ payload }) => (payload === null ? [] : [payload.toString()]));
    expect(contents.filter((text) => text.startsWith("kept"))).toHaveLength(100);
    expect(contents.filter((text) => text === "afterwards")).toHaveLength(2);
    expect(await verifyJournal({ directory })).toMatchObject({ ok: true });
  });

  it(
    "has one journal of several workers, which outlives one that is killed",
    { timeout: SLOW_MS },
    async () => {
      const { directory, checkpoints, start, search } = await recording();
      const { gate, port } = await start("--workers", "2");
      const peers: RawPeer[] = [];
      const openedBy = (): string[] =>
        [...gate.written().err.matchAll(/"worker":(\d+).*"event":"open"/g)].map(([, worker]) =>
          String(worker),
        );
      // One that starts late would be waited for with more connections than one address may have.
      await gate.says(/"msg":"worker ready"[^]*"msg":"worker ready"/);
      while (new Set(openedBy()).size < 2) {
        const peer = await openRaw(port, { lines: LINES });
        for (let nth = 0; nth < 5; nth++) await say(peer, `peer ${peers.length} says ${nth}`);
        peers.push(peer);
        // It is told in its own time.
        await vi.waitFor(() => expect(openedBy()).toHaveLength(peers.length), SLOW_MS / 4);
      }
      const said = peers.length * 10;
      await vi.waitFor(async () => expect(messagesOf(await search())).toHaveLength(said), SLOW_MS / 4);
      const [, pid] = await gate.says(/worker 1, process (\d+)/);
      process.kill(Number(pid), "SIGKILL");
      await gate.says(/worker lost/);
      gate.child.kill("SIGTERM");
      expect(await gate.exit(SLOW_MS / 2)).toBe(0);
      const found = await search();
      expectWholeSessions(messagesOf(found));
      expect(messagesOf(found)).toHaveLength(said);
      const told = found.flatMap(({ record }) => (record.type === "gate" ? [record.message] : []));
      expect(told).toEqual(expect.arrayContaining(["worker ready", "worker lost", "draining"]));
      expect(await verifyJournal({ directory })).toMatchObject({ ok: true });
      expect((await stat(checkpoints)).size).toBeGreaterThan(0);
    },
  );

  it("exits 3 and says why where another gate writes the journal", { timeout: SLOW_MS }, async () => {
    const { launch, start } = await recording();
    const first = await start();
    const second = launch();
    expect(await second.exit()).toBe(3);
    expect(second.written().err).toMatch(/^error the journal in .*journal: /m);
    expect(first.gate.child.exitCode).toBeNull();
  });
});
