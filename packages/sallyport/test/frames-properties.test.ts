import { Buffer } from "node:buffer";
import { readdirSync, readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Direction } from "../src/events.ts";
import type { Guard, MessageVerdict } from "../src/guards/guard.ts";
import { pass } from "../src/guards/guard.ts";
import { serializeFrame } from "../src/protocol/frame-serializer.ts";
import { BYTES_PER_FRAGMENT, type MessageLimits } from "../src/protocol/message-assembler.ts";
import type { LaneHost } from "../src/session/lane-host.ts";
import { Lane } from "../src/session/lane.ts";
import type { Side } from "../src/session/session-port.ts";
import { counter, RecordedSession } from "./recorded-session.ts";

const corpus = new URL("./corpus/frames/", import.meta.url);
const seeds = readdirSync(corpus).filter((name) => name.endsWith(".hex"));
const LEAST_SEEDS = 12;

const limits: MessageLimits = {
  maxBytes: 600,
  maxFragments: 4,
  opcodes: "any",
  maxRatio: 100,
  finishWithinMs: 1000,
  stream: false,
};

function limiting(chosen: Partial<MessageLimits> = {}): Guard {
  const lane = { ...limits, ...chosen };
  return { name: "messageSize", mode: "enforce", limits: { inbound: lane, outbound: lane } };
}

/** Every kind of verdict, by the first byte of a message. */
function verdictOf(first: number | undefined): MessageVerdict {
  const denial = { code: "messageRate.messages", detail: "a test" } as const;
  if (first === 0x21) return { verdict: "drop", ...denial };
  if (first === 0x22) return { verdict: "replace", payload: Buffer.from("new"), ...denial };
  if (first === 0x23) return { verdict: "close", ...denial };
  return pass;
}

const deciding: Guard = {
  name: "messageRate",
  mode: "enforce",
  reads: { inbound: "bytes", outbound: "bytes" },
  open: () => ({ message: (message) => verdictOf(message.bytes()[0]) }),
};

const key = fc.uint8Array({ minLength: 4, maxLength: 4 });
const text = fc
  .string({ unit: "grapheme", maxLength: 80 })
  .map((value) => Uint8Array.from(Buffer.from(value)));
const binary = fc.oneof(
  fc.uint8Array({ maxLength: 200 }),
  fc.constantFrom(125, 126, 300).map((n) => new Uint8Array(n)),
);

interface Sent {
  readonly opcode: number;
  readonly payload: Uint8Array;
  readonly cuts: readonly number[];
  readonly ping: boolean;
}

const sent: fc.Arbitrary<Sent> = fc.record({
  opcode: fc.constantFrom(1, 2),
  payload: fc.oneof(
    text,
    fc.constantFrom("!drop", '"replace').map((value) => Buffer.from(value)),
  ),
  cuts: fc.array(fc.nat(80), { maxLength: 3 }),
  ping: fc.boolean(),
});
const sentBinary: fc.Arbitrary<Sent> = fc.record({
  opcode: fc.constant(2),
  payload: binary,
  cuts: fc.array(fc.nat(300), { maxLength: 3 }),
  ping: fc.boolean(),
});

/** A message in fragments. */
function framesOfMessage(message: Sent, maskKey: Uint8Array | null): readonly Uint8Array[] {
  const { payload, opcode, cuts } = message;
  const ends = [...cuts.map((cut) => cut % (payload.length + 1)), payload.length].sort((a, b) => a - b);
  return ends.map((end, index) =>
    serializeFrame({
      opcode: index === 0 ? opcode : 0,
      payload: payload.subarray(ends[index - 1] ?? 0, end),
      maskKey,
      fin: index === ends.length - 1,
    }),
  );
}

/** Messages as they are sent, a ping after the first frame of some, and as they go on: the ping before a message that waits. */
function wires(messages: readonly Sent[], maskKey: Uint8Array | null): readonly [Buffer, Buffer] {
  const ping = serializeFrame({ opcode: 9, payload: Buffer.from("p"), maskKey });
  const sentFrames: Uint8Array[] = [];
  const forwarded: Uint8Array[] = [];
  for (const message of messages) {
    const frames = framesOfMessage(message, maskKey);
    const pings = message.ping ? [ping] : [];
    sentFrames.push(...frames.slice(0, 1), ...pings, ...frames.slice(1));
    forwarded.push(...(frames.length > 1 ? [...pings, ...frames] : [...frames, ...pings]));
  }
  return [Buffer.concat(sentFrames), Buffer.concat(forwarded)];
}

