import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { Block } from "./block.ts";
import {
  BLOCK_RECORDS,
  BlockBuilder,
  guardOf,
  knownName,
  type KnownSession,
  knownSession,
} from "./block-builder.ts";
import { compress, decompress } from "./compression.ts";
import { fingerprint } from "./fingerprint.ts";
import type { JournalRecord, MessageVerdict, PayloadKind } from "./journal-record.ts";
import { messageFlags } from "./message-flags.ts";

const NOON = Date.UTC(2026, 10, 30, 12);
const sessions = ["alice", "bob", null].map((user, index) =>
  knownSession({ session: `s${index}`, route: "/chat", address: `192.0.2.${index}`, user, policy: "p1" }),
);
const names = ["say", "join \u001b[31m", ""].map(knownName);

const message = fc.record({
  kind: fc.constant("message" as const),
  step: fc.integer({ min: -5_000_000, max: 5_000_000 }),
  session: fc.nat(2),
  name: fc.option(fc.nat(2)),
  size: fc.nat(2 ** 32 - 1),
  skipped: fc.nat(3),
  direction: fc.constantFrom("inbound" as const, "outbound" as const),
  opcode: fc.constantFrom("text" as const, "binary" as const),
  verdict: fc.constantFrom<MessageVerdict>("pass", "drop", "replace", "close", "observe", "report"),
  payload: fc.constantFrom<PayloadKind>("none", "digest", "redacted", "full"),
  truncated: fc.boolean(),
  code: fc.option(fc.constantFrom("leak.card", "threat.depth"), { nil: undefined }),
});
const event = fc.record({
  kind: fc.constant("event" as const),
  step: fc.integer({ min: -5_000_000, max: 5_000_000 }),
  message: fc.string({ unit: "binary", maxLength: 40 }),
});

function sessionAt(index: number, of: readonly KnownSession[] = sessions): KnownSession {
  const session = of[index];
  if (session === undefined) throw new Error(`no session ${index}`);
  return session;
}

type Generated<A> = A extends fc.Arbitrary<infer T> ? T : never;

function build(records: readonly (Generated<typeof message> | Generated<typeof event>)[]): {
  readonly plain: Buffer;
  readonly expected: JournalRecord[];
  readonly builder: BlockBuilder;
} {
  const builder = new BlockBuilder();
  const expected: JournalRecord[] = [];
  const sequences = [0, 0, 0];
  let time = NOON;
  for (const record of records) {
    time += record.step;
    if (record.kind === "event") {
      const gate = { type: "gate", level: "info", message: record.message } as const;
      builder.event(time, gate);
      expected.push({ time, ...gate });
      continue;
    }
    const { session, size, direction, opcode, verdict, payload, truncated, code } = record;
    const sequence = (sequences[session] = (sequences[session] ?? 0) + 1 + record.skipped);
    const known = sessionAt(session);
    const name = record.name === null ? null : (names[record.name] ?? null);
    const flags = messageFlags({ time, direction, opcode, size, verdict }, payload, truncated);
    const position = builder.message({ time, sequence, size, flags }, known, name);
    expect(position).toBe(expected.length);
    if (code !== undefined) builder.extra({ code, incident: "abc" });
    const of = record.name === null ? null : (["say", "join \u001b[31m", ""][record.name] ?? null);
    expected.push({
      type: "message",
      time,
      ...known.facts,
      sequence,
      size,
      direction,
      opcode,
      verdict,
      payload,
      truncated,
      name: of,
      guard: guardOf(code),
      code: code ?? null,
      incident: code === undefined ? null : "abc",
    });
  }
  return { plain: builder.build().plain, expected, builder };
}

