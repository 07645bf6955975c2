import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { routeFixture } from "../../test/route-fixture.ts";
import type { SallyportEvent } from "../events.ts";
import type { JournalEvent, MessageFacts, SessionFacts } from "../journal/journal-record.ts";
import { type Appended, EMPTY, JournalSession } from "../journal/journal-session.ts";
import type { JournalConfig } from "../policy/effective-config.ts";
import type { Route } from "../policy/policy.ts";
import type { RecordedMessage } from "../session/message-record.ts";
import { GateJournal, type JournalTarget, openGateJournal } from "./gate-journal.ts";

const facts: SessionFacts = { session: "s1", route: "/", address: "192.0.2.1", user: null, policy: "p1" };
const event: SallyportEvent = { type: "gate", level: "info", message: "hello" };
const MIB = 1024 * 1024;
const message: RecordedMessage = {
  direction: "inbound",
  opcode: 1,
  size: 5,
  verdict: "pass",
  name: null,
  code: null,
  incident: null,
  content: null,
};

/** A journal that has room as the test says. */
class Target implements JournalTarget {
  answer: Appended = "taken";
  readonly told: string[] = [];
  readonly messages: MessageFacts[] = [];
  #rooms: (() => void)[] = [];

  append(_time: number, appended: JournalEvent): Appended {
    const what = appended.type === "journal" ? `${appended.what} ${JSON.stringify(appended)}` : appended.type;
    if (this.answer !== "full") this.told.push(what);
    return this.answer;
  }

  session(about: SessionFacts): JournalSession {
    const session = new JournalSession(about, 1, {
      offer: () => this.answer,
      push: () => true,
      name: () => 0,
      end: () => void this.told.push("end"),
      maxPayload: () => 100,
    });
    const offered = session.message.bind(session);
    session.message = (told: MessageFacts): Appended => {
      const appended = offered(told);
      if (appended === "full") return appended;
      this.told.push(`message ${told.size}`);
      // It is valid during the call only.
      this.messages.push({ ...told });
      return appended;
    };
    return session;
  }

