import { describe, expect, it } from "vitest";

import {
  messageFacts,
  readerOf,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import { JournalFollower } from "./follow-journal.ts";

async function sizes(follower: JournalFollower): Promise<number[]> {
  const found: number[] = [];
  for await (const { record } of follower.next()) if (record.type === "message") found.push(record.size);
  return found;
}

describe("JournalFollower", () => {
  it("tells what came, once and in order, over the ends of segments", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal, { limits: { segmentBytes: 2500, checkpointMs: 0 } });
    const session = writer.intake.session(sessionFacts());
    const other = writer.intake.session(sessionFacts({ session: "s2" }));
    const follower = new JournalFollower(readerOf(journal), { fields: { session: "s1" } });
    const told: number[] = [];
    for (let round = 0; round < 40; round += 2) {
      for (const size of [round, round + 1]) session.message(messageFacts({ size }, `${size} `.repeat(100)));
      other.message(messageFacts());
      writer.commit();
      if (round % 6 === 0) told.push(...(await sizes(follower)));
    }
    told.push(...(await sizes(follower)), ...(await sizes(follower)));
    expect(told).toEqual(Array.from({ length: 40 }, (_, size) => size));
    expect(journal.names().length).toBeGreaterThan(3);
  });

  it("begins behind what is there, where it is told to", async () => {
    using journal = new TemporaryJournal();
    const writer = await startWriter(journal);
    const follower = new JournalFollower(readerOf(journal), {});
    await follower.skip();
    const session = writer.intake.session(sessionFacts());
    session.message(messageFacts({ size: 1 }));
    writer.commit();
    await follower.skip();
    expect(await sizes(follower)).toEqual([]);
    session.message(messageFacts({ size: 2 }));
    writer.commit();
    expect(await sizes(follower)).toEqual([2]);
    writer.close();
    await follower.skip();
    expect(await sizes(follower)).toEqual([]);
  });
});
