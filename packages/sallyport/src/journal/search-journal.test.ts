import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import {
  messageFacts,
  NOON,
  readerOf,
  search,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import type { JournalQuery } from "./search-journal.ts";
import { openReader } from "./journal-reader.ts";
import { listSegments } from "./list-segments.ts";
import { localMasterKey } from "./master-key.ts";

/** Two sealed segments and an open one: four sessions of two users that say a number each round. */
async function writeSessions(journal: TemporaryJournal): Promise<void> {
  for (let segment = 0; segment < 3; segment++) {
    const writer = await startWriter(journal);
    const sessions = ["alice", "bob", "alice", null].map((user, number) =>
      writer.intake.session(
        sessionFacts({ session: `s${segment}${number}`, user, address: `192.0.2.${number}` }),
      ),
    );
    for (let round = 0; round < 5; round++) {
      for (const [number, session] of sessions.entries()) {
        const refused = {
          verdict: "close",
          code: "leak.card-number",
          incident: `i${segment}${round}`,
        } as const;
        const time = NOON + segment * 1000 + round * 10;
        const facts = messageFacts(
          { time, name: round === 2 ? "join" : "say" },
          `round ${round} of ${number}`,
        );
        session.message(number === 1 && round === 3 ? { ...facts, ...refused } : facts);
      }
      writer.commit();
    }
    writer.intake.append(NOON + segment * 1000, { type: "gate", level: "info", message: "a round ended" });
    writer.commit();
    if (segment < 2) writer.close();
  }
}

describe("searchJournal", () => {
  it("finds by every field, by time and by text, and by all together, the newest first", async () => {
    using journal = new TemporaryJournal();
    await writeSessions(journal);
    const count = async (query: JournalQuery): Promise<number> => (await search(journal, query)).length;
    const messages = (await search(journal)).filter(({ record }) => record.type === "message");
    expect(messages).toHaveLength(60);
    const places = messages.map(({ frame, position }) => frame * 10_000 + position);
    expect(places).toEqual(places.toSorted((a, b) => b - a));
    expect(await count({ fields: { user: "alice" } })).toBe(30);
    expect(await count({ fields: { session: "s11" } })).toBe(5);
    expect(await count({ fields: { address: "192.0.2.3" } })).toBe(15);
    expect(await count({ fields: { route: "/chat" } })).toBe(60);
    expect(await count({ fields: { name: "join" } })).toBe(12);
    expect(await count({ fields: { guard: "leak" } })).toBe(3);
    expect(await count({ fields: { verdict: "close" } })).toBe(3);
    expect(await count({ fields: { verdict: "pass" } })).toBe(57);
    expect(await count({ fields: { incident: "i23" } })).toBe(1);
    expect(await count({ fields: { user: "mallory" } })).toBe(0);
    expect(await count({ text: "round 3" })).toBe(12);
    expect(await count({ text: "a round ended" })).toBe(3);
    expect(await count({ text: "joi" })).toBe(12);
    expect(await count({ text: "nowhere" })).toBe(0);
    expect(await count({ since: NOON + 2000 })).toBe(21);
    expect(await count({ until: NOON + 10, fields: { user: "bob" } })).toBe(1);
    expect(
      await count({ since: NOON + 1000, until: NOON + 1040, fields: { user: "alice" }, text: "round 1" }),
    ).toBe(2);
  });

  it("brings the content of a message whose name was the hit, though the text does not stand in it", async () => {
    using journal = new TemporaryJournal();
    await writeSessions(journal);
    const found = await search(journal, { text: "join", payloads: true });
    expect(found).toHaveLength(12);
    expect(new Set(found.map(({ payload }) => payload?.toString().slice(0, 7)))).toEqual(
      new Set(["round 2"]),
    );
  });

  it("reads only what the index knows of", async () => {
    using journal = new TemporaryJournal();
    await writeSessions(journal);
    // A sealed block that is damaged is not even looked at, where nothing in it is asked for.
    const reader = readerOf(journal);
    const [first] = reader.segments();
    const opened = first === undefined ? null : await reader.openSegment(first);
    const blocks = (await opened?.blocks()) ?? [];
    await opened?.close();
    expect(blocks.map(({ index }) => index?.records)).toEqual([4, 4, 4, 4, 4, 1]);
    const prints = blocks.map(({ index }) => index?.fingerprints.length ?? 0);
    expect(prints[3]).toBe((prints[1] ?? 0) + 3);
  });

  it("tells how far it is, and ends when nobody asks for more", async () => {
    using journal = new TemporaryJournal();
    await writeSessions(journal);
    const progress: string[] = [];
    const onProgress: JournalQuery["onProgress"] = (done, of, { read, skipped }) =>
      progress.push(`${done}/${of} ${read}+${skipped}`);
    await search(journal, { text: "nowhere", onProgress });
    expect(progress.at(0)).toBe("0/3 0+0");
    expect(progress.at(-1)).toBe("3/3 18+0");
    await search(journal, { fields: { incident: "i13" }, onProgress });
    // The open segment has no index yet.
    expect(progress.at(-1)).toBe("3/3 7+11");
  });

  it("finds the oldest first, where it is asked to", async () => {
    using journal = new TemporaryJournal();
    await writeSessions(journal);
    const [newest, oldest] = [await search(journal), await search(journal, { order: "oldest" })];
    expect(oldest).toEqual(newest.toReversed());
  });

  it("reads what is written now, up to the block that is not whole yet", async () => {
    using journal = new TemporaryJournal();
    await writeSessions(journal);
    const open = listSegments(journal.directory).find(({ sealed }) => !sealed);
    writeFileSync(open?.path ?? "", "SPJB\u0010", { flag: "a" });
    expect(await search(journal, { fields: { session: "s20" } })).toHaveLength(5);
  });

  it("shows only what the journal's keys sealed", async () => {
    using journal = new TemporaryJournal();
    using other = new TemporaryJournal();
    await writeSessions(journal);
    await writeSessions(other);
    const before = (await search(journal)).length;
    const [theirs] = listSegments(other.directory);
    const file = readFileSync(theirs?.path ?? "");
    writeFileSync(join(journal.directory, theirs?.name ?? ""), file);
    expect(await search(journal)).toHaveLength(before);
  });
});

describe("openReader", () => {
  it("says why a journal cannot be read", async () => {
    using journal = new TemporaryJournal();
    const { directory, master } = journal;
    expect(await openReader(directory, master)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("no journal"),
    });
    await writeSessions(journal);
    expect(await openReader(directory, master)).toMatchObject({ ok: true });
    expect(await openReader(directory, localMasterKey(Buffer.alloc(32)))).toMatchObject({ ok: false });
    expect(await openReader(join(directory, "keyring.json"), master)).toMatchObject({
      ok: false,
      problem: expect.stringContaining("ENOTDIR"),
    });
  });
});