  room(): Promise<void> {
    if (this.answer !== "full") return Promise.resolve();
    return new Promise((resolve) => void this.#rooms.push(resolve));
  }

  async hasRoom(): Promise<void> {
    this.answer = "taken";
    for (const room of this.#rooms.splice(0)) room();
    await new Promise(setImmediate);
  }

  close(): Promise<boolean> {
    return Promise.resolve(true);
  }
}

function routeOf(payloads: "none" | "digest" | "redacted" | "full", parts: Partial<Route> = {}): Route {
  return routeFixture({ journal: { payloads, sample: 1 }, ...parts });
}

/** Hides all of what is short. */
const conceal = (content: Uint8Array): Uint8Array | null => (content.length > 5 ? null : Buffer.from("*"));

const contentOf = ({ payload }: MessageFacts): string | null =>
  payload === undefined ? null : `${payload.kind} ${Buffer.from(payload.bytes).toString()}`;

describe("GateJournal", () => {
  it("records events and messages at once where there is room, and counts them", () => {
    const target = new Target();
    const journal = new GateJournal(target);
    journal.take(event);
    expect(journal.session(facts, routeOf("none")).take(message)).toBeNull();
    target.answer = "shed";
    journal.take(event);
    expect(journal.counts).toEqual({ taken: 2, shed: 1, waiting: 0, alarms: { info: 0, warn: 0, error: 0 } });
  });

  it("has what finds no room wait in order, whoever it is from, and lets go of its senders then", async () => {
    const target = new Target();
    const journal = new GateJournal(target);
    const session = journal.session(facts, routeOf("full"));
    target.answer = "full";
    const content = Buffer.from("hello");
    const room = session.take({ ...message, content });
    content.fill("x");
    journal.take(event);
    session.end();
    expect([target.told, journal.room]).toEqual([[], room]);
    await target.hasRoom();
    await room;
    expect(target.told).toEqual(["message 5", "gate", "end"]);
    expect(target.messages.map(contentOf)).toEqual(["full hello"]);
    expect([journal.room, journal.counts.taken]).toEqual([null, 2]);
    expect(await journal.close()).toBe(true);
  });

  it("has of a content no more wait than is kept, and the byte by which it is known to be cut", async () => {
    const target = new Target();
    const journal = new GateJournal(target);
    const session = journal.session(facts, routeOf("full"));
    target.answer = "full";
    void session.take({ ...message, size: 3 * MIB, content: Buffer.alloc(3 * MIB, "a") });
    void session.take({ ...message, content: Buffer.alloc(MIB, "b") });
    await target.hasRoom();
    const waited = target.messages.map(({ size, payload }) => [size, payload?.bytes.buffer.byteLength]);
    expect(waited).toEqual([
      [3 * MIB, MIB + 1],
      [5, MIB],
    ]);
  });

  it("lets ten thousand events wait, and tells how many did not", async () => {
    const target = new Target();
    const journal = new GateJournal(target, undefined, () => 7);
    target.answer = "full";
    for (let nth = 0; nth < 10_003; nth++) journal.take(event);
    expect(journal.counts.shed).toBe(3);
    await target.hasRoom();
    const [last] = target.told.slice(-1);
    expect(target.told).toHaveLength(10_001);
    expect(last).toContain('"records":3,"from":7,"to":7');
  });

  it("has no entrance for other processes where it is not the one that writes", () => {
    expect(() => new GateJournal(new Target()).relay()).toThrow("does not write");
  });
});

function hideCredential(content: Uint8Array, isText: boolean): Uint8Array | null {
  return isText ? Buffer.from(Buffer.from(content).toString().replace("key", "-")) : null;
}

describe("SessionJournal", () => {
  it("keeps contents as the route says, and of names at most 256 characters", () => {
    const target = new Target();
    const guards = [{ name: "leak", mode: "enforce", conceal } as const];
    const journal = new GateJournal(target);
    const long = { ...message, name: "n".repeat(300), content: Buffer.from("hello") };
    for (const route of [
      routeOf("none", { guards }),
      routeOf("digest", { guards }),
      routeOf("redacted", { guards }),
      routeOf("redacted"),
      routeFixture(),
    ])
      void journal.session(facts, route).take(long);
    void journal
      .session(facts, routeOf("redacted", { guards }))
      .take({ ...long, opcode: 2, content: Buffer.alloc(6) });
    expect(target.messages.map(contentOf)).toEqual([null, "digest hello", "redacted *", null, null, null]);
    expect(target.messages[0]?.name).toHaveLength(256);
    expect(target.messages[5]?.opcode).toBe("binary");
  });

  it("keeps no credential that a message carries, nor a content in which nobody can say where it is", () => {
    const target = new Target();
    const guards = [
      { name: "messageToken", mode: "enforce", hideCredential },
      { name: "leak", mode: "enforce", conceal },
    ] as const;
    const journal = new GateJournal(target);
    const said = { ...message, content: Buffer.from("key") };
    for (const payloads of ["full", "redacted"] as const) {
      const route = routeOf(payloads, { guards });
      void journal.session(facts, route).take(said);
      void journal.session(facts, route).take({ ...said, opcode: 2 });
      // What the application says carries none.
      void journal.session(facts, route).take({ ...said, direction: "outbound" });
    }
    expect(target.messages.map(contentOf)).toEqual([
      "full -",
      null,
      "full key",
      "redacted *",
      null,
      "redacted *",
    ]);
  });

  it("asks for contents only where some are kept, and for the share that is asked for", () => {
    const journal = new GateJournal(new Target());
    const keeps = (route: Route): boolean => journal.session(facts, route).keepsNext();
    expect(keeps(routeOf("none"))).toBe(false);
    expect(keeps(routeOf("redacted"))).toBe(false);
    expect(keeps(routeOf("full"))).toBe(true);
    expect(keeps(routeFixture({ journal: { payloads: "full", sample: 0 } }))).toBe(false);
  });

  it("follows another policy", () => {
    const target = new Target();
    const session = new GateJournal(target).session(facts, routeOf("none"));
    session.follow({ ...facts, policy: "p2" }, routeOf("full"));
    expect(session.keepsNext()).toBe(true);
    void session.take({ ...message, code: "leak.redacted", incident: "i1", verdict: "replace" });
    expect(target.messages[0]).toMatchObject({ code: "leak.redacted", incident: "i1" });
    expect(EMPTY.text).toBeNull();
  });
});

async function configure(key: JournalConfig["key"]): Promise<JournalConfig> {
  const base = await mkdtemp(join(tmpdir(), "sallyport-gate-journal-"));
  onTestFinished(() => rm(base, { recursive: true, force: true }));
  return {
    directory: join(base, "journal"),
    key,
    payloadKeys: join(base, "keys"),
    payloads: "none",
    whenFull: "shed",
    retain: { ageMs: null, bytes: null },
    checkpoints: join(base, "checkpoint"),
  };
}

describe("openGateJournal", () => {
  const text = randomBytes(32).toString("base64");

  it("opens one with a key from the configuration or a file, tells alarms, and keeps checkpoints elsewhere", async () => {
    const config = await configure({ text });
    const events: SallyportEvent[] = [];
    const opened = await openGateJournal(config, (told) => events.push(told));
    if (!opened.ok) throw new Error(opened.problem);
    opened.journal.take(event);
    expect(await opened.journal.close()).toBe(true);
    const { readFile } = await import("node:fs/promises");
    expect(await readFile(config.checkpoints ?? "", "utf8")).toContain("sallyport");
    const file = join(config.directory, "../key");
    await writeFile(file, text);
    const again = await openGateJournal({ ...config, checkpoints: null, key: { file } }, () => {});
    expect(again.ok).toBe(true);
    if (again.ok) await again.journal.close();
    expect(events).toEqual([]);
  });

  it("says why it cannot be opened: another key, none, or a second writer", async () => {
    const config = await configure({ text });
    const opened = await openGateJournal(config, () => {});
    const second = await openGateJournal(config, () => {});
    expect(second).toMatchObject({ ok: false, problem: expect.stringContaining(config.directory) });
    if (opened.ok) await opened.journal.close();
    const other = { text: randomBytes(32).toString("base64") };
    for (const key of [other, { text: "" }, { file: join(config.directory, "nowhere") }])
      expect(await openGateJournal({ ...config, key }, () => {})).toMatchObject({ ok: false });
  });

  it("tells once that checkpoints cannot be kept, and goes on", async () => {
    const config = await configure({ text });
    const events: SallyportEvent[] = [];
    const nowhere = { ...config, checkpoints: join(config.directory, "no/such/file") };
    const opened = await openGateJournal(nowhere, (told) => events.push(told));
    if (!opened.ok) throw new Error(opened.problem);
    expect(await opened.journal.close()).toBe(true);
    expect(events).toEqual([
      expect.objectContaining({ level: "error", message: "a checkpoint of the journal cannot be kept" }),
    ]);
    expect(opened.journal.counts.alarms.error).toBe(1);
  });
});
