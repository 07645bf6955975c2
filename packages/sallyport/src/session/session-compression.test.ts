import { Buffer } from "node:buffer";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  compressedFrame,
  createSender,
  deflated,
  fresh,
  inflatersOf,
  takeover,
} from "../../test/deflated.ts";
import { fromApplication, fromClient, RecordedSession, rebind } from "../../test/recorded-session.ts";
import type { Guard, Message, MessageVerdict, Mode, Reads } from "../guards/guard.ts";
import { pass } from "../guards/guard.ts";
import { serializeFrame } from "../protocol/frame-serializer.ts";
import type { MessageLimits } from "../protocol/message-assembler.ts";
import type { DeflateSide } from "../protocol/permessage-deflate.ts";
import type { Side } from "./session-port.ts";

const KIB = 1024;
const denial = { code: "messageRate.messages", detail: "a test" } as const;
const drop: MessageVerdict = { verdict: "drop", ...denial };
const replaced: MessageVerdict = { verdict: "replace", payload: Buffer.from("***"), ...denial };

/** Decides about messages that begin with `!`. */
function onMark(verdict: MessageVerdict, mode: Mode = "enforce"): Guard {
  return reader("bytes", (message) => (message.bytes()[0] === 0x21 ? verdict : pass), mode);
}

function reader(reads: Reads, message: (message: Message) => MessageVerdict, mode: Mode = "enforce"): Guard {
  return {
    name: "messageRate",
    mode,
    reads: { inbound: reads, outbound: reads },
    open: () => ({ message }),
  };
}

function limits(chosen: Partial<MessageLimits> = {}): Guard {
  const lane: MessageLimits = {
    maxBytes: 1024 * KIB,
    maxRatio: 100,
    maxFragments: 64,
    opcodes: "any",
    finishWithinMs: 1000,
    stream: false,
    ...chosen,
  };
  return { name: "messageSize", mode: "enforce", limits: { inbound: lane, outbound: lane } };
}

function recordedWith(side: DeflateSide, guards: readonly Guard[] = []): RecordedSession {
  return new RecordedSession(guards, { inflaters: inflatersOf(side) });
}

const KEY = Buffer.from("37fa213d", "hex");
const maskOf = (side: Side): Uint8Array | null => (side === "client" ? KEY : null);

/** A compressed message in one frame, or in several. */
function compressed(side: Side, payload: Uint8Array, opcode = 1, fragments = 1): Buffer {
  const maskKey = maskOf(side);
  const size = Math.max(1, Math.ceil(payload.length / fragments));
  const frames = Array.from({ length: fragments }, (_, index) => {
    const piece = payload.subarray(
      index * size,
      index === fragments - 1 ? payload.length : (index + 1) * size,
    );
    const frame = { payload: piece, maskKey, fin: index === fragments - 1 };
    return index === 0
      ? compressedFrame({ ...frame, opcode })
      : Buffer.from(serializeFrame({ ...frame, opcode: 0 }));
  });
  return Buffer.concat(frames);
}

/** Ways for a message to come. */
const ways: Readonly<Record<string, (side: Side, payload: Uint8Array) => readonly Uint8Array[]>> = {
  whole: (side, payload) => [compressed(side, payload)],
  fragmented: (side, payload) => [compressed(side, payload, 1, 3)],
  split: (side, payload) => [...compressed(side, payload)].map((byte) => Uint8Array.of(byte)),
};

/** What the operator reads about bytes of the client. */
function detail(sent: Uint8Array, chosen: Partial<MessageLimits> = {}): string | undefined {
  const recorded = recordedWith(takeover, [limits(chosen)]);
  recorded.send("client", sent);
  return recorded.decisions[0]?.detail;
}

const farOf = (side: Side): Side => (side === "client" ? "application" : "client");
const sides = ["client", "application"] as const;

