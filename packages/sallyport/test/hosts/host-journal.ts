import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { EventRecord, JournalRecord, MessageRecord } from "../../src/journal/journal-record.ts";
import { openReader } from "../../src/journal/journal-reader.ts";
import { localMasterKey } from "../../src/journal/master-key.ts";
import { type FoundRecord, searchJournal } from "../../src/journal/search-journal.ts";
import { verifyJournal } from "../../src/journal/verify-journal.ts";
import type { JournalInput, RouteOptions } from "../../src/policy/define-config.ts";
import { bytesOf } from "../gateway/harness.ts";
import {
  closed,
  guardServer,
  nextMessage,
  openClient,
  wsApplication,
  type GuardedServer,
} from "./guarded-server.ts";
import type { HostOptions } from "./host-suite.ts";

const key = randomBytes(32);
const card = "4111 1111 1111 1111";

interface Recorded {
  readonly guarded: GuardedServer;
  readonly directory: string;
  /** Drains the gate, and reads all that its sealed journal holds, the oldest first. */
  readonly read: () => Promise<readonly FoundRecord[]>;
}

/** An echo behind a gate with a journal. */
async function record(
  host: HostOptions["host"],
  journal: Omit<JournalInput, "directory" | "key">,
  route: RouteOptions = {},
): Promise<Recorded> {
  const directory = await mkdtemp(join(tmpdir(), "sallyport-recorded-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const { server } = wsApplication((socket) => {
    socket.on("message", (data, binary) => socket.send(bytesOf(data), { binary }));
  });
  const guarded = await guardServer(host, server, {
    journal: { directory, key: key.toString("base64"), ...journal },
    routes: [{ path: "/", identity: "anonymous", ...route }],
  });
  return {
    guarded,
    directory,
    async read() {
      await guarded.drain();
      return readAll(directory);
    },
  };
}

async function readAll(directory: string): Promise<readonly FoundRecord[]> {
  const opened = await openReader(directory, localMasterKey(key));
  if (!opened.ok) throw new Error(opened.problem);
  const found: FoundRecord[] = [];
  for await (const one of searchJournal(opened.reader, { payloads: true })) found.push(one);
  return found.toSorted((left, right) => left.frame - right.frame || left.position - right.position);
}

async function say(client: Awaited<ReturnType<typeof openClient>>, text: string | Buffer): Promise<string> {
  const next = nextMessage(client);
  client.send(text);
  return (await next).data.toString();
}

const isMessage = (found: JournalRecord): found is MessageRecord => found.type === "message";
const messagesOf = (all: readonly FoundRecord[]): readonly MessageRecord[] =>
  all.map(({ record: found }) => found).filter(isMessage);
const eventsOf = (all: readonly FoundRecord[]): readonly EventRecord[] =>
  all.map(({ record: found }) => found).filter((found) => !isMessage(found));
const contentsOf = (all: readonly FoundRecord[]): readonly (string | null)[] =>
  all.filter(({ record: found }) => isMessage(found)).map(({ payload }) => payload?.toString() ?? null);

