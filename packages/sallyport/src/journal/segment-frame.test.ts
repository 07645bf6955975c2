import { randomBytes } from "node:crypto";
import { crc32 } from "node:zlib";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { isSealedBlock, openBlock, readBlockBody, sealBlock } from "./block-body.ts";
import { MerkleFrontier } from "./merkle-frontier.ts";
import { readBundles } from "./payload-bundle.ts";
import { chainAfter, FIRST_CHAIN, FRAME_OVERHEAD, frameHead, makeFrame, readFrame } from "./segment-frame.ts";
import { openIndex, readFoot, sealFoot } from "./segment-foot.ts";
import { encodeSegmentHead, readSegmentHead, unwrapDataKey, wrapDataKey } from "./segment-head.ts";

const bytes = fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array));
const place = { journal: "0a".repeat(16), frame: 7 };
const key = randomBytes(32);

describe("readFrame", () => {
  it("reads what makeFrame made, at any place", () => {
    fc.assert(
      fc.property(bytes, bytes, fc.nat(2 ** 40), (before, body, index) => {
        const made = makeFrame({ kind: "block", index }, body, FIRST_CHAIN);
        expect(made.bytes.length).toBe(body.length + FRAME_OVERHEAD);
        const read = readFrame(Buffer.concat([before, made.bytes, before]), before.length);
        const end = before.length + made.bytes.length;
        const { leaf, chain } = made;
        expect(read).toEqual({
          ok: true,
          frame: { kind: "block", index, offset: before.length, end, body, leaf, chain },
        });
        expect(chain).toEqual(chainAfter(FIRST_CHAIN, leaf));
      }),
    );
  });

  it("tells a frame that is not whole from bytes that are none", () => {
    const { bytes: whole } = makeFrame({ kind: "foot", index: 3 }, Buffer.from("hello"), FIRST_CHAIN);
    for (let length = 0; length < whole.length; length++)
      expect(readFrame(whole.subarray(0, length), 0)).toMatchObject({ ok: false, unfinished: true });
    for (let at = 0; at < 20; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x10;
      expect(readFrame(changed, 0)).toMatchObject({ ok: false, unfinished: false });
    }
  });

  it.for([
    ["a length", 0xffffffff, 5n],
    ["an index", 0, 2n ** 60n],
  ] as const)("refuses %s that no writer makes, though its CRC holds", ([, length, index]) => {
    const head = frameHead("block", 0, 0);
    head.writeUInt32LE(length, 4);
    head.writeBigUInt64LE(index, 8);
    head.writeUInt32LE(crc32(head.subarray(0, 16)), 16);
    expect(readFrame(Buffer.concat([head, Buffer.alloc(32)]), 0)).toEqual({
      ok: false,
      unfinished: false,
      problem: "a frame with an impossible length or index",
    });
  });

  it("never throws, whatever the bytes are", () => {
    fc.assert(
      fc.property(bytes, fc.nat(600), (file, index) => {
        expect(() => {
          readFrame(file, 0);
          readSegmentHead(file, index);
          readFoot(file);
          readBlockBody(file);
          readBundles(file);
        }).not.toThrow();
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a segment's head", () => {
  it("is read as it was written, and its data key opens only there", () => {
    const tree = new MerkleFrontier();
    for (let leaf = 0; leaf < 11; leaf++) tree.append(randomBytes(32));
    const wrappedKey = wrapDataKey(Buffer.alloc(32, 9), key, { journal: place.journal, number: 5 });
    const head = {
      journal: place.journal,
      number: 5,
      time: 1_796_040_000_000,
      previous: randomBytes(32),
      chain: randomBytes(32),
      tree,
      keyId: "0b".repeat(8),
      wrappedKey,
    };
    const read = readSegmentHead(encodeSegmentHead(head), 11);
    expect(read).toEqual(head);
    expect(unwrapDataKey(head, key)).toEqual(Buffer.alloc(32, 9));
    expect(unwrapDataKey({ ...head, number: 6 }, key)).toBeNull();
    expect(readSegmentHead(encodeSegmentHead(head), 12)).toBeNull();
    const other = encodeSegmentHead(head);
    other.write("sallyport journal 2\n");
    expect(readSegmentHead(other, 11)).toBeNull();
    expect(readSegmentHead(encodeSegmentHead({ ...head, number: 2 ** 60 }), 11)).toBeNull();
    expect(readSegmentHead(encodeSegmentHead({ ...head, time: 2 ** 60 }), 11)).toBeNull();
  });
});

describe("what a frame carries", () => {
  it("opens with its key, in its place, and nowhere else", () => {
    const plain = Buffer.concat([Buffer.from([16, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{"events":[]    ')]);
    const text = Buffer.from('{"time":0,"sessions":[],"names":[],"events":[],"extras":[]}     ');
    plain.writeUInt32LE(text.length);
    const body = sealBlock({ plain: Buffer.concat([plain.subarray(0, 8), text]), records: 0 }, [], {
      dataKey: key,
      ...place,
    });
    const read = readBlockBody(body) ?? { records: 1, box: Buffer.alloc(0), bundles: [] };
    expect(openBlock(read, key, place)?.records).toBe(0);
    expect(openBlock(read, key, { ...place, frame: 8 })).toBeNull();
    expect(openBlock({ ...read, records: 1 }, key, place)).toBeNull();
    expect(isSealedBlock(read, key, place)).toBe(true);
    expect(isSealedBlock(read, randomBytes(32), place)).toBe(false);
  });

  it("brings an index back", () => {
    const index = [
      { offset: 1, bytes: 2, records: 3, minTime: -4.5, maxTime: 5.5, fingerprints: Uint32Array.of(1, 7) },
      { offset: 3, bytes: 9, records: 1, minTime: 0, maxTime: 0, fingerprints: new Uint32Array(0) },
    ];
    const foot = readFoot(sealFoot(index, "note", { dataKey: key, ...place }));
    if (foot === null) throw new Error("no foot");
    expect(foot).toMatchObject({ records: 4, checkpoint: "note" });
    expect(openIndex(foot, key, place)).toEqual(index);
    expect(openIndex(foot, key, { ...place, frame: 8 })).toBeNull();
  });
});