const stream = fc
  .tuple(fc.array(fc.oneof(sent, sentBinary), { maxLength: 5 }), fc.option(key))
  .map(([messages, maskKey]) => {
    const side: Side = maskKey === null ? "application" : "client";
    const [bytes, forwarded] = wires(messages, maskKey);
    return { side, bytes, forwarded, messages: messages.length };
  });

/** A stream of frames of which some bytes were changed, put in or taken out. */
const mutated = fc
  .tuple(
    stream,
    fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom(0, 1, 2)), { minLength: 1, maxLength: 4 }),
  )
  .map(([valid, changes]) => {
    const bytes = [...valid.bytes];
    for (const [at, byte, kind] of changes) {
      bytes.splice(at % (bytes.length + 1), kind === 0 ? 0 : 1, ...(kind === 2 ? [] : [byte]));
    }
    return { side: valid.side, bytes: Buffer.from(bytes) };
  });
const noise = fc.record({
  side: fc.constantFrom<Side>("client", "application"),
  bytes: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});
const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 6 });

/** The bytes in chunks of these sizes, over and over; one chunk where there are none. */
function chunksOf(bytes: Uint8Array, chunkSizes: readonly number[]): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += chunks.at(-1)?.length ?? 0) {
    chunks.push(bytes.subarray(at, at + (chunkSizes[chunks.length % chunkSizes.length] ?? bytes.length)));
  }
  return chunks;
}

/** Everything that can be seen from outside, but for the incident ids. */
function outcome(guards: readonly Guard[], side: Side, chunks: readonly Uint8Array[]) {
  const recorded = new RecordedSession(guards);
  for (const chunk of chunks) recorded.send(side, chunk);
  const far: Side = side === "client" ? "application" : "client";
  return {
    far: recorded.take(far).toString("hex"),
    near: recorded.takeLines(side),
    decisions: recorded.decisions.map(({ verdict, code, direction }) => [verdict, code, direction]),
    counts: recorded.session.counts(),
    ends: recorded.calls.filter((call) => !call.startsWith("write")),
  };
}

describe("a session", () => {
  it("forwards a valid stream byte for byte, under every split", () => {
    fc.assert(
      fc.property(stream, sizes, ({ side, bytes, forwarded, messages }, chunkSizes) => {
        const seen = outcome([limiting({ maxBytes: 100_000 })], side, chunksOf(bytes, chunkSizes));
        expect(seen).toMatchObject({ decisions: [], near: [], ends: [] });
        expect(seen.counts[side === "client" ? "inbound" : "outbound"].messages).toBe(messages);
        expect(seen.far).toBe(forwarded.toString("hex"));
      }),
    );
  });

  for (const [name, guards] of [
    ["guards that decide", [limiting(), deciding]],
    ["no guard that reads", [limiting()]],
  ] as const) {
    it(`comes to the same end under every split of a valid, a broken or a random stream, with ${name}`, () => {
      fc.assert(
        fc.property(fc.oneof(stream, mutated, noise), sizes, ({ side, bytes }, chunkSizes) => {
          const whole = outcome(guards, side, [bytes]);
          expect(outcome(guards, side, chunksOf(bytes, chunkSizes))).toEqual(whole);
          expect(outcome(guards, side, chunksOf(bytes, [1]))).toEqual(whole);
        }),
        { numRuns: 400 },
      );
    });
  }

  it("sends a streamed message on as it came, and at most the frames before a violation", () => {
    fc.assert(
      fc.property(fc.oneof(stream, mutated, noise), sizes, ({ side, bytes }, chunkSizes) => {
        const recorded = new RecordedSession([limiting({ stream: true })]);
        for (const chunk of chunksOf(bytes, chunkSizes)) recorded.send(side, chunk);
        const far: Side = side === "client" ? "application" : "client";
        const written = recorded.take(far);
        const vetted = recorded.codes.length === 0 ? written.length : commonStart(written, bytes);
        expect(written.subarray(0, vetted).equals(bytes.subarray(0, vetted))).toBe(true);
        const closes = recorded.codes.length > 0 && !recorded.calls.includes(`destroy ${far}`);
        expect(written.length - vetted > 0).toBe(closes);
      }),
    );
  });

  it(`has at least ${LEAST_SEEDS} seeds`, () => {
    expect(seeds.length).toBeGreaterThanOrEqual(LEAST_SEEDS);
  });

  for (const seed of seeds) {
    it(`does not throw at the seed ${seed} or what is made of it, and ends the same under every split`, () => {
      const [side, hex = ""] = readFileSync(new URL(seed, corpus), "utf8").trim().split(/\s+/);
      const bytes = Buffer.from(hex, "hex");
      expect(["client", "application"]).toContain(side);
      expect(bytes.length).toBeGreaterThan(0);
      fc.assert(
        fc.property(fc.nat(bytes.length - 1), fc.nat(255), sizes, (at, byte, chunkSizes) => {
          const changed = Buffer.from(bytes);
          changed[at] = byte;
          const guards = [limiting(), deciding];
          const near: Side = side === "client" ? "client" : "application";
          expect(outcome(guards, near, chunksOf(changed, chunkSizes))).toEqual(
            outcome(guards, near, [changed]),
          );
        }),
        { numRuns: 60 },
      );
    });
  }
});

