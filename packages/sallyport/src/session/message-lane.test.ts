import { describe, expect, it } from "vitest";
import {
  facts,
  fromClient,
  counter,
  framesOf,
  describeFrame,
  closeBody,
  rebind,
} from "../../test/recorded-session.ts";
import { compressedFrame, deflated, fresh, inflatersOf } from "../../test/deflated.ts";
import type { ClosedEvent, SallyportEvent } from "../events.ts";
import { pass, passForAll, type Guard, type Message, type MessageVerdict } from "../guards/guard.ts";
import { messageSize } from "../guards/message-size.ts";
import { makeServices } from "../../test/handshake-fixture.ts";
import { opcode as op } from "../protocol/opcode.ts";
import type { Inflaters } from "./lane-host.ts";
import type { MessageSink, RecordedMessage } from "./message-record.ts";
import { OutgoingStream } from "./outgoing-stream.ts";
import { encodeMessage } from "./outgoing-message.ts";
import { Session } from "./session.ts";
import type { SessionPort, Side } from "./session-port.ts";

/** A session whose application takes messages, between ends that only record. */
class MessageSession implements SessionPort {
  readonly session: Session;
  readonly events: SallyportEvent[] = [];
  readonly delivered: string[] = [];
  readonly calls: string[] = [];
  readonly waiting: Record<Side, number> = { client: 0, application: 0 };
  takes = true;
  full = false;
  #written: Uint8Array[] = [];

  constructor(guards: readonly Guard[] = [], messages: MessageSink | null = null, inflaters?: Inflaters) {
    const emit = (event: SallyportEvent): void => void this.events.push(event);
    const options = { facts, route: "/", guards, port: this, emit, random: counter(), messages };
    this.session = new Session({ ...options, ...(inflaters && { inflaters }), delivers: true });
  }

  write(side: Side, pieces: readonly Uint8Array[]): boolean {
    this.calls.push(`write ${side}`);
    if (side === "client") this.#written.push(...pieces.map((piece) => new Uint8Array(piece)));
    return !this.full;
  }

  deliver(opcode: number, payload: Uint8Array, goesOn: boolean): boolean {
    this.delivered.push(`${opcode} ${Buffer.from(payload).toString()}${goesOn ? "…" : ""}`);
    return this.takes;
  }

  end(side: Side): void {
    this.calls.push(`end ${side}`);
  }

  destroy(side: Side): void {
    this.calls.push(`destroy ${side}`);
  }

  setReading(side: Side, reading: boolean): void {
    if (side === "client") this.calls.push(reading ? "read" : "pause");
  }

  reschedule(): void {}
  rebound(): void {}

  due(): void {
    this.session.tick(1);
  }

  waitingBytes(side: Side): number {
    return this.waiting[side];
  }

  send(data: string | Uint8Array, opcode: number = op.text): void {
    this.session.send({ opcode, data }, 0);
  }

