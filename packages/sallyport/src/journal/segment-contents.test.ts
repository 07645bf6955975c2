import { readFileSync } from "node:fs";
import { generateKeyPairSync } from "node:crypto";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { messageFacts, sessionFacts, startWriter, TemporaryJournal } from "../../test/journal-fixture.ts";
import { signCheckpoint } from "./checkpoint.ts";
import { type Keyring, originOf, privateKeyOf } from "./journal-keys.ts";
import { listSegments } from "./list-segments.ts";
import { segmentContents, type SegmentContents } from "./segment-contents.ts";
import { sealFoot } from "./segment-foot.ts";
import type { SegmentHead } from "./segment-head.ts";
import { publicKeyOf } from "./signed-note.ts";
import { type Walk, walkSegment } from "./walk-segment.ts";

const journal = new TemporaryJournal();
let keyring: Keyring;
let head: SegmentHead;
let walk: Walk;

beforeAll(async () => {
  const writer = await startWriter(journal);
  writer.intake.session(sessionFacts()).message(messageFacts({}, "hello"));
  writer.close();
  const [segment] = listSegments(journal.directory);
  if (segment === undefined || segment.head === null || journal.keyring === null)
    throw new Error("it was written");
  ({ keyring } = journal);
  ({ head } = segment);
  walk = walkSegment(readFileSync(segment.path), head);
});

afterAll(() => {
  journal[Symbol.dispose]();
});

/** What is found where a frame has another body: somebody chained it as it should be. */
function withBody(
  at: number,
  body: Buffer,
  known: { readonly keyring?: Keyring | null } = {},
): SegmentContents {
  const frames = walk.frames.map((frame, index) => (index === at ? { ...frame, body } : frame));
  const publicKey = publicKeyOf(keyring.verifier);
  return segmentContents({ ...walk, frames }, head, { keyring: known.keyring ?? null, publicKey });
}

const whats = ({ faults }: SegmentContents): string[] => faults.map(({ what }) => what);

describe("segmentContents", () => {
  it("counts records, opens what it has keys for, and believes a checkpoint of the journal's key", () => {
    const publicKey = publicKeyOf(keyring.verifier);
    const sound = { records: 1, faults: [], vouched: 2 };
    expect(segmentContents(walk, head, { keyring, publicKey })).toEqual(sound);
    expect(segmentContents(walk, head, { keyring: null, publicKey })).toEqual(sound);
    expect(segmentContents(walk, head, { keyring: null, publicKey: null })).toEqual({ ...sound, vouched: 0 });
  });

  it("finds fault with a data key that another journal wrapped", () => {
    const other = { ...keyring, keys: new Map() };
    expect(whats(segmentContents(walk, head, { keyring: other, publicKey: null }))).toEqual([
      "its data key was not wrapped by this journal",
    ]);
  });

  it("finds fault with a block that is none, and with the keys, with one that somebody else sealed", () => {
    const block = walk.frames[1]?.body ?? Buffer.alloc(0);
    for (const body of [Buffer.alloc(3), Buffer.alloc(8, 0xff), Buffer.concat([block, Buffer.alloc(5)])])
      expect(whats(withBody(1, body))).toEqual([
        "this block was not sealed by this journal",
        "its foot was not sealed by this journal",
      ]);
    const changed = Buffer.from(block);
    changed[30] = (changed[30] ?? 0) ^ 1;
    expect(whats(withBody(1, changed))).toEqual([]);
    expect(whats(withBody(1, changed, { keyring }))).toContain("this block was not sealed by this journal");
  });

  it("finds fault with a foot that is none, that counts other records, or that the keys do not open", () => {
    const foot = walk.frames[2]?.body ?? Buffer.alloc(0);
    const changed = (at: number): Buffer => {
      const body = Buffer.from(foot);
      body[at] = (body[at] ?? 0) ^ 1;
      return body;
    };
    for (const body of [
      Buffer.alloc(3),
      Buffer.alloc(40),
      changed(0),
      changed(7),
      changed(11),
      changed(foot.length - 1),
    ])
      expect(whats(withBody(2, body))).toEqual(["its foot was not sealed by this journal"]);
    expect(whats(withBody(2, changed(foot.length - 10)))).toEqual([]);
    expect(whats(withBody(2, changed(foot.length - 10), { keyring }))).toEqual([
      "its foot was not sealed by this journal",
    ]);
  });

  it("finds fault with a checkpoint in a foot that is of another key, size, tree or journal, or none", () => {
    const own = privateKeyOf(keyring.signingKey);
    const { privateKey: other } = generateKeyPairSync("ed25519");
    const sound = {
      origin: originOf(keyring.journal),
      size: 2,
      root: walk.footRoot ?? Buffer.alloc(32),
      chain: Buffer.alloc(32),
      time: 0,
    };
    const entry = {
      offset: 0,
      bytes: 0,
      records: 1,
      minTime: 0,
      maxTime: 0,
      fingerprints: new Uint32Array(),
    };
    const footOf = (checkpoint: string): Buffer =>
      sealFoot([entry], checkpoint, { dataKey: Buffer.alloc(32), journal: head.journal, frame: 2 });
    expect(whats(withBody(2, footOf(signCheckpoint(sound, own))))).toEqual([]);
    for (const checkpoint of [
      signCheckpoint(sound, other),
      signCheckpoint({ ...sound, size: 3 }, own),
      signCheckpoint({ ...sound, root: Buffer.alloc(32) }, own),
      signCheckpoint({ ...sound, origin: originOf("0".repeat(32)) }, own),
      "hello",
    ])
      expect(whats(withBody(2, footOf(checkpoint)))).toEqual([
        "the checkpoint in its foot is not the journal's",
      ]);
  });
});