describe("Session compression", () => {
  for (const [way, make] of Object.entries(ways)) {
    it(`shows guards a ${way} compressed message inflated, and forwards it as it came, both ways`, () => {
      for (const side of sides) {
        const seen: unknown[] = [];
        const guard = reader("json", (message) => {
          seen.push([message.opcode, message.size, message.text(), message.json(), message.bytes().length]);
          return pass;
        });
        const recorded = recordedWith(takeover, [guard]);
        const send = createSender();
        const plain = '{"a":"grüße"}';
        const chunks = [...make(side, send(plain)), ...make(side, send(plain))];
        for (const chunk of chunks) recorded.send(side, chunk);
        expect(recorded.take(farOf(side))).toEqual(Buffer.concat(chunks));
        const shown = [1, 15, plain, { a: "grüße" }, 15];
        expect(seen).toEqual([shown, shown]);
        expect(recorded.codes).toEqual([]);
      }
    });

    it(`drops a ${way} compressed message where each begins afresh, and carries on`, () => {
      for (const side of sides) {
        const recorded = recordedWith(fresh, [onMark(drop)]);
        for (const chunk of make(side, deflated("!no"))) recorded.send(side, chunk);
        const next = make(side, deflated("next"));
        for (const chunk of next) recorded.send(side, chunk);
        expect(recorded.take(farOf(side))).toEqual(Buffer.concat(next));
        expect(recorded.codes).toEqual(["drop messageRate.messages"]);
      }
    });

    it(`replaces a ${way} compressed message by one that is not, where each begins afresh`, () => {
      const recorded = recordedWith(fresh, [onMark(replaced)]);
      for (const chunk of make("client", deflated("!no"))) recorded.send("client", chunk);
      for (const chunk of make("application", deflated("!no"))) recorded.send("application", chunk);
      expect(recorded.takeLines("application")).toEqual(["text ***"]);
      expect(recorded.take("client").toString("hex")).toBe("81032a2a2a");
    });

    it(`closes at a ${way} compressed message that would be dropped or replaced, where later ones may refer to it`, () => {
      for (const [verdict, told] of [
        [drop, "drop messageRate.messages"],
        [replaced, "replace messageRate.messages"],
      ] as const) {
        const recorded = recordedWith(takeover, [onMark(verdict)]);
        for (const chunk of make("application", deflated("!no"))) recorded.send("application", chunk);
        recorded.send("application", compressed("application", deflated("next")));
        expect(recorded.takeLines("client")).toEqual(["close 1012 sallyport:…"]);
        expect(recorded.takeLines("application")).toEqual(["close 1001 sallyport:…"]);
        expect(recorded.codes).toEqual([told, "close session.context-takeover"]);
      }
    });
  }

  it("drops and replaces messages that came uncompressed, whatever was negotiated: nothing refers to them", () => {
    for (const side of [takeover, fresh]) {
      const send = createSender();
      const recorded = recordedWith(side, [onMark(drop)]);
      const first = compressed("client", side.takeover ? send("hello") : deflated("hello"));
      const second = compressed("client", side.takeover ? send("hello") : deflated("hello"));
      recorded.send("client", Buffer.concat([first, fromClient(1, "!no"), second]));
      expect(recorded.take("application")).toEqual(Buffer.concat([first, second]));
      expect(recorded.codes).toEqual(["drop messageRate.messages"]);
    }
  });

  it("passes what a guard that observes would drop, and reads the next that refers to it", () => {
    const recorded = recordedWith(takeover, [onMark(drop, "observe")]);
    const send = createSender();
    const chunks = ["!hello there", "!hello there", "hello there"].map((plain) =>
      compressed("client", send(plain)),
    );
    for (const chunk of chunks) recorded.send("client", chunk);
    expect(recorded.take("application")).toEqual(Buffer.concat(chunks));
    expect(recorded.codes).toEqual(["observe messageRate.messages", "observe messageRate.messages"]);
  });

  it("closes where a full client would lose a message that later ones may refer to (slowConsumer: drop)", () => {
    const consumer: Guard = {
      name: "slowConsumer",
      mode: "enforce",
      waiting: { policy: "drop", maxBytes: 100 },
    };
    for (const [side, codes] of [
      [fresh, ["drop slowConsumer.dropped"]],
      [takeover, ["drop slowConsumer.dropped", "close session.context-takeover"]],
    ] as const) {
      const recorded = recordedWith(side, [consumer]);
      recorded.waiting.client = 101;
      recorded.send("application", compressed("application", deflated("lost")));
      expect(recorded.codes).toEqual(codes);
    }
  });

  it("closes with the code of a guard that closes, and with nothing else", () => {
    const recorded = recordedWith(takeover, [onMark({ verdict: "close", ...denial })]);
    recorded.send("client", compressed("client", deflated("!no")));
    expect(recorded.codes).toEqual(["close messageRate.messages"]);
    expect(recorded.takeLines("client")).toEqual(["close 4429 sallyport:…"]);
  });

  it("counts payload bytes as they came, and tells guards what they inflate to", () => {
    const sizes: number[] = [];
    const guard = reader("size", (message) => {
      sizes.push(message.size);
      return pass;
    });
    const payload = deflated("x".repeat(5000));
    const recorded = recordedWith(takeover, [guard]);
    recorded.send("client", compressed("client", payload, 2));
    expect(sizes).toEqual([5000]);
    expect(recorded.session.counts().inbound).toEqual({ messages: 1, bytes: payload.length });
  });

  it("passes an empty compressed message (RFC 7692 7.2.3.6)", () => {
    const recorded = recordedWith(takeover, [onMark(drop)]);
    const bytes = Buffer.concat([compressed("client", Buffer.of(0)), compressed("client", Buffer.of(0), 2)]);
    recorded.send("client", bytes);
    expect(recorded.take("application")).toEqual(bytes);
  });

  it("lets pings stand between the fragments of a compressed message", () => {
    const recorded = recordedWith(takeover, [onMark(drop)]);
    const payload = deflated("hello hello hello");
    const [first, rest] = [payload.subarray(0, 3), payload.subarray(3)];
    const begin = compressedFrame({ opcode: 1, payload: first, maskKey: KEY, fin: false });
    recorded.send("client", Buffer.concat([begin, fromClient(9, "ping"), fromClient(0, rest)]));
    expect(recorded.take("application")).toEqual(
      Buffer.concat([fromClient(9, "ping"), begin, fromClient(0, rest)]),
    );
  });

  it("carries a message in as many fragments as it may have", () => {
    const payload = deflated(Buffer.from(Array.from({ length: 60 }, (_, index) => index * 37)));
    const bytes = compressed("client", payload, 2, payload.length);
    const recorded = recordedWith(takeover, [limits()]);
    recorded.send("client", bytes);
    expect(recorded.take("application")).toEqual(bytes);
  });

  it.each([
    ["RSV1 where nothing was negotiated (RFC 6455 5.2)", "protocol.reserved-bit", 1002],
    ["RSV1 on a continuation (RFC 7692 6.1)", "protocol.reserved-bit", 1002],
    ["RSV1 on a ping (RFC 7692 6.1)", "protocol.reserved-bit", 1002],
    ["RSV2 beside RSV1 (RFC 7692 6)", "protocol.reserved-bit", 1002],
    ["no deflate data (RFC 7692 7.2.2)", "protocol.invalid-deflate", 1007],
    ["deflate data that breaks off", "protocol.invalid-deflate", 1007],
    ["a last block, behind which readers differ", "protocol.invalid-deflate", 1007],
    ["text that inflates to no UTF-8 (RFC 6455 8.1)", "protocol.invalid-utf8", 1007],
    ["text that inflates to half a code point (RFC 6455 8.1)", "protocol.invalid-utf8", 1007],
    ["more bytes than a message may have (RFC 6455 10.4)", "messageSize.bytes", 1009],
    ["more bytes than its size allows", "messageSize.ratio", 1009],
  ])("closes at %s", (what, code, closeCode) => {
    const key = { maskKey: KEY };
    const bytes: Readonly<Record<string, Uint8Array>> = {
      "RSV1 where": compressed("client", deflated("a")),
      "RSV1 on a c": Buffer.concat([
        compressedFrame({ opcode: 1, payload: Buffer.of(0), fin: false, ...key }),
        compressedFrame({ opcode: 0, payload: Buffer.of(0), ...key }),
      ]),
      "RSV1 on a p": compressedFrame({ opcode: 9, payload: Buffer.of(0), ...key }),
      RSV2: Buffer.from("e1", "hex"),
      "no deflate": compressed("client", Buffer.from("no deflate data"), 2),
      "deflate data": compressed("client", deflated("hello, hello").subarray(0, -3)),
      "a last": compressed("client", Buffer.from("f348cdc9c9070000", "hex")),
      "text that inflates to no": compressed("client", deflated(Buffer.from("41ff42", "hex"))),
      "text that inflates to half": compressed("client", deflated(Buffer.from("41c3", "hex"))),
      "more bytes than a": compressed("client", deflated(Buffer.alloc(1024 * KIB + 1)), 2),
      "more bytes than its": compressed("client", deflated(Buffer.alloc(500 * KIB)), 2),
    };
    const [, sent = Buffer.alloc(0)] = Object.entries(bytes).find(([name]) => what.startsWith(name)) ?? [];
    for (const size of [sent.length, 1]) {
      const guards = [limits(what.startsWith("more bytes than a") ? { maxRatio: 2000 } : {})];
      const recorded = what.startsWith("RSV1 where")
        ? new RecordedSession(guards)
        : recordedWith(takeover, guards);
      for (let at = 0; at < sent.length; at += size) recorded.send("client", sent.subarray(at, at + size));
      recorded.send("client", fromClient(1, "behind it"));
      expect(recorded.codes).toEqual([`close ${code}`]);
      expect(recorded.takeLines("client")).toEqual([`close ${closeCode} sallyport:…`]);
      expect(recorded.takeLines("application")).toEqual(["close 1008 sallyport:…"]);
    }
  });

  it("says to the operator how much came, and what the limit is", () => {
    const zeros = deflated(Buffer.alloc(500 * KIB));
    expect(detail(compressed("client", zeros, 2))).toBe(
      `${zeros.length} bytes inflate to more than 100 times as many`,
    );
    expect(detail(compressed("client", zeros, 2), { maxBytes: 2000 })).toBe(
      `${zeros.length} bytes inflate to more than 2000`,
    );
    expect(detail(compressed("client", Buffer.from("no"), 2))).toBe("2 bytes do not inflate");
  });

  it("takes up to 64 KiB for no bomb, whatever the ratio: a message that repeats the last one shrinks by hundreds", () => {
    const recorded = recordedWith(takeover, [limits()]);
    const send = createSender();
    const [first, again] = [send(Buffer.alloc(60 * KIB, "state")), send(Buffer.alloc(60 * KIB, "state"))];
    expect((60 * KIB) / again.length).toBeGreaterThan(100);
    for (const payload of [first, again]) recorded.send("application", compressed("application", payload, 2));
    expect(recorded.codes).toEqual([]);
  });

  it("bounds also what came compressed (RFC 6455 10.4)", () => {
    const recorded = recordedWith(takeover, [limits({ maxBytes: 100 })]);
    recorded.send(
      "client",
      compressedFrame({ opcode: 2, payload: Buffer.alloc(101), maskKey: KEY }).subarray(0, 6),
    );
    expect(recorded.codes).toEqual(["close messageSize.bytes"]);
  });

  it("keeps 64 KiB of earlier messages at most, whatever comes, and nothing where each begins afresh", () => {
    for (const [side, kept] of [
      [takeover, 64 * KIB],
      [fresh, 0],
    ] as const) {
      const inflaters = inflatersOf(side);
      const recorded = new RecordedSession([limits()], { inflaters });
      for (let nth = 0; nth < 20; nth++)
        for (const from of sides)
          recorded.send(from, compressed(from, deflated(Buffer.alloc(50 * KIB, nth)), 2));
      expect(recorded.codes).toEqual([]);
      expect(inflaters.client.windowBytes + inflaters.application.windowBytes).toBe(kept);
    }
  });

  it("holds a compressed message back until it is whole also where others would be streamed", () => {
    const recorded = recordedWith(takeover, [limits({ stream: true })]);
    const bytes = compressed("client", deflated("hello"), 1, 2);
    recorded.send("client", bytes.subarray(0, -1));
    expect(recorded.take("application")).toHaveLength(0);
    recorded.send("client", bytes.subarray(-1));
    expect(recorded.take("application")).toEqual(bytes);
  });

  for (const [way, make] of Object.entries(ways)) {
    it(`keeps a ${way} compressed message that a guard waits with, and forwards it as it came`, async () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      const seen: string[] = [];
      const waits = reader("text", (message) => {
        seen.push(message.text());
        return seen.length > 1 ? pass : { verdict: "wait", until: promise, untilMs: 5000, ...denial };
      });
      const recorded = recordedWith(takeover, [waits]);
      const send = createSender();
      const chunks = [...make("client", send("hello")), ...make("client", send("hello"))];
      // The memory of a chunk belongs to others once the call is over.
      for (const chunk of chunks) {
        const borrowed = Buffer.from(chunk);
        recorded.send("client", borrowed);
        borrowed.fill(0xff);
      }
      expect(recorded.take("application")).toHaveLength(0);
      resolve();
      await promise;
      await Promise.resolve();
      expect(recorded.take("application")).toEqual(Buffer.concat(chunks));
      expect(seen).toEqual(["hello", "hello", "hello"]);
    });
  }

  it("inflates as before under the guards of another policy, streamed messages included (a reload)", () => {
    const recorded = recordedWith(takeover, [limits()]);
    const send = createSender();
    const chunks = ["hello there", "hello there"].map((plain) => compressed("client", send(plain), 1, 2));
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = chunks;
    recorded.send("client", first);
    const reload = (guards: readonly Guard[]): void => rebind(recorded.session, { id: "/chat", guards }, 1);
    reload([limits({ stream: true })]);
    recorded.send("client", second, 2);
    expect(recorded.take("application")).toEqual(Buffer.concat(chunks));
    reload([onMark(drop)]);
    recorded.send("client", compressed("client", send("!no")), 3);
    expect(recorded.codes).toEqual(["drop messageRate.messages", "close session.context-takeover"]);
  });

  const plain = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.constantFrom("!no", "hello hello hello", "x".repeat(3000)),
  );
  const message = fc.record({
    plain,
    opcode: fc.constantFrom(1, 2),
    compress: fc.boolean(),
    fragments: fc.integer({ min: 1, max: 4 }),
    ping: fc.boolean(),
  });

  it("comes to the same end under every split, of valid streams and of broken ones", () => {
    const cases = fc.record({
      messages: fc.array(message, { maxLength: 5 }),
      side: fc.constantFrom<Side>("client", "application"),
      deflate: fc.constantFrom(takeover, fresh),
      verdict: fc.constantFrom(drop, replaced, pass),
      change: fc.option(fc.tuple(fc.nat(), fc.nat(255))),
      sizes: fc.array(fc.integer({ min: 1, max: 50 }), { maxLength: 6 }),
    });
    fc.assert(
      fc.property(cases, ({ messages, side, deflate, verdict, change, sizes }) => {
        const send = createSender();
        const maskKey = maskOf(side);
        const frames = messages.flatMap(({ plain: text, opcode, compress, fragments, ping }) => {
          const payload = deflate.takeover && compress ? send(text) : deflated(text);
          const plainFrame = side === "client" ? fromClient(opcode, text) : fromApplication(opcode, text);
          const frame = compress ? compressed(side, payload, opcode, fragments) : Buffer.from(plainFrame);
          return ping ? [frame, serializeFrame({ opcode: 9, payload: Buffer.from("p"), maskKey })] : [frame];
        });
        const bytes = Buffer.concat(frames);
        if (change !== null && bytes.length > 0) bytes[change[0] % bytes.length] = change[1];
        const outcome = (chunks: readonly Uint8Array[]): unknown => {
          const recorded = recordedWith(deflate, [limits({ maxBytes: 2000 }), onMark(verdict)]);
          for (const chunk of chunks) recorded.send(side, chunk);
          return {
            far: recorded.take(farOf(side)).toString("hex"),
            near: recorded.takeLines(side),
            codes: recorded.codes,
            counts: recorded.session.counts(),
          };
        };
        const whole = outcome([bytes]);
        const chunks: Uint8Array[] = [];
        for (let at = 0; at < bytes.length; at += chunks.at(-1)?.length ?? 0)
          chunks.push(bytes.subarray(at, at + (sizes[chunks.length % sizes.length] ?? bytes.length)));
        expect(outcome(chunks)).toEqual(whole);
        expect(outcome([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
      }),
      { numRuns: 200 },
    );
  });
});
