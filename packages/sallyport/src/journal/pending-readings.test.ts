import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeEach, describe, expect, it } from "vitest";

import { NOON, TemporaryJournal } from "../../test/journal-fixture.ts";
import type { Keyring } from "./journal-keys.ts";
import type { JournalEvent, JournalReading } from "./journal-record.ts";
import type { Appended } from "./journal-session.ts";
import { createKeyring } from "./keyring.ts";
import { keepReading, type ReadingIntake, recordPending } from "./pending-readings.ts";

const reading: JournalReading = {
  role: "viewer",
  reader: "0123456789abcdef",
  by: "ada",
  command: "search",
  reason: null,
  asked: { user: "alice" },
};

class Intake implements ReadingIntake {
  readonly taken: [number, JournalEvent][] = [];
  answer: Appended = "taken";
  durable = Promise.resolve(true);

  append(time: number, event: JournalEvent): Appended {
    this.taken.push([time, event]);
    return this.answer;
  }

  flush(): Promise<boolean> {
    return this.durable;
  }
}

describe("recordPending", () => {
  let journal: TemporaryJournal;
  let keyring: Keyring;
  let intake: Intake;
  const event = { type: "journal", what: "read", ...reading, late: true };

  beforeEach(async () => {
    journal = new TemporaryJournal();
    keyring = await createKeyring(journal.directory, journal.master);
    intake = new Intake();
    return () => journal[Symbol.dispose]();
  });

  const keep = (time: number): void => keepReading(journal.directory, keyring, { time, reading });
  const record = (): string | null => recordPending(intake, journal.directory, keyring, NOON + 10);
  const files = (): string[] => readdirSync(journal.directory).filter((name) => name.startsWith("readings"));

  it("records what was kept, in its order, and takes it away when it is on the disk", async () => {
    expect(record()).toBeNull();
    keep(NOON);
    keep(NOON + 1);
    expect(readFileSync(join(journal.directory, "readings.pending"), "utf8")).not.toContain("alice");
    const written = Promise.withResolvers<boolean>();
    intake.durable = written.promise;
    expect(record()).toBeNull();
    expect(intake.taken).toEqual([
      [NOON, event],
      [NOON + 1, event],
    ]);
    // What is kept from now on stays.
    keep(NOON + 2);
    expect(files()).toEqual(["readings.pending", "readings.pending.taken"]);
    written.resolve(true);
    await written.promise;
    expect(files()).toEqual(["readings.pending"]);
  });

  it("records it again where it did not get to the disk, or found no room", async () => {
    keep(NOON);
    intake.durable = Promise.resolve(false);
    expect(record()).toBeNull();
    await intake.durable;
    keep(NOON + 1);
    intake.answer = "shed";
    expect(record()).toContain("there was no room");
    intake.answer = "taken";
    intake.durable = Promise.resolve(true);
    expect(record()).toBeNull();
    await intake.durable;
    expect(record()).toBeNull();
    expect(intake.taken.map(([time]) => time - NOON)).toEqual([0, 0, 0, 1]);
  });

  it("says what it cannot read, and records the rest", async () => {
    using other = new TemporaryJournal();
    const theirs = await createKeyring(other.directory, other.master);
    keep(NOON);
    keepReading(journal.directory, theirs, { time: NOON, reading });
    const file = join(journal.directory, "readings.pending");
    const own = readFileSync(file, "utf8").split("\n")[1] ?? "";
    writeFileSync(file, `${readFileSync(file, "utf8")}${own.slice(0, 60)}AAAA\nno line at all\n`);
    expect(record()).toBe("3 of 4 were damaged, or are not of this journal");
    expect(intake.taken).toHaveLength(1);
    await intake.durable;
    mkdirSync(file);
    expect(record()).toContain("EISDIR");
    expect(existsSync(`${file}.taken`)).toBe(true);
  });

  it("keeps no more than a megabyte, and nothing without keys", () => {
    writeFileSync(join(journal.directory, "readings.pending"), "\n".repeat(1024 * 1024));
    expect(() => keep(NOON)).toThrow("readings.pending is full");
    const none = { ...keyring, keys: new Map() };
    expect(() => keepReading(journal.directory, none, { time: NOON, reading })).toThrow("no keys");
  });

  it("takes no time that nobody could show, and none that is still to come", () => {
    keep(1e300);
    keep(-1);
    keep(NOON + 1e12);
    const now = NOON + 1;
    expect(recordPending(intake, journal.directory, keyring, now)).toContain("2 of 3 were damaged");
    expect(intake.taken).toEqual([[now, event]]);
  });

  it("records none twice of which some found room, and others did not", async () => {
    for (const step of [0, 1, 2]) keep(NOON + step);
    let room = 2;
    intake.append = (time, kept) => {
      if (room-- <= 0) return "shed";
      intake.taken.push([time, kept]);
      return "taken";
    };
    expect(record()).toContain("there was no room");
    await intake.durable;
    room = 9;
    expect(record()).toBeNull();
    await intake.durable;
    expect(intake.taken.map(([time]) => time - NOON)).toEqual([0, 1, 2]);
    expect(files()).toEqual([]);
  });
});
