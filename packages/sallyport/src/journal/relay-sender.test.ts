import { describe, expect, it } from "vitest";
import {
  messageFacts,
  NOON,
  search,
  sessionFacts,
  startWriter,
  TemporaryJournal,
  type TestWriter,
} from "../../test/journal-fixture.ts";
import type { MessageRecord } from "./journal-record.ts";
import type { RelayReceiver } from "./relay-receiver.ts";
import { RelaySender, type RelaySenderOptions } from "./relay-sender.ts";

interface Relayed {
  readonly writer: TestWriter;
  readonly receiver: RelayReceiver;
  readonly sender: RelaySender;
}

/** Another process's end and the writer's, with what is sent as plain bytes in between. */
async function relay(
  journal: TemporaryJournal,
  choice: Partial<RelaySenderOptions> & { readonly ringBytes?: number; readonly writerRing?: number } = {},
): Promise<Relayed> {
  const writer = await startWriter(journal, { ringBytes: choice.writerRing ?? 1024 * 1024 });
  const receiver = writer.intake.relay(async () => {
    writer.commit();
    await Promise.resolve();
  });
  const sender = new RelaySender({
    whenFull: "shed",
    onShed: () => {},
    send: (entries) => receiver.take(structuredClone(entries)),
    ...choice,
  });
  return { writer, receiver, sender };
}

const bySession = (found: Awaited<ReturnType<typeof search>>, session: string): readonly MessageRecord[] =>
  found
    .map(({ record }) => record)
    .filter((record) => record.type === "message")
    .filter((record) => record.session === session)
    .toSorted((left, right) => left.sequence - right.sequence);

describe("RelaySender", () => {
  it("has what it gathers written as if it came from there: events, sessions, names and contents", async () => {
    using journal = new TemporaryJournal();
    const { writer, sender } = await relay(journal);
    // The writer has sessions and names of its own under the same numbers.
    const own = writer.intake.session(sessionFacts({ session: "own" }));
    own.message(messageFacts({ name: "own name" }));
    const session = sender.session(sessionFacts({ session: "theirs", user: "bob" }));
    for (const name of ["say", "join", "say"]) session.message(messageFacts({ name }, `content of ${name}`));
    session.message(messageFacts({ verdict: "close", code: "threat.depth", incident: "i-1" }));
    sender.append(NOON, { type: "gate", level: "info", message: "hello" });
    session.end();
    expect(await sender.close()).toBe(true);
    writer.close();
    const found = await search(journal, { payloads: true });
    expect(bySession(found, "own")).toEqual([expect.objectContaining({ name: "own name", sequence: 1 })]);
    expect(bySession(found, "theirs")).toEqual([
      expect.objectContaining({ name: "say", user: "bob", sequence: 1, payload: "full" }),
      expect.objectContaining({ name: "join", sequence: 2 }),
      expect.objectContaining({ name: "say", sequence: 3 }),
      expect.objectContaining({ verdict: "close", guard: "threat", incident: "i-1", sequence: 4 }),
    ]);
    const contents = found.flatMap(({ payload }) => (payload === null ? [] : [payload.toString()]));
    expect(contents.toSorted()).toEqual(["content of join", "content of say", "content of say"]);
    expect(found.map(({ record }) => record.type)).toContain("gate");
  });

  it("waits for room in the journal, and loses nothing, though far more comes than goes in at once", async () => {
    using journal = new TemporaryJournal();
    const { writer, sender } = await relay(journal, {
      whenFull: "block",
      ringBytes: 64 * 1024,
      writerRing: 64 * 1024,
    });
    const session = sender.session(sessionFacts());
    for (let nth = 0; nth < 200;) {
      if (session.message(messageFacts({}, `${nth} ${"x".repeat(2000)}`)) === "taken") nth += 1;
      else await sender.room();
    }
    await sender.close();
    writer.close();
    const found = await search(journal, { payloads: true });
    const messages = bySession(found, "s1");
    expect(messages.map(({ sequence }) => sequence)).toEqual(
      Array.from({ length: 200 }, (_, nth) => nth + 1),
    );
    expect(
      found.every(({ record, payload }) => record.type !== "message" || payload?.length === record.size),
    ).toBe(true);
  });

  it("sheds with a count where the other process takes nothing, and says so with the next record", async () => {
    using journal = new TemporaryJournal();
    const gate = Promise.withResolvers<void>();
    let shed = 0;
    const { writer, receiver } = await relay(journal);
    const sender = new RelaySender({
      whenFull: "shed",
      ringBytes: 64 * 1024,
      onShed: () => (shed += 1),
      send: async (entries) => {
        await gate.promise;
        await receiver.take(entries);
      },
    });
    const session = sender.session(sessionFacts());
    const answers = Array.from({ length: 40 }, () => session.message(messageFacts({}, "x".repeat(4000))));
    void sender.pump();
    expect(shed).toBe(1);
    gate.resolve();
    await sender.pump();
    expect(session.message(messageFacts({}, "after"))).toBe("taken");
    expect(await sender.close()).toBe(true);
    writer.close();
    const notes = (await search(journal)).flatMap(({ record }) =>
      record.type === "journal" && record.what === "shed" ? [record] : [],
    );
    expect(notes).toEqual([
      expect.objectContaining({ records: answers.filter((answer) => answer === "shed").length }),
    ]);
  });

  it("ends where the other process has gone: what comes is shed, and nobody waits for room", async () => {
    using journal = new TemporaryJournal();
    const { writer } = await relay(journal);
    const sender = new RelaySender({
      whenFull: "block",
      ringBytes: 64 * 1024,
      onShed: () => {},
      send: () => Promise.reject(new Error("gone")),
    });
    const session = sender.session(sessionFacts());
    while (session.message(messageFacts({}, "x".repeat(4000))) === "taken");
    await sender.room();
    expect(session.message(messageFacts())).toBe("shed");
    expect(await sender.close()).toBe(false);
    await sender.pump();
    writer.close();
  });
});

describe("RelayReceiver", () => {
  it("ends the sessions of a process that has gone", async () => {
    using journal = new TemporaryJournal();
    const { writer, receiver, sender } = await relay(journal);
    sender.session(sessionFacts()).message(messageFacts());
    await sender.pump();
    receiver.end();
    writer.commit();
    sender.session(sessionFacts({ session: "s2" })).message(messageFacts());
    await sender.close();
    writer.close();
    expect((await search(journal)).filter(({ record }) => record.type === "message")).toHaveLength(2);
  });

  it("lets nobody wait for a journal that has ended", async () => {
    using journal = new TemporaryJournal();
    const { writer, sender } = await relay(journal, { writerRing: 64 * 1024 });
    const session = sender.session(sessionFacts());
    for (let nth = 0; nth < 100; nth++) session.message(messageFacts({}, "x".repeat(4000)));
    writer.intake.end();
    await sender.pump();
    expect(await sender.close()).toBe(true);
    writer.close();
  });

  it("tells a message as lost whose session nobody began", async () => {
    using journal = new TemporaryJournal();
    const { writer, receiver, sender } = await relay(journal);
    const session = sender.session(sessionFacts());
    session.message(messageFacts());
    await sender.pump();
    receiver.end();
    session.message(messageFacts());
    await sender.close();
    writer.close();
    const kinds = (await search(journal)).map(({ record }) => record.type);
    expect(kinds.toSorted()).toEqual(["journal", "message"]);
  });
});
