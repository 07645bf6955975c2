import { Buffer } from "node:buffer";
import {
  constants,
  createDeflateRaw,
  createInflateRaw,
  deflateRawSync,
  type DeflateRaw,
  type InflateRaw,
} from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InflateTurns } from "./inflate-turns.ts";
import { Inflater } from "./inflater.ts";

const MIB = 1024 ** 2;
const PLENTY = 16 * MIB;
const END = Buffer.from("0000ffff", "hex");
const hex = (digits: string): Buffer => Buffer.from(digits.replaceAll(" ", ""), "hex");

/** One message of its own, as a sender compresses it (RFC 7692 7.2.1). */
function deflated(plain: Uint8Array | string, windowBits = 15): Buffer {
  const flushed = deflateRawSync(Buffer.from(plain), { windowBits, finishFlush: constants.Z_SYNC_FLUSH });
  return flushed.subarray(0, -END.length);
}

/** Writes to a stream of Node's, and reads what a sync flush brings out. */
function through(stream: DeflateRaw | InflateRaw, bytes: Uint8Array): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const onData = (piece: Buffer): void => void pieces.push(piece);
  stream.on("data", onData);
  return new Promise((resolve, reject) => {
    stream.once("error", reject);
    stream.write(bytes);
    stream.flush(constants.Z_SYNC_FLUSH, () => {
      stream.off("data", onData);
      stream.off("error", reject);
      resolve(Buffer.concat(pieces));
    });
  });
}

/** A sender that keeps its context, as `ws` does. */
function sender(windowBits: number): (plain: Uint8Array) => Promise<Buffer> {
  const stream = createDeflateRaw({ windowBits });
  return async (plain) => {
    // Nothing at all has no end that could be cut off (RFC 7692 7.2.3.6).
    if (plain.length === 0) return hex("00");
    return (await through(stream, plain)).subarray(0, -END.length);
  };
}

function inflater(windowBits = 15, takeover = true): Inflater {
  return new Inflater({ windowBits, takeover });
}

function text(inflated: Uint8Array | string): string {
  return typeof inflated === "string" ? inflated : Buffer.from(inflated).toString("latin1");
}

