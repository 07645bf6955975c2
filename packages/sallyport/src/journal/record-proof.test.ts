import { readFileSync } from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  messageFacts,
  readerOf,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import { proveRecord } from "./prove-record.ts";
import { checkRecordProof, type RecordProof } from "./record-proof.ts";
import { CHECKPOINT_FILE } from "./segment-writer.ts";

/** Three segments; of each round ann's message is record 0 of its block, and ben's record 1. */
async function write(journal: TemporaryJournal): Promise<void> {
  for (let segment = 0; segment < 3; segment++) {
    const writer = await startWriter(journal);
    const ann = writer.intake.session(sessionFacts({ user: "ann" }));
    const ben = writer.intake.session(sessionFacts({ session: "s2", user: "ben" }));
    for (let round = 0; round < 3; round++) {
      ann.message(messageFacts({}, `ann ${segment}${round}`));
      ben.message(messageFacts({}, `ben ${segment}${round}`));
      writer.commit();
    }
    writer.close();
  }
}

async function prove(journal: TemporaryJournal, frame: number, reveal = true): Promise<RecordProof> {
  const wish = { frame, position: 1, reveal, content: reveal };
  const made = await proveRecord(journal.directory, readerOf(journal), wish);
  if (!made.ok) throw new Error(made.problem);
  return made.proof;
}

const check = (proof: unknown, trust = {}): ReturnType<typeof checkRecordProof> =>
  checkRecordProof(JSON.stringify(proof), trust);

function unknown(checked: ReturnType<typeof checkRecordProof>): number {
  return checked.ok ? checked.unknown.length : -1;
}

describe("checkRecordProof", () => {
  it("proves every record, and shows it and its content where the keys are there", async () => {
    using journal = new TemporaryJournal();
    await write(journal);
    for (const frame of [1, 2, 3, 6, 8, 11, 13]) {
      const checked = check(await prove(journal, frame));
      const place = `${Math.floor(frame / 5)}${(frame % 5) - 1}`;
      expect(checked).toMatchObject({ ok: true, frame, position: 1, record: { user: "ben", session: "s2" } });
      expect(checked.ok && checked.content?.toString()).toBe(`ben ${place}`);
    }
    expect(check(await prove(journal, 7, false))).toMatchObject({ ok: true, record: null, content: null });
  });

  it("says what it cannot know, and nothing where all was given", async () => {
    using journal = new TemporaryJournal();
    await write(journal);
    const proof = await prove(journal, 7);
    const { verifier, checkpoint } = proof;
    expect(unknown(check(await prove(journal, 7, false)))).toBe(3);
    expect(unknown(check(proof))).toBe(2);
    expect(unknown(check(proof, { verifier, checkpoint }))).toBe(0);
  });

  it("does not believe another journal, an older checkpoint, or a place that is not the record's", async () => {
    using journal = new TemporaryJournal();
    using other = new TemporaryJournal();
    await write(journal);
    await write(other);
    const [proof, theirs] = [await prove(journal, 7), await prove(other, 7)];
    const checkpoint = readFileSync(join(other.directory, CHECKPOINT_FILE), "utf8");
    const wrong: readonly (readonly [unknown, object, RegExp])[] = [
      [proof, { verifier: theirs.verifier }, /not signed/],
      [proof, { checkpoint }, /not signed/],
      [proof, { verifier: "hello" }, /public key/],
      [proof, { checkpoint: "hello" }, /cannot be read/],
      [{ ...proof, index: 8 }, {}, /not the block/],
      [{ ...proof, size: proof.size - 1 }, {}, /was made for/],
      [{ ...proof, inclusion: proof.inclusion.slice(1) }, {}, /not in the tree/],
      [{ ...proof, leaf: theirs.leaf }, {}, /not in the tree/],
      [{ ...proof, position: 2 }, {}, /no such record/],
      [{ ...proof, dataKey: theirs.dataKey }, {}, /does not open/],
      [{ ...proof, dataKey: "AAAA" }, {}, /does not open/],
      [{ ...proof, contentKey: { id: proof.contentKey?.id, key: "AAAA" } }, {}, /does not open/],
      [{ ...proof, version: 2 }, {}, /not a proof/],
    ];
    for (const [forged, trust, problem] of wrong)
      expect(check(forged, trust)).toMatchObject({ ok: false, problem: expect.stringMatching(problem) });
    const foreign = { ...proof, contentKey: theirs.contentKey };
    expect(check(foreign)).toMatchObject({ ok: true, content: null });
  });

  it("throws for nothing that may stand in a file", async () => {
    using journal = new TemporaryJournal();
    await write(journal);
    const text = JSON.stringify(await prove(journal, 7));
    fc.assert(fc.property(fc.string(), (junk) => !checkRecordProof(junk).ok));
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom("A", "1", '"', "}"), (at, letter) => {
        const changed = `${text.slice(0, at)}${letter}${text.slice(at + 1)}`;
        const checked = checkRecordProof(changed);
        // What was changed may mean nothing: the record is the same, or it is not proven.
        expect(!checked.ok || checked.record === null || Reflect.get(checked.record, "user") === "ben").toBe(
          true,
        );
      }),
    );
  });
});

describe("proveRecord", () => {
  it("proves under a checkpoint that somebody has, and says why it cannot", async () => {
    using journal = new TemporaryJournal();
    using other = new TemporaryJournal();
    await write(journal);
    const older = readFileSync(join(journal.directory, CHECKPOINT_FILE), "utf8");
    await write(journal);
    await write(other);
    const wish = { position: 0, reveal: true, content: false };
    const make = async (frame: number, checkpoint: string): ReturnType<typeof proveRecord> =>
      await proveRecord(journal.directory, readerOf(journal), { ...wish, frame, checkpoint });
    const made = await make(7, older);
    expect(made.ok && check(made.proof, { checkpoint: older })).toMatchObject({ ok: true });
    const foreign = readFileSync(join(other.directory, CHECKPOINT_FILE), "utf8");
    for (const [frame, checkpoint, problem] of [
      [7, foreign, /not signed/],
      [7, "hello", /cannot be read/],
      [17, older, /covers/],
      [5, older, /no record 5:0/],
      [99, older, /no record 99:0/],
    ] as const)
      expect(await make(frame, checkpoint)).toMatchObject({
        ok: false,
        problem: expect.stringMatching(problem),
      });
  });
});