function commonStart(one: Uint8Array, other: Uint8Array): number {
  const different = one.findIndex((byte, index) => byte !== other[index]);
  return different === -1 ? one.length : different;
}

describe("Lane memory", () => {
  const host: LaneHost = {
    forward: () => undefined,
    hasRoom: () => true,
    decide: () => true,
    violate: () => undefined,
    fail: () => undefined,
    closed: () => undefined,
    deliver: () => null,
    answered: () => undefined,
    isOwnPong: () => false,
    relayed: () => undefined,
    awoken: () => undefined,
    maskKey: counter().bind(null, 4),
  };
  const { maxBytes, maxFragments } = limits;
  const heldFrames = maxBytes * (1 + 14 / BYTES_PER_FRAGMENT) + 14 * maxFragments;

  function mostHeld(direction: Direction, reads: boolean, chunks: readonly Uint8Array[]): number {
    const guards = reads ? [{ guard: deciding, connection: { message: () => pass } }] : [];
    const lane = new Lane({ direction, limits, guards, host, dialect: null });
    return Math.max(
      0,
      ...chunks.map((chunk) => {
        lane.receive(chunk, 0);
        return lane.heldBytes;
      }),
    );
  }

  it("stays under the stated bound, whatever comes; beside a guard that reads, one payload more", () => {
    fc.assert(
      fc.property(fc.oneof(stream, mutated, noise), sizes, ({ side, bytes }, chunkSizes) => {
        const direction: Direction = side === "client" ? "inbound" : "outbound";
        const chunks = chunksOf(bytes, chunkSizes);
        const control = 125 + 14;
        expect(mostHeld(direction, false, chunks)).toBeLessThanOrEqual(heldFrames + control);
        expect(mostHeld(direction, true, chunks)).toBeLessThanOrEqual(heldFrames + maxBytes + control);
      }),
    );
  });

  it("comes near the bound at the worst, so that the bound is no empty promise, and holds nothing after it", () => {
    const maskKey = Uint8Array.of(1, 2, 3, 4);
    const piece = (opcode: number, length: number, fin = false): Uint8Array =>
      serializeFrame({ opcode, payload: new Uint8Array(length), maskKey, fin });
    const pieces = [piece(2, 0), ...Array.from({ length: 18 }, () => piece(0, 32)), piece(0, 24)];
    const empty = Array.from({ length: 2 }, () => piece(0, 0));
    const held = mostHeld("inbound", true, [...pieces, ...empty]);
    expect(held).toBeGreaterThan(2 * maxBytes);
    expect(held).toBeLessThanOrEqual(heldFrames + maxBytes);
    const lane = new Lane({ direction: "inbound", limits, guards: [], host, dialect: null });
    for (const chunk of [...pieces, piece(0, 0, true)]) lane.receive(chunk, 0);
    expect([lane.messages, lane.heldBytes]).toEqual([1, 0]);
  });

  it("reserves nothing for what a frame only announces", () => {
    const lane = new Lane({ direction: "inbound", limits, guards: [], host, dialect: null });
    lane.receive(Uint8Array.of(0x82, 0xfe, 0x02, 0x58, 0, 0, 0, 0), 0);
    expect(lane.heldBytes).toBe(8);
  });
});
