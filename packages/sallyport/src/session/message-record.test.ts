import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { compressedFrame, deflated, inflatersOf, takeover } from "../../test/deflated.ts";
import { makeGuard, makeServices } from "../../test/handshake-fixture.ts";
import { closeBody, fromApplication, fromClient, RecordedSession } from "../../test/recorded-session.ts";
import { dialect } from "../guards/dialect.ts";
import type { ConnectionGuard, Guard, MessageVerdict } from "../guards/guard.ts";
import { pass } from "../guards/guard.ts";
import { messageSize } from "../guards/message-size.ts";
import type { MessageSink, RecordedMessage } from "./message-record.ts";

const denial = { code: "messageRate.messages", detail: "a test" } as const;

/** What a sink was told, copied: it is valid during the call only. */
class Sink implements MessageSink {
  readonly told: string[] = [];
  readonly codes: (string | null)[] = [];
  readonly contents: (string | null)[] = [];
  keeps = true;
  /** What the next record has to wait for. */
  room: Promise<void> | null = null;

  keepsNext(): boolean {
    return this.keeps;
  }

  take({ direction, opcode, size, verdict, name, code, content }: RecordedMessage): Promise<void> | null {
    const kind = opcode === 1 ? "text" : "binary";
    this.told.push([direction, kind, size, verdict, ...(name === null ? [] : [name])].join(" "));
    this.codes.push(code);
    this.contents.push(content === null ? null : Buffer.from(content).toString());
    return this.room;
  }
}

const obey: NonNullable<ConnectionGuard["message"]> = (asked, now): MessageVerdict => {
  const text = asked.text();
  if (text === "throw") throw new Error("a test");
  if (text === "drop" || text === "close" || text === "report") return { verdict: text, ...denial };
  if (text === "replace") return { verdict: "replace", payload: Buffer.from("another"), ...denial };
  if (text !== "wait") return pass;
  return { verdict: "wait", until: new Promise(() => {}), untilMs: now + 1000, ...denial };
};

/** A guard that answers what the message says: `drop`, `close`, `report`, `replace`, `throw`, `wait`; else it passes. */
function obedient(parts: Partial<Guard> = {}): Guard {
  const reads = { inbound: "text", outbound: "text" } as const;
  return { name: "messageRate", mode: "enforce", reads, open: () => ({ message: obey }), ...parts };
}

/** A guard that makes another message of each. */
const replacing = (type: string): Guard =>
  obedient({
    open: () => ({
      message: (): MessageVerdict => ({
        verdict: "replace",
        payload: Buffer.from(JSON.stringify({ type })),
        ...denial,
      }),
    }),
  });

interface Recorded {
  readonly sink: Sink;
  readonly recorded: RecordedSession;
}

function record(
  guards: readonly Guard[] = [],
  options: ConstructorParameters<typeof RecordedSession>[1] = {},
): Recorded {
  const sink = new Sink();
  return { sink, recorded: new RecordedSession(guards, { ...options, messages: sink }) };
}

async function streaming(): Promise<Guard> {
  return await makeGuard(messageSize, { stream: true });
}

