import { createPublicKey, generateKeyPairSync, hash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  messageFacts,
  NOON,
  sessionFacts,
  startWriter,
  TemporaryJournal,
} from "../../test/journal-fixture.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { privateKeyOf } from "./journal-keys.ts";
import { createKeyring } from "./keyring.ts";
import { listSegments } from "./list-segments.ts";
import { localMasterKey } from "./master-key.ts";
import { makeFrame, readFrame, type Frame } from "./segment-frame.ts";
import { verifyJournal, type VerifyOptions, type VerifyReport } from "./verify-journal.ts";

/** A journal of three sealed segments of three blocks each, and an open one of two blocks. */
async function writeJournal(journal: TemporaryJournal): Promise<void> {
  for (let round = 1; round <= 4; round++) {
    const writer = await startWriter(journal, { now: () => NOON + round * 60_000 });
    const session = writer.intake.session(sessionFacts({ session: `s${round}` }));
    for (let block = 0; block < (round === 4 ? 2 : 3); block++) {
      session.message(messageFacts({ time: NOON + block }, `message ${block} of ${round}`));
      writer.commit();
    }
    if (round < 4) writer.close();
  }
}

function framesOf(file: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let offset = 0; offset < file.length;) {
    const read = readFrame(file, offset);
    if (!read.ok) throw new Error(read.problem);
    frames.push(read.frame);
    offset = read.frame.end;
  }
  return frames;
}

let journal: TemporaryJournal;
/** The files, as they were written. */
let original: ReadonlyMap<string, Buffer>;
let sealed: string[];
let open: string;

beforeAll(async () => {
  journal = new TemporaryJournal();
  await writeJournal(journal);
  const names = listSegments(journal.directory).map(({ name }) => name);
  sealed = names.slice(0, 3);
  open = names[3] ?? "";
  original = new Map(
    readdirSync(journal.directory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => [name, readFileSync(join(journal.directory, name))]),
  );
  mkdirSync(join(journal.directory, "changed"));
  for (const [name, content] of original) writeFileSync(join(journal.directory, "changed", name), content);
});

afterAll(() => {
  journal[Symbol.dispose]();
});

/** Verifies a journal of these files in place of the original ones; `null` is a file that is gone. */
async function verifyWith(
  files: Readonly<Record<string, Buffer | null>>,
  options: Partial<VerifyOptions> = {},
): Promise<VerifyReport> {
  const directory = join(journal.directory, "changed");
  for (const [name, content] of Object.entries(files))
    if (content === null) rmSync(join(directory, name), { force: true });
    else writeFileSync(join(directory, name), content);
  try {
    return await verifyJournal({ directory, keyring: journal.keyring, ...options });
  } finally {
    for (const name of Object.keys(files)) {
      const content = original.get(name);
      if (content === undefined) rmSync(join(directory, name), { force: true });
      else writeFileSync(join(directory, name), content);
    }
  }
}

function fileOf(name: string): Buffer {
  const file = original.get(name);
  if (file === undefined) throw new Error(`no file ${name}`);
  return Buffer.from(file);
}

/** The name that a sealed segment of this content has. */
function nameOf(file: Buffer): string {
  return `${hash("sha256", file)}.segment`;
}

async function firstFault(checkpoint: string): Promise<string | undefined> {
  return (await verifyWith({}, { checkpoint })).faults[0]?.what;
}