describe("Inflater", () => {
  it.each([
    ["one block (7.2.3.1)", "f2 48 cd c9 c9 07 00"],
    ["without compression (7.2.3.3)", "00 05 00 fa ff 48 65 6c 6c 6f 00"],
    ["two blocks (7.2.3.5)", "f2 48 05 00 00 00 ff ff ca c9 c9 07 00"],
  ])("inflates the examples of RFC 7692: %s", (_name, bytes) => {
    expect(text(inflater().inflate(hex(bytes), PLENTY))).toBe("Hello");
  });

  it("lets a message refer to the one before, where that was negotiated, and not elsewhere (RFC 7692 7.2.3.2)", () => {
    const kept = inflater();
    expect(text(kept.inflate(hex("f2 48 cd c9 c9 07 00"), PLENTY))).toBe("Hello");
    expect(text(kept.inflate(hex("f2 00 11 00 00"), PLENTY))).toBe("Hello");
    const fresh = inflater(15, false);
    fresh.inflate(hex("f2 48 cd c9 c9 07 00"), PLENTY);
    expect(fresh.inflate(hex("f2 00 11 00 00"), PLENTY)).toBe("corrupt");
    expect([kept.windowBytes > 0, fresh.windowBytes]).toEqual([true, 0]);
  });

  it("inflates an empty message, which is one byte (RFC 7692 7.2.3.6)", () => {
    const kept = inflater();
    expect(text(kept.inflate(hex("f2 48 cd c9 c9 07 00"), PLENTY))).toBe("Hello");
    expect(text(kept.inflate(hex("00"), PLENTY))).toBe("");
    expect(text(kept.inflate(hex("f2 00 11 00 00"), PLENTY))).toBe("Hello");
  });

  it.each([
    ["nothing at all, which has no end", ""],
    ["no deflate data", Buffer.from("no deflate data").toString("hex")],
    ["a message without its last bytes", deflated("Hello there, world").subarray(0, -3).toString("hex")],
    ["a long message without its last byte", deflated("x".repeat(3000)).subarray(0, -1).toString("hex")],
    ["a message whose end was not cut off", Buffer.concat([deflated("Hello"), END]).toString("hex")],
    [
      "a last block (7.2.3.4): what comes behind it is read by some and not by others",
      "f3 48 cd c9 c9 07 00 00",
    ],
    ["a last block and another message behind it", "f3 48 cd c9 c9 07 00 f2 48 cd c9 c9 07 00"],
    ["a reference to what was never there", "f2 00 11 00 00"],
    ["blocks that do not end at a byte", "4a"],
    ["a stored block that takes in what is put behind the message", "00 09 00 f6 ff"],
    ["a stored block that takes in a part of it", "00 05 00 fa ff"],
    ["a stored block whose two lengths differ", "00 05 00 05 00 48 65 6c 6c 6f 00"],
  ])("finds %s to be corrupt", (_name, bytes) => {
    expect(inflater().inflate(hex(bytes), PLENTY)).toBe("corrupt");
  });

  it("reads a stored block that takes in the cut-off end as every reader must (RFC 7692 7.2.2)", () => {
    expect(text(inflater().inflate(hex("00 04 00 fb ff"), PLENTY))).toBe("\0\0\xff\xff");
  });

  it("lets a message come to exactly what it may, and no more", () => {
    for (const size of [1, 255, 256, 257, 65_536, 100_000]) {
      const message = deflated(Buffer.alloc(size, "abc"));
      expect(inflater().inflate(message, size)).toHaveLength(size);
      expect(inflater().inflate(message, size - 1)).toBe("too-large");
    }
  });

  it("stops at a bomb without inflating it (CVE-2026-1526)", () => {
    const bomb = deflated(Buffer.alloc(64 * MIB));
    expect(bomb.length).toBeLessThan(66_000);
    const before = process.memoryUsage().external;
    expect(inflater().inflate(bomb, MIB)).toBe("too-large");
    expect(process.memoryUsage().external - before).toBeLessThan(8 * MIB);
  });

  it("keeps at most its window, and no more of it than was needed", () => {
    for (const windowBits of [8, 9, 12, 15]) {
      const kept = inflater(windowBits);
      expect(kept.windowBytes).toBe(0);
      expect(kept.inflate(deflated("a".repeat(100), windowBits), PLENTY)).toHaveLength(100);
      expect(kept.windowBytes).toBe(128);
      for (let round = 0; round < 5; round++)
        kept.inflate(deflated(Buffer.alloc(50_000), windowBits), PLENTY);
      expect(kept.windowBytes).toBe(2 ** windowBits);
    }
  });

  it("inflates what a sender with context compresses, for every window, as Node's own stream does", async () => {
    const word = fc.constantFrom("sallyport ", '{"type":"message","room":"lobby"}', "0123456789", "a");
    const repeated = fc.array(word, { maxLength: 40 }).map((words) => Buffer.from(words.join("")));
    const noise = fc.uint8Array({ maxLength: 600 });
    const long = fc
      .tuple(fc.nat(70_000), fc.constantFrom("x", "sallyport"))
      .map(([size, fill]) => Buffer.alloc(size, fill));
    const messages = fc.array(fc.oneof(repeated, noise, long), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 8, max: 15 }), messages, async (windowBits, plains) => {
        const send = sender(windowBits);
        const stream = createInflateRaw({ windowBits });
        const kept = inflater(windowBits);
        for (const plain of plains) {
          const message = await send(plain);
          const inflated = kept.inflate(message, PLENTY);
          expect(Buffer.compare(Buffer.from(inflated as Uint8Array), Buffer.from(plain))).toBe(0);
          const streamed = await through(stream, Buffer.concat([message, END]));
          expect(streamed.equals(Buffer.from(plain))).toBe(true);
          expect(kept.windowBytes).toBeLessThanOrEqual(2 ** windowBits);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("agrees with Node's own stream about any bytes: the same, or corrupt", async () => {
    const valid = fc.string({ maxLength: 300 }).map((plain) => deflated(plain));
    const changed = fc.tuple(valid, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
      const copy = Buffer.from(bytes);
      if (copy.length > 0) copy[at % copy.length] = byte;
      return copy;
    });
    await fc.assert(
      fc.asyncProperty(fc.oneof(changed, fc.uint8Array({ maxLength: 80 })), async (bytes) => {
        const inflated = inflater().inflate(bytes, PLENTY);
        if (inflated === "corrupt") return;
        const stream = createInflateRaw();
        const streamed = await through(stream, Buffer.concat([bytes, END]));
        expect(streamed.equals(Buffer.from(inflated as Uint8Array))).toBe(true);
        // The next message is read from the same place by both.
        const next = await through(stream, Buffer.concat([deflated("the next"), END]));
        expect(next.toString()).toBe("the next");
      }),
      { numRuns: 300 },
    );
  });

  it("spends what messages come to, and of refused ones what they may have come to", () => {
    const turns = new InflateTurns(() => undefined);
    const spent: number[] = [];
    turns.spend = (bytes): void => void spent.push(bytes);
    const sharing = new Inflater({ windowBits: 15, takeover: false }, turns);
    sharing.inflate(deflated("x".repeat(5000)), PLENTY);
    sharing.inflate(deflated(Buffer.alloc(MIB)), 70_000);
    sharing.inflate(hex("ffff"), PLENTY);
    expect(spent).toEqual([5000, 70_000, 2 * 1032]);
  });
});
