import { generateKeyPairSync, hash } from "node:crypto";
import { copyFileSync, cpSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import {
  messageFacts,
  NOON,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import { localDisk } from "./journal-disk.ts";
import { readProofs } from "./journal-proof.ts";
import { provesConsistency } from "./merkle-proof.ts";
import { MerkleFrontier } from "./merkle-frontier.ts";
import { listSegments, type SegmentFile } from "./list-segments.ts";
import { PAYLOAD_KEYS, PayloadKeys } from "./payload-keys.ts";
import { applyRetention } from "./retain-segments.ts";
import { signTombstone, type Tombstone } from "./tombstone.ts";
import { verifyJournal, type VerifyOptions, type VerifyReport } from "./verify-journal.ts";
import { verifyTombstones } from "./verify-tombstones.ts";
import { LOCK_FILE } from "./writer-lock.ts";

const HOUR = 3_600_000;

/** Six segments of two blocks; checkpoints are signed after each block. */
async function writeJournal(journal: TemporaryJournal, checkpoints: string[]): Promise<void> {
  for (let round = 0; round < 6; round++) {
    let now = NOON + round * HOUR;
    const writer = await startWriter(journal, { now: () => (now += 1000), limits: { checkpointMs: 0 } });
    const session = writer.intake.session(sessionFacts());
    for (let block = 0; block < 2; block++) {
      session.message(messageFacts({ time: now }, `message ${block} of ${round}`));
      writer.commit();
    }
    writer.close();
    for (const report of writer.reports) if (report.type === "checkpoint") checkpoints.push(report.note);
  }
}

const scratch = new TemporaryJournal();
const copies = { whole: join(scratch.directory, "whole"), later: join(scratch.directory, "later") };
let journal: TemporaryJournal;
let directory: string;
let segments: readonly SegmentFile[];
/** Every checkpoint that was signed, by its size. */
let checkpoints: ReadonlyMap<number, string>;

beforeAll(async () => {
  journal = new TemporaryJournal();
  const texts: string[] = [];
  await writeJournal(journal, texts);
  checkpoints = new Map(texts.map((note) => [Number(note.split("\n")[1]), note]));
  segments = listSegments(journal.directory);
  cpSync(journal.directory, copies.whole, { recursive: true });
  // The first three are retired.
  const now = NOON + 3 * HOUR;
  const writer = await startWriter(journal, { now: () => now, retain: { ageMs: HOUR / 2, bytes: null } });
  while (writer.committer.turn() === "wrote");
  writer.close();
  // What the retirement of one more leaves.
  cpSync(journal.directory, copies.later, { recursive: true });
  const { keyring } = journal;
  if (keyring === null) throw new Error("it has keys");
  const payloadKeys = new PayloadKeys(join(copies.later, PAYLOAD_KEYS), keyring);
  const limits = { ageMs: null, bytes: 0 };
  applyRetention({ directory: copies.later, keyring, disk: localDisk, payloadKeys, limits }, now);
});

beforeEach(() => {
  directory = join(scratch.directory, "changed");
  rmSync(directory, { recursive: true, force: true });
  cpSync(journal.directory, directory, { recursive: true });
});

afterAll(() => {
  journal[Symbol.dispose]();
  scratch[Symbol.dispose]();
});

function verify(options: Partial<VerifyOptions> = {}): Promise<VerifyReport> {
  return verifyJournal({ directory, keyring: journal.keyring, ...options });
}

async function faults(options: Partial<VerifyOptions> = {}): Promise<string[]> {
  return (await verify(options)).faults.map(({ what }) => what);
}

/** Where the tombstone of a segment is, by the segment's number. */
function tombstone(number: number): string {
  return join(directory, (segments[number - 1]?.name ?? "").replace(".segment", ".tombstone"));
}

function putBack(number: number): void {
  const { name } = segments[number - 1] ?? { name: "" };
  copyFileSync(join(copies.whole, name), join(directory, name));
}

describe("verifyJournal, where segments were retired", () => {
  it("knows them, and that what is left continues them", async () => {
    for (const keyring of [journal.keyring, null]) {
      const report = await verify({ keyring });
      expect(report).toMatchObject({ ok: true, retired: 3, segments: 4, faults: [] });
      expect(report.sound).toEqual([
        "frames 0 to 11 were retired, as the journal's key vouches",
        expect.stringMatching(/^frames 12 to \d+ continue each other$/),
      ]);
    }
  });

  it("still finds fault with segments that are missing without tombstones", async () => {
    rmSync(tombstone(3));
    expect(await faults()).toEqual(["segment 3 is missing before it"]);
    rmSync(tombstone(2));
    rmSync(tombstone(1));
    expect(await faults()).toEqual(["segments 1 to 3 are missing before it"]);
  });

  it("names a tombstone that is missing among others", async () => {
    rmSync(tombstone(2));
    expect(await faults()).toEqual(["the tombstone of segment 2 is missing before it"]);
    rmSync(tombstone(1));
    expect(await faults()).toEqual(["the tombstones of segments 1 to 2 are missing before it"]);
  });

  it("names a tombstone that was forged, changed, or put under another name", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const path = tombstone(3);
    const note = readFileSync(path, "utf8");
    const made: Tombstone = {
      journal: journal.keyring?.journal ?? "",
      number: 3,
      hash: segments[2]?.name.replace(".segment", "") ?? "",
      first: 8,
      tree: segments[3]?.head?.tree ?? new MerkleFrontier(),
      chain: segments[3]?.head?.chain ?? Buffer.alloc(32),
      records: 2,
      bytes: 1,
      from: NOON,
      to: NOON,
      time: NOON,
      reason: "age",
    };
    writeFileSync(path, signTombstone(made, privateKey));
    expect(await faults()).toEqual([
      "this tombstone was not signed by this journal",
      "segment 3 is missing before it",
    ]);
    writeFileSync(path, note.replace(/^retired .* age$/m, "retired 2026-11-30T18:00:00.000Z size"));
    expect(await faults()).toContain("this tombstone was not signed by this journal");
    writeFileSync(path, "hello");
    expect(await faults()).toContain("this tombstone cannot be read: it is not a signed note");
    writeFileSync(path, readFileSync(tombstone(2)));
    expect(await faults()).toEqual([
      "this tombstone is of another segment than its name says",
      "segment 3 is missing before it",
    ]);
  });

  it("detects every changed byte of a tombstone", async () => {
    const path = tombstone(3);
    const note = readFileSync(path);
    const missed: number[] = [];
    for (let at = 0; at < note.length; at += 7) {
      const changed = Buffer.from(note);
      changed[at] = (changed[at] ?? 0) ^ 0x04;
      writeFileSync(path, changed);
      if ((await verify({ keyring: null })).ok) missed.push(at);
    }
    expect(missed).toEqual([]);
  });

  it("names a segment that is here although it was retired, and goes on", async () => {
    putBack(1);
    putBack(3);
    const report = await verify();
    expect(report.faults).toEqual(
      [1, 3].map((number) => ({
        segment: segments[number - 1]?.name,
        frame: null,
        offset: null,
        what: "it was retired, and is here: it was put back, or its retirement was not finished",
      })),
    );
    expect(report.sound).toHaveLength(2);
  });

  it("does not know of the last one that was retired while a writer is at work: it may be about to delete it", async () => {
    putBack(3);
    // This test's parent is alive.
    writeFileSync(join(directory, LOCK_FILE), `${process.ppid}\n`);
    const report = await verify();
    expect(report).toMatchObject({ ok: true, retired: 3 });
    expect(report.unknown).toContain(
      `whether process ${process.ppid} is retiring ${segments[2]?.name} now, or it was put back`,
    );
    putBack(2);
    expect((await verify()).faults).toMatchObject([{ segment: segments[1]?.name }]);
  });

  it("names a tombstone of a segment that is younger than one that is here", async () => {
    putBack(2);
    rmSync(tombstone(2));
    const report = await verify();
    expect(report.faults.map(({ what }) => what)).toEqual([
      "the tombstone of segment 2 is missing before it",
      "segment 3 was retired, although segment 2 is here, which is older",
      "segment 3 is missing before it",
    ]);
    expect(report.retired).toBe(1);
  });

  it("detects that what is left is of another history than what was retired", async () => {
    using other = new TemporaryJournal();
    other.keyring = journal.keyring;
    await writeJournal(other, []);
    for (const { path } of listSegments(directory)) rmSync(path);
    for (const { name, path } of listSegments(other.directory).slice(3))
      copyFileSync(path, join(directory, name));
    rmSync(join(directory, "checkpoint"));
    expect(await faults({ keyring: null })).toEqual([
      "it was not written behind the segment before it",
      "it does not continue the chain",
    ]);
  });

  it("finds fault where nothing but tombstones is left", async () => {
    for (const { path } of listSegments(directory)) rmSync(path);
    rmSync(join(directory, "checkpoint"));
    expect(await faults()).toEqual(["there is no segment here"]);
  });

  it("cannot read a tombstone without the public key", async () => {
    rmSync(join(directory, "keyring.json"));
    expect(await faults({ keyring: null })).toEqual([
      expect.stringContaining("its public key cannot be read"),
      "segments 1 to 3 are missing before it",
    ]);
  });

  it("checks an old checkpoint against what is left, and against the tombstones where a segment ended", async () => {
    for (const [size, checkpoint] of checkpoints) {
      const report = await verify({ checkpoint });
      expect(report.faults).toEqual([]);
      const isKnown = size >= 12 || size === 4 || size === 8;
      expect(report.unknown).toEqual(
        isKnown
          ? []
          : [
              `whether the checkpoint given fits, which covers ${size} frames: the segment with the last of them was retired`,
            ],
      );
    }
    expect([...checkpoints.keys()].filter((size) => size < 12).length).toBeGreaterThan(5);
  });

  it("detects by an old checkpoint that another history was retired", async () => {
    using other = new TemporaryJournal();
    other.keyring = journal.keyring;
    const texts: string[] = [];
    await writeJournal(other, texts);
    const theirs = texts.filter((note) => ["4", "8", "12", "16"].includes(note.split("\n")[1] ?? ""));
    expect(theirs).toHaveLength(4);
    for (const checkpoint of theirs)
      expect(await faults({ checkpoint })).toEqual([
        expect.stringContaining("it is not the journal of the checkpoint given"),
      ]);
  });

  it("proves consistency from every state since the last segment that was retired", async () => {
    const proofs = await readProofs(directory);
    const root = Buffer.from((await verify()).head?.root ?? "", "hex");
    for (let from = 12; from <= proofs.size; from++) {
      const proof = proofs.consistency(from, proofs.size);
      const path = (proof?.consistency ?? []).map((step) => Buffer.from(step, "base64"));
      const earlier = { size: from, root: Buffer.from(proof?.root ?? "", "hex") };
      expect(provesConsistency(earlier, { size: proofs.size, root }, path)).toBe(true);
    }
    expect(proofs.consistency(11, proofs.size)).toBeNull();
  });

  it("reads all again where a segment is retired before it is read", async () => {
    const [next] = listSegments(directory);
    let moved = false;
    const report = await verify({
      onProgress: () => {
        if (moved) return;
        moved = true;
        // What retention does: the tombstone first.
        for (const name of readdirSync(copies.later).filter((known) => known.endsWith(".tombstone")))
          copyFileSync(join(copies.later, name), join(directory, name));
        rmSync(next?.path ?? "");
      },
    });
    expect(report).toMatchObject({ ok: true, retired: 4 });
  });

  it("throws where a segment is gone and stays gone", async () => {
    const paths = listSegments(directory).map(({ path }) => path);
    await expect(
      verify({ onProgress: () => renameSync(paths.shift() ?? "", join(directory, "gone")) }),
    ).rejects.toThrow("ENOENT");
  });
});

const { privateKey: key, publicKey } = generateKeyPairSync("ed25519");

function signed(number: number, first: number, last: number): [string, string] {
  const name = hash("sha256", `${number} ${first} ${last}`);
  const tree = new MerkleFrontier();
  while (tree.size <= last) tree.append(Buffer.alloc(32));
  const times = { from: NOON, to: NOON, time: NOON };
  const rest = { chain: Buffer.alloc(32), records: 1, bytes: 1, ...times, reason: "age" } as const;
  return [name, signTombstone({ journal: "0a".repeat(16), number, hash: name, first, tree, ...rest }, key)];
}

describe("verifyTombstones", () => {
  it("takes them in the order of their segments", () => {
    const { retired, faults: found } = verifyTombstones(
      new Map([signed(2, 3, 5), signed(1, 0, 2)]),
      publicKey,
    );
    expect(found).toEqual([]);
    expect(retired.map(({ number }) => number)).toEqual([1, 2]);
  });

  it.for<[string, [string, string][]]>([
    ["segment 1 was retired twice", [signed(1, 0, 2), signed(1, 0, 3)]],
    ["its frames do not continue those of the tombstone before it", [signed(1, 0, 2), signed(2, 4, 5)]],
    ["its frames do not continue those of the tombstone before it", [signed(1, 1, 2)]],
    ["the tombstone of segment 2 is missing before it", [signed(1, 0, 2), signed(3, 4, 5)]],
    ["the tombstones of segments 1 to 2 are missing before it", [signed(3, 4, 5)]],
  ])("says that %s", ([what, notes]) => {
    expect(verifyTombstones(new Map(notes), publicKey).faults).toMatchObject([{ what }]);
  });
});