describe("verifyJournal", () => {
  it("finds a journal sound, with its keys and without, and says what it cannot know", async () => {
    const withKeys = await verifyWith({});
    expect(withKeys).toMatchObject({ ok: true, segments: 4, frames: 18, records: 11, faults: [] });
    expect(withKeys.sound).toEqual(["frames 0 to 17 continue each other"]);
    expect(withKeys.unknown).toEqual([expect.stringContaining("no checkpoint was given")]);
    const without = await verifyWith({}, { keyring: null });
    expect(without).toMatchObject({ ok: true, head: withKeys.head });
    expect(without.unknown).toEqual([
      expect.stringContaining("no checkpoint was given"),
      expect.stringContaining("who wrote the last 1 frames"),
      expect.stringContaining("whose the public key beside the segments is"),
    ]);
  });

  it("detects a flipped bit of a sealed segment, with keys and without", async () => {
    const name = sealed[1] ?? "";
    const size = fileOf(name).length;
    await fc.assert(
      fc.asyncProperty(fc.nat(size - 1), fc.nat(7), fc.boolean(), async (at, bit, withKeys) => {
        const file = fileOf(name);
        file[at] = (file[at] ?? 0) ^ (1 << bit);
        const options = withKeys ? {} : { keyring: null };
        const report = await verifyWith({ [name]: file }, options);
        expect(report.ok).toBe(false);
        // Nor does it help to name it after what it became.
        const renamed = await verifyWith({ [name]: null, [nameOf(file)]: file }, options);
        expect(renamed.ok).toBe(false);
      }),
      { numRuns: 20 },
    );
  });

  it("says where the chain breaks, and what is still sound", async () => {
    const name = sealed[1] ?? "";
    const file = fileOf(name);
    const [, second] = framesOf(file);
    const at = (second?.offset ?? 0) + 30;
    file[at] = (file[at] ?? 0) ^ 1;
    const report = await verifyWith({ [name]: file });
    expect(report.faults).toEqual([
      { segment: name, frame: null, offset: null, what: "its bytes are not those that it is named after" },
      { segment: name, frame: 6, offset: second?.offset, what: "its bytes are not those that were chained" },
      expect.objectContaining({
        segment: sealed[2],
        what: "it was not written behind the segment before it",
      }),
    ]);
    expect(report.sound).toEqual([
      "frames 0 to 5 continue each other",
      "frames 7 to 9 continue each other",
      "frames 10 to 14 continue each other",
      "frames 15 to 17 continue each other",
    ]);
    expect(report.head).toBeNull();
  });

  it("detects frames that were swapped, repeated or taken out", async () => {
    const name = sealed[0] ?? "";
    const file = fileOf(name);
    const parts = framesOf(file).map(({ offset, end }) => file.subarray(offset, end));
    const indexes = parts.map((_, index) => index);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...indexes), { maxLength: 7 }), async (order) => {
        fc.pre(order.join() !== indexes.join());
        const changed = Buffer.concat(order.map((index) => parts[index] ?? Buffer.alloc(0)));
        expect((await verifyWith({ [name]: null, [nameOf(changed)]: changed })).ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  it("detects segments that are missing, swapped, repeated or of another journal", async () => {
    const [first = "", second = "", third = ""] = sealed;
    const faults = async (files: Readonly<Record<string, Buffer | null>>): Promise<string[]> =>
      (await verifyWith(files)).faults.map(({ what }) => what);
    expect(await faults({ [second]: null })).toEqual(["segment 2 is missing before it"]);
    expect(await faults({ [first]: null, [second]: null })).toEqual([
      "segments 1 to 2 are missing before it",
    ]);
    expect(await faults({ [second]: fileOf(third), [third]: fileOf(second) })).toHaveLength(2);
    expect(await faults({ [`${"0".repeat(64)}.segment`]: fileOf(second) })).toContain(
      "segment 2 is here twice",
    );
    using other = new TemporaryJournal();
    await writeJournal(other);
    const [, theirs = ""] = listSegments(other.directory).map(({ name }) => name);
    const file = readFileSync(join(other.directory, theirs));
    expect(await faults({ [second]: null, [theirs]: file })).toContain("it is of another journal");
    expect((await verifyWith({ [second]: null, [theirs]: file }, { keyring: null })).ok).toBe(false);
  });

  it("detects an end that was cut off by the checkpoint beside the segments, and by one that was kept elsewhere", async () => {
    const [, , third = ""] = sealed;
    const checkpoint = fileOf("checkpoint").toString();
    const cut = { [third]: null, [open]: null };
    expect((await verifyWith(cut)).faults).toEqual([
      expect.objectContaining({ what: expect.stringContaining("the end was cut off") }),
    ]);
    const rolledBack = await verifyWith({ ...cut, checkpoint: null });
    expect(rolledBack.ok).toBe(true);
    expect(rolledBack.unknown).toEqual([expect.stringContaining("no checkpoint was given")]);
    const detected = await verifyWith({ ...cut, checkpoint: null }, { checkpoint });
    expect(detected.faults).toEqual([
      expect.objectContaining({
        what: expect.stringContaining("the checkpoint given covers 17 frames, and only 10"),
      }),
    ]);
    const whole = await verifyWith({}, { checkpoint });
    expect(whole).toMatchObject({ ok: true, unknown: [] });
  });

  it("detects a journal that was written anew, chain and names and all, by a checkpoint or the keys", async () => {
    using forged = new TemporaryJournal();
    await writeJournal(forged);
    const directory = join(journal.directory, "forged");
    renameSync(forged.directory, directory);
    const checkpoint = fileOf("checkpoint").toString();
    const alone = await verifyJournal({ directory });
    expect(alone).toMatchObject({ ok: true });
    expect(alone.unknown).toContainEqual(expect.stringContaining("whose the public key"));
    expect(await verifyJournal({ directory, checkpoint })).toMatchObject({ ok: false });
    expect(await verifyJournal({ directory, keyring: journal.keyring })).toMatchObject({ ok: false });
    const verifier = journal.keyring?.verifier ?? "";
    expect(await verifyJournal({ directory, verifier })).toMatchObject({ ok: false });
  });

  it("refuses a checkpoint of another key, of another tree, and what is none", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const keyring =
      journal.keyring ?? (await createKeyring(journal.directory, localMasterKey(Buffer.alloc(32))));
    const own = privateKeyOf(keyring.signingKey);
    expect(createPublicKey(own).asymmetricKeyType).toBe("ed25519");
    const checkpoint = {
      origin: `sallyport/journal/${keyring.journal}`,
      size: 5,
      root: Buffer.alloc(32),
      chain: Buffer.alloc(32),
      time: NOON,
    };
    expect(await firstFault(signCheckpoint(checkpoint, privateKey))).toContain(
      "was not signed by this journal",
    );
    expect(await firstFault(signCheckpoint(checkpoint, own))).toContain("it is not the journal of");
    expect(await firstFault("hello")).toContain("cannot be read");
  });

  it("calls a write that was not finished what it is", async () => {
    const file = fileOf(open);
    const report = await verifyWith({ [open]: file.subarray(0, file.length - 1) });
    expect(report.ok).toBe(true);
    expect(report.unknown).toContainEqual(expect.stringContaining("a write that was not finished"));
    // The checkpoint that came with its first block knows better.
    const torn = await verifyWith({ [open]: file.subarray(0, 100), checkpoint: null });
    expect(torn.ok).toBe(true);
    expect(torn.unknown).toContainEqual(expect.stringContaining("its first frame is not whole"));
  });

  it("detects a first segment that does not begin the journal, though it says that it is the first", async () => {
    const [first = ""] = sealed;
    const file = fileOf(first);
    const [frame] = framesOf(file);
    if (frame === undefined) throw new Error("it has a head");
    const body = Buffer.from(frame.body);
    // The chain before it (docs/reference/journal-format.md, Head).
    body.fill(1, 84, 116);
    const head = makeFrame(frame, body, Buffer.alloc(32, 1));
    const changed = Buffer.concat([head.bytes, file.subarray(frame.end)]);
    const report = await verifyWith({ [first]: null, [nameOf(changed)]: changed });
    expect(report.faults.map(({ what }) => what)).toContain("it does not begin the journal");
  });

  it("finds fault with an empty folder", async () => {
    const files = Object.fromEntries([...original.keys()].map((name) => [name, null]));
    expect(await verifyWith(files)).toMatchObject({ ok: false, segments: 0 });
  });
});