describe("MessageRecord", () => {
  it.each(["hello", "close"])(
    "closes one connection where recording %s fails, and nothing escapes",
    (text) => {
      const { sink, recorded } = record([obedient()]);
      sink.take = () => {
        throw new Error("a test");
      };
      recorded.send("client", fromClient(1, text));
      recorded.send("client", fromClient(1, "again"));
      expect(recorded.takeLines("application").every((line) => line.startsWith("close"))).toBe(true);
      expect(recorded.takeLines("client").map((line) => line.slice(0, 10))).toEqual(["close 1011"]);
    },
  );

  it("tells every message that goes on, both ways, with its content unmasked, and no pings", () => {
    const { sink, recorded } = record();
    recorded.send(
      "client",
      Buffer.concat([fromClient(1, "hello"), fromClient(9, "ping"), fromClient(2, "abc")]),
    );
    recorded.send("application", fromApplication(1, "grüße"));
    expect(sink.told).toEqual(["inbound text 5 pass", "inbound binary 3 pass", "outbound text 7 pass"]);
    expect(sink.contents).toEqual(["hello", "abc", "grüße"]);
    expect(recorded.takeLines("application")).toEqual(["text hello", "ping ping", "binary abc"]);
  });

  it("tells a message in pieces once, whole", () => {
    const { sink, recorded } = record();
    const bytes = Buffer.concat([fromClient(1, "in ", false), fromClient(9), fromClient(0, "pieces")]);
    for (const byte of bytes) recorded.send("client", Uint8Array.of(byte));
    expect([sink.told, sink.contents]).toEqual([["inbound text 9 pass"], ["in pieces"]]);
  });

  it("tells what a compressed message says", () => {
    const { sink, recorded } = record([], { inflaters: inflatersOf(takeover) });
    const payload = deflated("hello ".repeat(100));
    recorded.send("client", compressedFrame({ opcode: 1, payload, maskKey: Buffer.alloc(4, 3) }));
    expect([sink.told, sink.contents]).toEqual([["inbound text 600 pass"], ["hello ".repeat(100)]]);
  });

  it("keeps no content where its sink wants none, and reads none then", () => {
    const { sink, recorded } = record();
    sink.keeps = false;
    recorded.send("client", fromClient(1, "hello"));
    expect([sink.told, sink.contents]).toEqual([["inbound text 5 pass"], [null]]);
  });

  it.each([
    ["report", ["text report"], ["report"]],
    ["drop", [], ["drop"]],
    ["replace", ["text another"], ["replace"]],
  ])("tells what was decided: %s, with the content as it came", (text, goesOn, verdicts) => {
    const { sink, recorded } = record([obedient()]);
    recorded.send("client", fromClient(1, text));
    expect(recorded.takeLines("application")).toEqual(goesOn);
    expect(sink.told).toEqual(verdicts.map((verdict) => `inbound text ${text.length} ${verdict}`));
    expect(sink.contents).toEqual([text]);
    expect(sink.codes).toEqual([denial.code]);
    recorded.send("client", fromClient(1, "next"));
    expect([sink.told[1], sink.codes[1]]).toEqual(["inbound text 4 pass", null]);
  });

  it("tells what would have been decided", () => {
    const { sink, recorded } = record([obedient({ mode: "observe" })]);
    recorded.send("client", fromClient(1, "close"));
    expect([sink.told, sink.codes]).toEqual([["inbound text 5 observe"], [denial.code]]);
  });

  it("tells the gravest of what several guards say", () => {
    const { sink, recorded } = record([obedient(), obedient({ mode: "observe" })]);
    recorded.send("client", fromClient(1, "report"));
    recorded.send("client", fromClient(1, "drop"));
    expect(sink.told).toEqual(["inbound text 6 observe", "inbound text 4 drop"]);
  });

  it.each([
    ["close", denial.code],
    ["throw", "session.guard-failed"],
  ])("tells the message that ended the connection: %s", (text, code) => {
    const { sink, recorded } = record([obedient()]);
    recorded.send("client", Buffer.concat([fromClient(1, text), fromClient(1, "never seen")]));
    expect([sink.told, sink.codes, sink.contents]).toEqual([[`inbound text 5 close`], [code], [text]]);
    expect(recorded.decisions[0]?.code).toBe(code);
  });

  it("tells a message that breaks a rule before it is whole, by what it announced", () => {
    const { sink, recorded } = record();
    const invalid = Buffer.concat([fromClient(1, "abc", false), fromClient(0, Buffer.from([0xff]), false)]);
    recorded.send("client", invalid);
    expect([sink.told, sink.codes]).toEqual([["inbound text 4 close"], ["protocol.invalid-utf8"]]);
    expect(sink.contents).toEqual([null]);
  });

  it("tells nothing of half a message where the connection ends for another reason", () => {
    const { sink, recorded } = record();
    recorded.send("client", fromClient(1, "half", false));
    recorded.session.close("session.draining", "a test", 1);
    expect(sink.told).toEqual([]);
  });

  it.each(["a close between its pieces", "a peer that goes", "a drain"])(
    "tells the part of a message that went on as it came, and was ended by %s",
    async (end) => {
      const { sink, recorded } = record([await streaming()]);
      recorded.send("application", fromApplication(2, "a secret", false));
      if (end === "a drain") recorded.session.close("session.draining", "a test", 1);
      else if (end === "a peer that goes") recorded.session.ended("client", 1);
      else recorded.send("application", fromApplication(8, closeBody(1000)));
      recorded.session.ended("application", 1);
      expect(sink.told).toEqual(["outbound binary 8 pass"]);
      expect(recorded.takeLines("client")[0]).toContain("a secret");
    },
  );

  it("tells nothing of a violation between two messages", () => {
    const { sink, recorded } = record();
    recorded.send("client", fromClient(3, "x"));
    expect([recorded.codes.length, sink.told]).toEqual([1, []]);
  });

  it("tells a message that nobody had judged when the connection ended", () => {
    const { sink, recorded } = record([obedient()]);
    recorded.send("client", fromClient(1, "wait"));
    recorded.session.ended("client", 1);
    expect([sink.told, sink.contents, sink.codes]).toEqual([["inbound text 4 close"], ["wait"], [null]]);
  });

  it("tells a message that had no room as dropped, and not those of the other way", () => {
    const waiting: Guard = {
      name: "slowConsumer",
      mode: "enforce",
      waiting: { policy: "drop", maxBytes: 10 },
    };
    const { sink, recorded } = record([obedient(), waiting]);
    recorded.send("client", fromClient(1, "wait"));
    recorded.full.client = true;
    recorded.waiting.client = 100;
    recorded.send("application", fromApplication(1, "hello"));
    expect([sink.told, sink.codes]).toEqual([["outbound text 5 drop"], ["slowConsumer.dropped"]]);
  });

  it("tells messages that go on as they come without their content, unless they come whole", async () => {
    const { sink, recorded } = record([await streaming()]);
    recorded.send("client", fromClient(1, "whole"));
    const [first, second] = [fromClient(1, "in ", false), fromClient(0, "pieces")];
    recorded.send("client", first);
    recorded.send("client", second);
    expect(sink.told).toEqual(["inbound text 5 pass", "inbound text 9 pass"]);
    expect(sink.contents).toEqual(["whole", null]);
  });

  it("tells what its dialect calls it, also where it is dropped", async () => {
    const spoken = await dialect.create(dialect.options.parse("json"), makeServices());
    const { sink, recorded } = record([spoken]);
    recorded.send("client", fromClient(1, '{"type":"join"}'));
    expect(sink.told).toEqual(["inbound text 15 pass join"]);
  });

  it("tells what it was called as it came, whatever guards made of it, one after the other", async () => {
    const spoken = await dialect.create(dialect.options.parse("json"), makeServices());
    const { sink, recorded } = record([spoken, replacing("second"), replacing("third")]);
    recorded.send("client", fromClient(1, '{"type":"join"}'));
    recorded.send("client", fromClient(1, '{"a":1}'));
    expect(recorded.takeLines("application")).toEqual(['text {"type":"third"}', 'text {"type":"third"}']);
    expect(sink.told).toEqual(["inbound text 15 replace join", "inbound text 7 replace"]);
  });

  it("reads no more from the sender while there is no room, and goes on when there is", async () => {
    const { sink, recorded } = record();
    const { promise, resolve } = Promise.withResolvers<void>();
    sink.room = promise;
    recorded.send("client", Buffer.concat([fromClient(1, "one"), fromClient(1, "two")]));
    expect(recorded.takeLines("application")).toEqual(["text one"]);
    expect(recorded.reading).toEqual({ client: false, application: true });
    recorded.send("application", fromApplication(1, "other way"));
    expect(recorded.takeLines("client")).toEqual(["text other way"]);
    sink.room = null;
    resolve();
    await new Promise(setImmediate);
    expect(recorded.takeLines("application")).toEqual(["text two"]);
    expect(recorded.reading).toEqual({ client: true, application: true });
    expect(sink.told).toHaveLength(3);
  });

  it("lets a connection end while there is no room: by its peers, by the gate, and by a drain, which lets go", async () => {
    for (const end of ["peer", "gate", "drain"] as const) {
      const { sink, recorded } = record();
      sink.room = new Promise(() => {});
      recorded.send("client", Buffer.concat([fromClient(1, "one"), fromClient(1, "two")]));
      if (end === "peer") recorded.session.ended("client", 1);
      if (end === "gate") recorded.session.close("messageRate.messages", "a test", 1);
      if (end === "drain") recorded.session.close("session.draining", "a test", 1);
      expect(recorded.takeLines("application").slice(0, 2)[0]).toBe("text one");
      expect(sink.told).toHaveLength(end === "drain" ? 2 : 1);
      recorded.send("application", fromApplication(8, closeBody(1001)), 2);
      recorded.session.gone("client", 3);
      recorded.session.gone("application", 3);
      expect(recorded.session.over).toBe(true);
    }
  });
});