describe("BlockBuilder", () => {
  it("builds what Block reads: every record in its order", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(message, event), { maxLength: 60 }), (records) => {
        const { plain, expected } = build(records);
        const block = new Block(decompress(compress(plain)));
        expect([...block]).toEqual(expected);
        expect(block.records).toBe(expected.length);
        const positions = [...block.positions(new Set(block.sessions.keys()))];
        expect(positions).toEqual(expected.map((_, index) => index).toReversed());
        expect(block.record(expected.length)).toBeNull();
      }),
    );
  });

  it("tells the records of some sessions and all events, the last first", () => {
    const builder = new BlockBuilder();
    const alice = sessionAt(0);
    const bob = sessionAt(1);
    const flat = { time: NOON, sequence: 1, size: 0, flags: 0 };
    builder.message(flat, alice, null);
    builder.event(NOON, { type: "gate", level: "info", message: "ready" });
    builder.message(flat, bob, null);
    builder.message(flat, alice, null);
    const block = new Block(builder.build().plain);
    expect([...block.positions(new Set([1]))]).toEqual([2, 1]);
    expect([...block.positions(new Set())]).toEqual([1]);
  });

  it("knows the first and last time, and the fingerprints of what is in it, each once and sorted", () => {
    const builder = new BlockBuilder();
    const alice = sessionAt(0);
    const flags = messageFlags(
      { time: 0, direction: "inbound", opcode: "text", size: 0, verdict: "drop" },
      "none",
      false,
    );
    builder.message({ time: NOON + 5, sequence: 1, size: 1, flags }, alice, names[0] ?? null);
    builder.extra({ code: "leak.card", incident: "abc" });
    builder.message({ time: NOON - 5, sequence: 2, size: 1, flags: 0 }, alice, names[0] ?? null);
    const built = builder.build();
    expect(built).toMatchObject({ records: 2, minTime: NOON - 5, maxTime: NOON + 5 });
    const prints = [
      fingerprint("session", "s0"),
      fingerprint("user", "alice"),
      fingerprint("address", "192.0.2.0"),
      fingerprint("route", "/chat"),
      fingerprint("name", "say"),
      fingerprint("verdict", "drop"),
      fingerprint("guard", "leak"),
      fingerprint("incident", "abc"),
    ];
    expect([...built.fingerprints]).toEqual(prints.sort((a, b) => a - b));
  });

  it("is full at its bound, and at a step of time that a column cannot hold", () => {
    const builder = new BlockBuilder();
    const alice = sessionAt(0);
    builder.message({ time: NOON, sequence: 1, size: 1, flags: 0 }, alice, null);
    expect(builder.fits(NOON + 2 ** 31 - 1)).toBe(true);
    expect(builder.fits(NOON + 2 ** 31)).toBe(false);
    for (let number = 1; number < BLOCK_RECORDS; number++)
      builder.message({ time: NOON, sequence: number + 1, size: 1, flags: 0 }, alice, null);
    expect(builder.fits(NOON)).toBe(false);
    expect(new Block(builder.build().plain).records).toBe(BLOCK_RECORDS);
    builder.reset();
    expect(builder.fits(NOON + 2 ** 40)).toBe(true);
    expect(new Block(builder.build().plain).records).toBe(0);
  });

  it("takes few bytes for a message: 100 sessions, one after another", () => {
    const builder = new BlockBuilder();
    const many = Array.from({ length: 100 }, (_, number) =>
      knownSession({
        session: `session-${number}`,
        route: "/",
        address: "::1",
        user: `u${number}`,
        policy: "p",
      }),
    );
    for (let number = 0; number < BLOCK_RECORDS; number++) {
      const session = sessionAt((number * 37) % 100, many);
      const flags = number % 2;
      builder.message(
        { time: NOON + number, sequence: 1 + number / 100, size: number % 500, flags },
        session,
        null,
      );
    }
    expect(compress(builder.build().plain).length / BLOCK_RECORDS).toBeLessThan(20);
  });
});

describe("Block", () => {
  it("refuses bytes of another length", () => {
    const { plain } = build([]);
    expect(() => new Block(Buffer.concat([plain, Buffer.alloc(1)]))).toThrow(RangeError);
  });

  it("reads bytes at any address", () => {
    const builder = new BlockBuilder();
    const alice = sessionAt(0);
    builder.message({ time: NOON, sequence: 9, size: 7, flags: 0 }, alice, null);
    const { plain } = builder.build();
    for (let shift = 0; shift < 9; shift++) {
      const moved = Buffer.concat([Buffer.alloc(shift), plain]).subarray(shift);
      expect(new Block(moved).record(0)).toMatchObject({ sequence: 9, size: 7 });
    }
  });
});