/** What passed stands in a sealed journal afterwards, through a whole host. */
export function describeJournal({ host }: HostOptions): void {
  describe("journal", () => {
    it("records the connection, every message both ways and the drain, and seals them", async () => {
      const { guarded, directory, read } = await record(host, {});
      const client = await openClient(guarded.wsUrl);
      await say(client, "hello");
      await say(client, Buffer.from([1, 2, 3]));
      const found = await read();
      expect(eventsOf(found).map(({ type }) => type)).toEqual([
        "journal",
        "open",
        "decision",
        "closed",
        "journal",
      ]);
      const open = guarded.events.find(({ type }) => type === "open");
      const common = { type: "message", verdict: "pass", payload: "none", name: null, code: null };
      const { session, route, address } = Object.assign({ session: "", route: "", address: "" }, open);
      expect(messagesOf(found)).toEqual([
        expect.objectContaining({ ...common, sequence: 1, direction: "inbound", opcode: "text", size: 5 }),
        expect.objectContaining({ ...common, sequence: 2, direction: "outbound", opcode: "text", size: 5 }),
        expect.objectContaining({ ...common, sequence: 3, direction: "inbound", opcode: "binary", size: 3 }),
        expect.objectContaining({ ...common, sequence: 4, direction: "outbound", opcode: "binary", size: 3 }),
      ]);
      for (const message of messagesOf(found)) expect(message).toMatchObject({ session, route, address });
      expect(await verifyJournal({ directory })).toMatchObject({ ok: true });
    });

    it("keeps contents as they came, in one frame or several, compressed or not", async () => {
      const { guarded, read } = await record(
        host,
        { payloads: "full", retain: "1d" },
        { compression: "inspect" },
      );
      for (const perMessageDeflate of [false, true]) {
        const client = await openClient(guarded.wsUrl, { perMessageDeflate });
        await say(client, `whole ${"a".repeat(2000)}`);
        const next = nextMessage(client);
        client.send("in ", { fin: false });
        client.send("pieces", { fin: true });
        await next;
      }
      const one = [`whole ${"a".repeat(2000)}`, "in pieces"].flatMap((text) => [text, text]);
      expect(contentsOf(await read())).toEqual([...one, ...one]);
    });

    it("keeps a digest by which equal messages are known, and nothing of what they say", async () => {
      const { guarded, read } = await record(host, { payloads: "digest" });
      const client = await openClient(guarded.wsUrl);
      for (const text of ["same", "same", "other"]) await say(client, text);
      const digests = (await read()).flatMap(({ payload }) =>
        payload === null ? [] : [payload.toString("hex")],
      );
      expect(digests.map((digest) => digests.indexOf(digest))).toEqual([0, 0, 0, 0, 4, 4]);
      expect(new Set(digests.map(({ length }) => length))).toEqual(new Set([32]));
    });

    it.each(["redact", "report"] as const)(
      "keeps contents with leaks hidden both ways, where leak does %s",
      async (action) => {
        const { guarded, read } = await record(
          host,
          { retain: "1d" },
          { leak: { action }, journal: { payloads: "redacted" } },
        );
        const client = await openClient(guarded.wsUrl);
        await say(client, card);
        const found = await read();
        expect(contentsOf(found)).toEqual(["**** **** **** 1111", "**** **** **** 1111"]);
        expect(messagesOf(found)[1]).toMatchObject(
          action === "redact"
            ? { verdict: "replace", guard: "leak", code: "leak.redacted" }
            : { verdict: "report", guard: "leak", code: "leak.reported" },
        );
      },
    );

    it("keeps metadata alone where nothing says what to hide", async () => {
      const { guarded, read } = await record(host, { payloads: "redacted" });
      await say(await openClient(guarded.wsUrl), card);
      expect(contentsOf(await read())).toEqual([null, null]);
    });

    it("keeps the share of contents that is asked for, and every message's metadata", async () => {
      const { guarded, read } = await record(
        host,
        { retain: "1d" },
        { journal: { payloads: "full", sample: 0.5 } },
      );
      const client = await openClient(guarded.wsUrl);
      for (let nth = 0; nth < 100; nth++) await say(client, `number ${nth}`);
      const contents = contentsOf(await read());
      expect(contents).toHaveLength(200);
      const kept = contents.filter((content) => content !== null);
      expect(kept.length).toBeGreaterThan(40);
      expect(kept.length).toBeLessThan(160);
    });

    it("records why a message ended the connection, under the incident that the peer was told", async () => {
      const { guarded, read } = await record(
        host,
        { payloads: "full", retain: "1d" },
        { threat: { hygiene: { depth: 2, json: "require" } }, dialect: "json" },
      );
      const client = await openClient(guarded.wsUrl);
      await say(client, '{"type":"join"}');
      const end = closed(client);
      client.send('{"type":"deep","a":[[[1]]]}');
      const { reason } = await end;
      const found = await read();
      expect(messagesOf(found).map(({ verdict, name }) => [verdict, name])).toEqual([
        ["pass", "join"],
        ["pass", "join"],
        ["close", "deep"],
      ]);
      const last = messagesOf(found).at(-1);
      expect(last).toMatchObject({ guard: "threat", code: expect.stringMatching(/^threat\./) });
      expect(reason).toBe(`sallyport:${last?.incident}`);
      expect(contentsOf(found).at(-1)).toBe('{"type":"deep","a":[[[1]]]}');
    });

    it("records a message that breaks a limit before it is whole, by what it announced", async () => {
      const { guarded, read } = await record(
        host,
        { payloads: "full", retain: "1d" },
        { messageSize: { inbound: "10B" } },
      );
      const client = await openClient(guarded.wsUrl);
      const end = closed(client);
      client.send("much more than ten");
      await end;
      expect(messagesOf(await read())).toEqual([
        expect.objectContaining({ verdict: "close", size: 18, code: "messageSize.bytes", payload: "none" }),
      ]);
    });

    it("records refused handshakes, and what a drain ends", async () => {
      const { guarded, read } = await record(host, {}, { origin: { allow: ["https://app.example.com"] } });
      await expect(openClient(guarded.wsUrl, { origin: "https://evil.example" })).rejects.toThrow("403");
      await openClient(guarded.wsUrl, { origin: "https://app.example.com" });
      expect(eventsOf(await read()).map((event) => ("code" in event ? event.code : event.type))).toEqual([
        "journal",
        "origin.foreign",
        "open",
        "session.draining",
        "closed",
        "journal",
      ]);
    });

    it("follows a reload: messages stand under the policy that judged them, kept as it says", async () => {
      const { guarded, read } = await record(host, { payloads: "full", retain: "1d" });
      const client = await openClient(guarded.wsUrl);
      await say(client, "before");
      const { version } = await guarded.reload([
        { path: "/", identity: "anonymous", journal: { payloads: "none" } },
      ]);
      await say(client, "behind");
      const found = await read();
      expect(contentsOf(found)).toEqual(["before", "before", null, null]);
      const policies = messagesOf(found).map(({ policy }) => policy);
      expect(policies.slice(2)).toEqual([version, version]);
      expect(policies[0]).not.toBe(version);
    });

    it("stops reading while it is full under `block`, loses nothing, and lets everybody close", async () => {
      const { guarded, read } = await record(host, { payloads: "full", retain: "1d", whenFull: "block" });
      const clients = await Promise.all(Array.from({ length: 4 }, () => openClient(guarded.wsUrl)));
      const text = "x".repeat(500_000);
      const got = clients.map(() => 0);
      clients.forEach((client, index) =>
        client.on("message", () => void (got[index] = (got[index] ?? 0) + 1)),
      );
      // Five times what the ring holds.
      for (let nth = 0; nth < 10; nth++) for (const client of clients) client.send(text);
      await vi.waitFor(() => expect(got).toEqual([10, 10, 10, 10]), 60_000);
      const ends = clients.map(async (client) => (await closed(client)).code);
      for (const client of clients) client.close(1000);
      expect(await Promise.all(ends)).toEqual([1000, 1000, 1000, 1000]);
      const found = await read();
      expect(messagesOf(found)).toHaveLength(80);
      expect(contentsOf(found).every((content) => content === text)).toBe(true);
      expect(eventsOf(found).filter((event) => "what" in event && event.what === "shed")).toEqual([]);
    });
  });
}