  lines(): readonly string[] {
    this.session.flush(0);
    return framesOf(Buffer.concat(this.#written.splice(0)), false).map(describeFrame);
  }

  get codes(): readonly string[] {
    return this.events.flatMap((event) =>
      event.type === "decision" ? [`${event.verdict} ${event.code}`] : [],
    );
  }

  get closed(): ClosedEvent | undefined {
    return this.events.find((event) => event.type === "closed");
  }
}

function guardOf(message: (message: Message) => MessageVerdict, more: Partial<Guard> = {}): Guard {
  return {
    name: "leak",
    mode: "enforce",
    reads: { inbound: "bytes", outbound: "text" },
    open: () => ({ message }),
    ...more,
  };
}

const size = async (options: object): Promise<Guard> =>
  await messageSize.create(messageSize.options.parse(options), makeServices());
const verdict = (name: "close" | "drop" | "report"): MessageVerdict => ({
  verdict: name,
  code: "leak.closed",
  detail: "",
});

describe("a session whose application takes messages", () => {
  it("delivers what passed, unmasked and whole, and answers pings itself", () => {
    const here = new MessageSession();
    here.session.receive("client", fromClient(op.text, "one, ", false), 0);
    here.session.receive("client", fromClient(op.ping, "?"), 0);
    here.session.receive("client", fromClient(op.continuation, "two"), 0);
    here.session.receive("client", fromClient(op.binary, "bytes"), 0);
    expect(here.delivered).toEqual(["1 one, two", "2 bytes"]);
    expect(here.lines()).toEqual(["pong ?"]);
  });

  it("delivers what a guard made of it", () => {
    const here = new MessageSession([
      guardOf(() => ({ verdict: "replace", payload: Buffer.from("hidden") })),
    ]);
    here.session.receive("client", fromClient(op.text, "secret"), 0);
    expect(here.delivered).toEqual(["1 hidden"]);
  });

  it("reads no further while the application takes no more", () => {
    const here = new MessageSession();
    here.takes = false;
    here.session.receive("client", fromClient(op.text, "one"), 0);
    expect(here.calls.at(-1)).toBe("pause");
    here.session.drained("application", 0);
    expect(here.calls.at(-1)).toBe("read");
  });

  it("inflates no more of one read than the application takes, one message at a time (RFC 7692)", async () => {
    const here = new MessageSession([], null, inflatersOf(fresh));
    here.takes = false;
    const maskKey = Uint8Array.of(1, 2, 3, 4);
    const frames = ["one", "two", "three"].map((text) =>
      compressedFrame({ opcode: op.text, payload: deflated(text), maskKey }),
    );
    here.session.receive("client", Buffer.concat(frames), 0);
    expect(here.delivered).toEqual(["1 one"]);
    here.session.drained("application", 0);
    await Promise.resolve();
    await Promise.resolve();
    expect(here.delivered).toEqual(["1 one", "1 two"]);
    here.session.close("session.draining", "", 0);
    expect(here.delivered).toEqual(["1 one", "1 two", "1 three"]);
  });

  it("delivers a message in pieces as they come, where the route streams and no guard reads it", async () => {
    const here = new MessageSession([await size({ stream: true })]);
    const frame = fromClient(op.text, "onetwo", false);
    here.session.receive("client", frame.subarray(0, 9), 0);
    here.session.receive("client", frame.subarray(9), 0);
    here.session.receive("client", fromClient(op.continuation, "", true), 0);
    here.session.receive("client", fromClient(op.text, "whole"), 0);
    expect(here.delivered).toEqual(["1 one…", "1 two…", "0 …", "1 ", "1 whole"]);
    const reads = new MessageSession([await size({ stream: true }), guardOf(() => pass)]);
    reads.session.receive("client", fromClient(op.text, "one", false), 0);
    expect(reads.delivered).toEqual([]);
  });

  it("sends a message in fragments, has others wait for its end, and can be taken back before its first", async () => {
    const here = new MessageSession([await size({ stream: true })]);
    const states: string[] = [];
    const [one, two] = [op.text, op.binary].map((opcode) => {
      const stream: OutgoingStream = new OutgoingStream(opcode, () => states.push(stream.state));
      here.session.send(stream, 0);
      return stream;
    });
    if (one === undefined || two === undefined) throw new Error("two were made");
    expect([one.state, two.state, here.session.bound.outgoing?.streams]).toEqual(["open", "waits", true]);
    here.send("behind");
    here.session.send({ stream: one, piece: "a" }, 0);
    here.session.send({ stream: two, piece: "not its turn" }, 0);
    here.session.send({ stream: one, piece: "b" }, 0);
    here.session.ping(Buffer.from("?"), 0);
    expect(here.session.bound.calm).toBe(false);
    here.session.send({ stream: one, piece: null }, 0);
    here.session.send({ stream: two, piece: undefined }, 0);
    here.session.shut(1000, "", 0);
    const lines = here.lines();
    expect(lines.length).toBe(6);
    expect(lines.filter((line) => !line.startsWith("ping"))).toEqual([
      "text… a",
      "continuation… b",
      "continuation",
      "text behind",
      "close 1000",
    ]);
    expect(states).toEqual(["open", "open"]);
    expect([here.session.counts().outbound.messages, here.session.counts().outbound.bytes]).toEqual([2, 8]);
  });

  it.each([
    ["text that is not UTF-8", [Uint8Array.of(0xff)], "close protocol.invalid-utf8"],
    ["text that ends within a character", [Uint8Array.of(0xc3), null], "close protocol.invalid-utf8"],
    ["too many bytes", ["x".repeat(100), "x"], "close messageSize.bytes"],
  ] as const)("ends the connection over %s in a message that is streamed", async (_what, pieces, code) => {
    const here = new MessageSession([await size({ stream: true, outbound: "100B" })]);
    const stream = new OutgoingStream(op.text, () => {});
    here.session.send(stream, 0);
    for (const piece of pieces) here.session.send({ stream, piece }, 0);
    expect(here.codes).toEqual([code]);
  });

  it("ends the connection where a guard lets a message not pass that has been streamed", async () => {
    const guard = guardOf(() => verdict("drop"), { reads: { outbound: "size" } });
    const here = new MessageSession([await size({ stream: true }), guard]);
    const stream = new OutgoingStream(op.text, () => {});
    here.session.send(stream, 0);
    for (const piece of ["one", null]) here.session.send({ stream, piece }, 0);
    expect(here.codes).toEqual(["drop leak.closed", "close session.guard-failed"]);
  });

  it("answers the latest ping alone where the client takes nothing (RFC 6455 5.5.3)", () => {
    const here = new MessageSession();
    here.full = true;
    here.send("x");
    here.session.flush(0);
    for (const text of ["1", "2"]) here.session.receive("client", fromClient(op.ping, text), 0);
    here.full = false;
    expect(here.lines()).toEqual(["text x"]);
    here.session.drained("client", 0);
    expect(here.lines()).toEqual(["pong 2"]);
  });

  it("encodes each message once, and writes those of a turn as one", () => {
    const here = new MessageSession();
    here.send("one");
    here.send(Buffer.from("two"), op.binary);
    here.session.send(encodeMessage(op.text, "three", true), 0);
    here.send("x".repeat(70_000));
    expect(here.calls.filter((call) => call === "write client")).toHaveLength(1);
    expect(here.lines().map((line) => line.slice(0, 12))).toEqual([
      "text one",
      "binary two",
      "text three",
      "text xxxxxxx",
    ]);
    expect(here.session.counts().outbound).toEqual({ messages: 4, bytes: 70_011 });
  });

  it("keeps the frames of several sessions apart", () => {
    const [one, two] = [new MessageSession(), new MessageSession()];
    for (const text of ["a", "b"]) for (const here of [one, two]) here.send(text.repeat(9000));
    expect(one.lines().map((line) => line.length)).toEqual([9005, 9005]);
    expect(two.lines().map((line) => line[5])).toEqual(["a", "b"]);
  });

  it("drops, replaces and closes as its guards say of what the application sends", () => {
    const here = new MessageSession([
      guardOf((message) => {
        if (message.text() === "drop") return verdict("drop");
        if (message.text() === "hide")
          return { verdict: "replace", payload: Buffer.from("****"), code: "leak.redacted", detail: "" };
        return message.text() === "close" ? verdict("close") : pass;
      }),
    ]);
    for (const text of ["a", "drop", "hide", "b", "close", "c"]) here.send(text);
    expect(here.lines()).toEqual(["text a", "text ****", "text b", "close 1001 sallyport:…"]);
    expect(here.codes).toEqual(["drop leak.closed", "replace leak.redacted", "close leak.closed"]);
  });

  it("shows a message for many to a guard once where it passes for all, and to each where it does not", () => {
    const asked: string[] = [];
    const alike = guardOf(() => (asked.push("alike"), passForAll));
    const each = guardOf(() => (asked.push("each"), pass));
    const sessions = [1, 2, 3].map(() => new MessageSession([alike, each]));
    const message = encodeMessage(op.text, "news", true);
    for (const here of sessions) here.session.send(message, 0);
    expect(asked).toEqual(["alike", "each", "each", "each"]);
    for (const here of sessions) expect(here.lines()).toEqual(["text news"]);
  });

  it("holds what the application sends to its size, its kind and UTF-8 (RFC 6455 5.6, 8.1)", async () => {
    const guard = await size({ outbound: "10B" });
    const { limits } = guard;
    if (limits === undefined) throw new Error("it has limits");
    const limited = [
      { ...guard, limits: { ...limits, outbound: { ...limits.outbound, opcodes: "text" as const } } },
    ];
    for (const [data, opcode, code] of [
      ["x".repeat(11), op.text, "messageSize.bytes"],
      [Buffer.from("x"), op.binary, "messageSize.opcode"],
      [Buffer.from("ff", "hex"), op.text, "protocol.invalid-utf8"],
    ] as const) {
      const here = new MessageSession(limited);
      here.send(data, opcode);
      expect([here.codes, here.lines()]).toEqual([[`close ${code}`], ["close 1001 sallyport:…"]]);
      here.send("nothing goes on");
      expect(here.lines()).toEqual([]);
    }
  });

  it("keeps order behind a message that a guard waits with, and the Close behind all", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let asked = 0;
    const here = new MessageSession([
      guardOf((message) => {
        if (message.text() !== "first" || asked++ > 0) return pass;
        return { verdict: "wait", until: promise, untilMs: 100, code: "leak.closed", detail: "" };
      }),
    ]);
    const first = Buffer.from("first");
    here.send(first);
    first.fill(0);
    here.send("second");
    here.session.send(encodeMessage(op.text, "third", false), 0);
    here.session.shut(4000, "bye", 0);
    here.send("too late");
    expect(here.lines()).toEqual([]);
    expect(here.session.outlets.full).toBe(true);
    resolve();
    await promise;
    await Promise.resolve();
    expect(here.lines()).toEqual(["text first", "text second", "text third", "close 4000 bye"]);
  });

  it("closes where what waits behind a guard is more than may wait", () => {
    const here = new MessageSession([
      guardOf(() => ({
        verdict: "wait",
        until: new Promise(() => {}),
        untilMs: 100,
        code: "leak.closed",
        detail: "",
      })),
      { name: "slowConsumer", mode: "enforce", waiting: { policy: "close", maxBytes: 100 } },
    ]);
    for (let sent = 0; sent < 4; sent++) here.send("x".repeat(60));
    expect(here.codes).toEqual(["close slowConsumer.bytes"]);
  });

  it("is judged by other guards from the message on that follows a reload", () => {
    const here = new MessageSession();
    here.send("before");
    rebind(here.session, { id: "/", guards: [guardOf(() => verdict("drop"))] }, 0);
    here.send("behind");
    expect([here.lines(), here.codes]).toEqual([["text before"], ["drop leak.closed"]]);
  });

  it("sends what a guard holds back before a drain ends it", () => {
    const here = new MessageSession([guardOf(() => ({ verdict: "hold", untilMs: 5000 }))]);
    for (const text of ["one", "two", "three"]) here.send(text);
    expect(here.lines()).toEqual(["text one"]);
    here.session.close("session.draining", "", 0);
    expect(here.lines()).toEqual(["text two", "text three", "close 1012 sallyport:…"]);
  });

  it("records what is sent, and sends nothing while there is no room to record more", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const told: string[] = [];
    const sink: MessageSink = {
      keepsNext: () => true,
      take({ verdict: outcome, content }: RecordedMessage) {
        told.push(`${outcome} ${Buffer.from(content ?? []).toString()}`);
        return told.length === 1 ? promise : null;
      },
    };
    const here = new MessageSession([], sink);
    here.send("one");
    here.send("two");
    expect([here.lines(), told]).toEqual([["text one"], ["pass one"]]);
    resolve();
    await promise;
    await Promise.resolve();
    expect([here.lines(), told]).toEqual([["text two"], ["pass one", "pass two"]]);
  });

  it("passes the application's Close on, with its reason or without a code, and tells how it ended", () => {
    for (const [code, line] of [
      [4001, "close 4001 why"],
      [null, "close"],
    ] as const) {
      const here = new MessageSession();
      here.send("before");
      here.session.shut(code, "why", 0);
      expect(here.lines()).toEqual(["text before", line]);
      expect(here.session.end).toMatchObject({ by: "application", code: code ?? 1005 });
      here.session.receive("client", fromClient(op.close, closeBody(1000)), 0);
      expect(here.calls).toContain("end client");
      here.session.gone("client", 0);
      here.session.gone("application", 0);
      expect(here.closed).toMatchObject({ closedBy: "application", closeCode: code ?? 1005 });
    }
  });

  it("answers a client's Close by its code, and tells the application code and reason", () => {
    const here = new MessageSession();
    here.session.receive("client", fromClient(op.close, closeBody(4002, "mine")), 0);
    here.session.ended("application", 0);
    expect(here.lines()).toEqual(["close 4002"]);
    expect(here.session.end).toEqual({ by: "client", code: 4002, reason: "mine", clientCode: 4002 });
  });

  it("closes where a guard throws at what the application sends (1011)", () => {
    const here = new MessageSession([
      guardOf(() => {
        throw new Error("broken");
      }),
    ]);
    here.send("x");
    expect(here.lines()).toEqual(["close 1011 sallyport:…"]);
  });
});
