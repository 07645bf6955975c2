import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";

import { describe, expect, it } from "vitest";

import { openBundle, type PayloadKey, readBundles } from "./payload-bundle.ts";
import { PayloadBundles, type PayloadSource } from "./payload-bundles.ts";

const place = { journal: "0a".repeat(16), frame: 7 };
const keyOf = (id: string): PayloadKey => ({ id: id.repeat(8), key: randomBytes(32) });

const source = (bytes: Buffer): PayloadSource => ({
  payloadBytes: bytes.length,
  copyPayload: (target, at) => void bytes.copy(target, at),
});

describe("PayloadBundles", () => {
  it.for([0, 10, 5000, 100_000])("brings contents back, %i bytes of each", (size) => {
    const payloadKey = keyOf("0c");
    const payloads = [1, 4, 9].map((position) => ({ position, bytes: Buffer.alloc(size, `${position} `) }));
    const bundles = new PayloadBundles();
    for (const { position, bytes } of payloads) bundles.add(payloadKey, position, source(bytes));
    expect(bundles.bytes).toBe(3 * size);
    const [sealed = Buffer.alloc(0), ...others] = bundles.seal(place);
    expect(others).toEqual([]);
    const [bundle] = readBundles(sealed);
    if (bundle === undefined) throw new Error("no bundle");
    const { key } = payloadKey;
    expect(openBundle(bundle, key, place)).toEqual(payloads);
    const found = (needle: string) => openBundle(bundle, key, { ...place, needle: Buffer.from(needle) });
    expect(found("4 4")).toEqual(size === 0 ? [] : payloads);
    expect(found("5 5")).toEqual([]);
    expect(openBundle(bundle, key, { ...place, frame: 8 })).toBeNull();
    expect(openBundle({ ...bundle, keyId: "0d".repeat(8) }, key, place)).toBeNull();
    expect(readBundles(sealed.subarray(0, -1))).toEqual([]);
  });

  it("keeps the contents of each key apart, and those of one block from those of the next", () => {
    const keys = [keyOf("0a"), keyOf("0b"), keyOf("0c")];
    const bundles = new PayloadBundles();
    for (const block of [0, 1, 2]) {
      bundles.reset();
      const said = new Map(keys.map((key) => [key, [] as { position: number; bytes: Buffer }[]]));
      // More than a bundle has room for at first, in the first and the last block.
      for (let position = 0; position < (block === 1 ? 3 : 3000); position++) {
        const key = keys[(position + block) % keys.length];
        if (key === undefined) throw new Error("no key");
        const bytes = Buffer.from(`block ${block}, message ${position}`);
        bundles.add(key, position, source(bytes));
        said.get(key)?.push({ position, bytes });
      }
      const sealed = readBundles(Buffer.concat(bundles.seal(place)));
      expect(sealed).toHaveLength(3);
      for (const [{ id, key }, payloads] of said) {
        const bundle = sealed.find(({ keyId }) => keyId === id);
        expect(bundle && openBundle(bundle, key, place)).toEqual(payloads);
      }
    }
  });

  it("has nothing to seal when nothing was added, or all was forgotten", () => {
    const bundles = new PayloadBundles();
    expect(bundles.seal(place)).toEqual([]);
    bundles.add(keyOf("0a"), 0, source(Buffer.from("gone")));
    bundles.reset();
    expect([bundles.bytes, bundles.seal(place)]).toEqual([0, []]);
  });
});
