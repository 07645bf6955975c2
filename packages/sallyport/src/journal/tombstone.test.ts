import { generateKeyPairSync, hash } from "node:crypto";

import { describe, expect, it } from "vitest";

import { NOON } from "../../test/journal-fixture.ts";
import { readCheckpoint, signCheckpoint } from "./checkpoint.ts";
import { MerkleFrontier } from "./merkle-frontier.ts";
import { signNote } from "./signed-note.ts";
import { readTombstone, signTombstone, type Tombstone } from "./tombstone.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const journal = "0a".repeat(16);
const origin = `sallyport/journal/${journal}`;
const tree = new MerkleFrontier(5, [Buffer.alloc(32, 1), Buffer.alloc(32, 2)]);
const tombstone: Tombstone = {
  journal,
  number: 2,
  hash: hash("sha256", "a segment"),
  first: 3,
  tree,
  chain: Buffer.alloc(32, 3),
  records: 10,
  bytes: 2000,
  from: NOON,
  to: NOON + 1000,
  time: NOON + 5000,
  reason: "age",
};
const note = signTombstone(tombstone, privateKey);
const [text = ""] = note.split("\n\n");

describe("signTombstone", () => {
  it("writes a signed note (C2SP signed-note): which segment, its frames, what it held, when and why it went, what continues it", () => {
    expect(text.split("\n")).toEqual([
      `${origin}/retired`,
      `segment 2 ${tombstone.hash}`,
      "frames 3 4",
      "holds 10 2000",
      "time 2026-11-30T12:00:00.000Z 2026-11-30T12:00:01.000Z",
      "retired 2026-11-30T12:00:05.000Z age",
      `chain ${Buffer.alloc(32, 3).toString("base64")}`,
      `tree ${Buffer.concat(tree.subtrees).toString("base64")}`,
    ]);
  });

  it("writes any moment of a clock as one that can be read", () => {
    const odd = signTombstone({ ...tombstone, from: -5, to: 1e300, reason: "size" }, privateKey);
    expect(readTombstone(odd, publicKey)).toMatchObject({
      ok: true,
      tombstone: { from: 0, to: Date.UTC(9999, 11, 31, 23, 59, 59, 999), reason: "size" },
    });
  });
});

describe("readTombstone", () => {
  it("reads what was signed, and that it was", () => {
    const read = readTombstone(note, publicKey);
    expect(read).toMatchObject({ ok: true, vouched: true, tombstone: { ...tombstone, tree: {} } });
    expect(read.ok && read.tombstone.tree.root()).toEqual(tree.root());
  });

  it("tells one that another key signed, or that was changed", () => {
    const other = generateKeyPairSync("ed25519");
    expect(readTombstone(note, other.publicKey)).toMatchObject({ ok: true, vouched: false });
    expect(readTombstone(note.replace("holds 10", "holds 11"), publicKey)).toMatchObject({
      ok: true,
      vouched: false,
    });
  });

  it.for([
    ["no note", "hello"],
    ["no frames", text.replace("frames 3 4", "frames")],
    ["frames that end before they begin", text.replace("frames 3 4", "frames 5 4")],
    ["a tree of another size", text.replace("frames 3 4", "frames 3 6")],
    ["another reason", text.replace(" age", " boredom")],
    ["a day that no month has", text.replaceAll("2026-11-30", "2026-11-39")],
    ["a day that this month does not have", text.replaceAll("2026-11-30", "2026-11-31")],
    ["a short chain", text.replace(/^chain .*$/m, "chain AAAA")],
    ["another line", `${text}\nmore`],
    ["base64 that is written in another way", text.replace(/=$/m, "")],
  ])("refuses %s", ([, changed = ""]) => {
    expect(readTombstone(signNote(`${changed}\n`, origin, privateKey), publicKey)).toMatchObject({
      ok: false,
    });
  });

  it("is no checkpoint, nor is a checkpoint a tombstone, though one key signs both", () => {
    const checkpoint = { origin, size: 5, root: tree.root(), chain: tombstone.chain, time: NOON };
    expect(readCheckpoint(note, publicKey)).toMatchObject({ ok: false });
    expect(readTombstone(signCheckpoint(checkpoint, privateKey), publicKey)).toMatchObject({ ok: false });
  });
});
