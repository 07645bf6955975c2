import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import {
  closeBody,
  fromApplication,
  fromClient,
  RecordedSession,
  rebind,
} from "../../test/recorded-session.ts";
import type { ConnectionGuard, Guard, Message, MessageVerdict, Mode } from "../guards/guard.ts";
import { pass } from "../guards/guard.ts";
import type { MessageLimits } from "../protocol/message-assembler.ts";
import { LONGEST_WAIT_MS } from "./vetting.ts";

const denial = { code: "messageRate.messages", detail: "a test" } as const;
const PATIENCE_MS = 5000;

/** A guard that waits with each message that begins with `?` until the test answers. */
class Waiter implements Guard {
  readonly name = "messageRate";
  readonly mode: Mode;
  readonly reads = { inbound: "text", outbound: "text" } as const;
  readonly asked: string[] = [];
  patienceMs = PATIENCE_MS;
  #answer: MessageVerdict | Error | null = null;
  #settle: ((fails: boolean) => void) | null = null;

  constructor(mode: Mode = "enforce") {
    this.mode = mode;
  }

  open(): ConnectionGuard {
    return { message: (message, now) => this.#message(message, now) };
  }

  /** Settles what the last message waits for, and says what becomes of it. */
  async answer(answer: MessageVerdict | Error | null = pass, fails = false): Promise<void> {
    this.#answer = answer;
    this.#settle?.(fails);
    await new Promise(setImmediate);
  }

  #message(message: Message, now: number): MessageVerdict {
    const text = message.text();
    this.asked.push(text);
    if (!text.startsWith("?")) return pass;
    const answer = this.#answer;
    this.#answer = null;
    if (answer instanceof Error) throw answer;
    if (answer !== null) return answer;
    const until = new Promise<void>((resolve, reject) => {
      this.#settle = (fails) => (fails ? reject(new Error("a test")) : resolve());
    });
    return { verdict: "wait", until, untilMs: now + this.patienceMs, ...denial };
  }
}

/** A guard that is asked about everything, and answers what a test says. */
function guard(message: ConnectionGuard["message"] & {}, parts: Partial<Guard> = {}): Guard {
  const reads = { inbound: "text", outbound: "text" } as const;
  return { name: "messageRate", mode: "enforce", reads, open: () => ({ message }), ...parts };
}

const streaming: MessageLimits = {
  maxBytes: 1000,
  maxFragments: 8,
  opcodes: "any",
  maxRatio: 100,
  finishWithinMs: 1000,
  stream: true,
};

/** Ways for the text `?ab` to come. */
const ways: Readonly<Record<string, (from: typeof fromClient) => readonly Uint8Array[]>> = {
  "in one frame": (from) => [from(1, "?ab")],
  "in fragments": (from) => [from(1, "?", false), from(9, "p"), from(0, "ab")],
  "in two chunks": (from) => [from(1, "?ab").subarray(0, 4), from(1, "?ab").subarray(4)],
};

describe("Vetting", () => {
  for (const [way, make] of Object.entries(ways)) {
    it(`keeps a message that came ${way} until its guard has an answer, then lets it go on byte for byte`, async () => {
      const waiter = new Waiter();
      const recorded = new RecordedSession([waiter]);
      const chunks = make(fromClient);
      for (const chunk of chunks) recorded.send("client", new Uint8Array(chunk));
      expect(recorded.takeLines("application").filter((line) => line !== "ping p")).toEqual([]);
      expect(recorded.reading.client).toBe(false);
      await waiter.answer();
      const frames = chunks.filter((chunk) => chunk[0] !== 0x89);
      expect(recorded.take("application")).toEqual(Buffer.concat(frames));
      expect(recorded.reading.client).toBe(true);
      expect(waiter.asked).toEqual(["?ab", "?ab"]);
    });
  }

  it("keeps the order of all that is behind: messages that wait too, pings, a message in fragments", async () => {
    const waiter = new Waiter();
    const recorded = new RecordedSession([waiter]);
    const chunk = Buffer.concat([
      fromClient(1, "before"),
      fromClient(1, "?1"),
      fromClient(9, "ping"),
      fromClient(1, "?2", false),
      fromClient(0, "!"),
      fromClient(1, "?3"),
    ]);
    recorded.send("client", chunk);
    chunk.fill(0);
    expect(recorded.takeLines("application")).toEqual(["text before"]);
    await waiter.answer();
    expect(recorded.takeLines("application")).toEqual(["text ?1", "ping ping"]);
    recorded.send("client", fromClient(1, "behind"));
    await waiter.answer();
    expect(recorded.takeLines("application")).toEqual(["text… ?2", "continuation !"]);
    await waiter.answer();
    expect(recorded.takeLines("application")).toEqual(["text ?3", "text behind"]);
    expect(recorded.reading.client).toBe(true);
    expect(recorded.codes).toEqual([]);
  });

  it("holds up neither the other direction, nor is held up by it", async () => {
    const waiter = new Waiter();
    const recorded = new RecordedSession([waiter]);
    recorded.send("client", fromClient(1, "?up"));
    recorded.send("application", fromApplication(1, "down"));
    expect([recorded.takeLines("client"), recorded.reading.application]).toEqual([["text down"], true]);
    await waiter.answer();
    recorded.send("application", fromApplication(1, "?down"));
    recorded.send("client", fromClient(1, "up"));
    expect(recorded.takeLines("application")).toEqual(["text ?up", "text up"]);
    await waiter.answer();
    expect(recorded.takeLines("client")).toEqual(["text ?down"]);
  });

  it("asks the guards before it once, and those behind it only then", async () => {
    const asked: string[] = [];
    const waiter = new Waiter();
    const tell = (name: string): Guard =>
      guard((message) => {
        asked.push(`${name} ${message.text()}`);
        return pass;
      });
    const recorded = new RecordedSession([tell("first"), waiter, tell("last")]);
    recorded.send("client", fromClient(1, "?a"));
    expect(asked).toEqual(["first ?a"]);
    await waiter.answer();
    expect(asked).toEqual(["first ?a", "last ?a"]);
  });

  it("asks again about a message as a guard before it replaced it", async () => {
    const waiter = new Waiter();
    const replaces = guard(() => ({ verdict: "replace", payload: Buffer.from("?new"), ...denial }));
    const recorded = new RecordedSession([replaces, waiter]);
    recorded.send("client", fromClient(1, "old"));
    await waiter.answer();
    expect(waiter.asked).toEqual(["?new", "?new"]);
    expect(recorded.takeLines("application")).toEqual(["text ?new"]);
  });

  it("does as the answer says: replace, drop, close", async () => {
    const waiter = new Waiter();
    const recorded = new RecordedSession([waiter]);
    recorded.send("client", fromClient(1, "?a"));
    await waiter.answer({ verdict: "replace", payload: Buffer.from("***") });
    recorded.send("client", fromClient(1, "?b"));
    await waiter.answer({ verdict: "drop", ...denial });
    recorded.send("client", Buffer.concat([fromClient(1, "?c"), fromClient(1, "d")]));
    await waiter.answer({ verdict: "close", ...denial });
    expect(recorded.takeLines("application")).toEqual(["text ***", "close 1008 sallyport:…"]);
    expect(recorded.takeLines("client")).toEqual(["close 4429 sallyport:…"]);
    expect(recorded.codes).toEqual(["drop messageRate.messages", "close messageRate.messages"]);
  });

  it("asks again, too, when what a guard waited for failed, and lets it wait once more", async () => {
    const waiter = new Waiter();
    const recorded = new RecordedSession([waiter]);
    recorded.send("client", fromClient(1, "?a"));
    await waiter.answer(null, true);
    expect([waiter.asked.length, recorded.reading.client]).toEqual([2, false]);
    await waiter.answer();
    expect(recorded.takeLines("application")).toEqual(["text ?a"]);
  });

  it("closes with what the guard said for that case when no answer has come in time", async () => {
    const waiter = new Waiter();
    const recorded = new RecordedSession([waiter]);
    recorded.send("client", Buffer.concat([fromClient(1, "?a"), fromClient(1, "b")]), 100);
    expect(recorded.session.deadline).toBe(100 + PATIENCE_MS);
    recorded.session.tick(99 + PATIENCE_MS);
    expect(recorded.codes).toEqual([]);
    recorded.session.tick(100 + PATIENCE_MS);
    expect(recorded.codes).toEqual(["close messageRate.messages"]);
    expect(recorded.takeLines("application")).toEqual(["close 1008 sallyport:…"]);
    await waiter.answer();
    expect(recorded.takeLines("application")).toEqual([]);
  });

  it("closes, too, where bytes come when the time is over and nobody has looked yet", () => {
    const recorded = new RecordedSession([new Waiter()]);
    recorded.send("client", fromClient(1, "?a"), 100);
    recorded.send("client", fromClient(1, "b"), 100 + PATIENCE_MS);
    expect(recorded.codes).toEqual(["close messageRate.messages"]);
  });

  it("lets a message wait ten seconds in all, whatever its guard says", async () => {
    const waiter = new Waiter();
    waiter.patienceMs = Number.POSITIVE_INFINITY;
    const recorded = new RecordedSession([waiter]);
    recorded.send("client", fromClient(1, "?a"), 100);
    recorded.now = 5000;
    await waiter.answer(null);
    expect(recorded.session.deadline).toBe(100 + LONGEST_WAIT_MS);
  });

  it("keeps a message back under observe as well, and lets it pass when the time is over", async () => {
    const waiter = new Waiter("observe");
    const recorded = new RecordedSession([waiter, guard(() => pass)]);
    recorded.send("client", Buffer.concat([fromClient(1, "?a"), fromClient(1, "?b")]), 100);
    expect(recorded.takeLines("application")).toEqual([]);
    recorded.session.tick(100 + PATIENCE_MS);
    expect(recorded.takeLines("application")).toEqual(["text ?a"]);
    await waiter.answer({ verdict: "close", ...denial });
    expect(recorded.takeLines("application")).toEqual(["text ?b"]);
    expect(recorded.codes).toEqual(["observe messageRate.messages", "observe messageRate.messages"]);
  });

  it("records a replacement only where it has a code, and replaces nothing under observe", () => {
    for (const [mode, text] of [
      ["enforce", "text ***"],
      ["observe", "text a"],
    ] as const) {
      const silent = guard(() => ({ verdict: "replace", payload: Buffer.from("***") }), { mode });
      const recorded = new RecordedSession([silent]);
      recorded.send("client", fromClient(1, "a"));
      expect([recorded.takeLines("application"), recorded.codes]).toEqual([[text], []]);
    }
  });

  it("records a report, lets the message pass as it is, and asks the guards behind", async () => {
    for (const mode of ["enforce", "observe"] as const) {
      const waiter = new Waiter();
      const reports = guard(() => ({ verdict: "report", ...denial }), { mode });
      const recorded = new RecordedSession([reports, waiter]);
      recorded.send("client", fromClient(1, "a"));
      expect(waiter.asked).toEqual(["a"]);
      expect(recorded.takeLines("application")).toEqual(["text a"]);
      expect(recorded.codes).toEqual([`${mode === "enforce" ? "report" : "observe"} messageRate.messages`]);
    }
  });

  it("goes on holding what a guard before it held, once the answer is there", async () => {
    const waiter = new Waiter();
    const holds = guard((_message, now) => ({ verdict: "hold", untilMs: now + 2000 }));
    const recorded = new RecordedSession([holds, waiter]);
    recorded.send("client", Buffer.concat([fromClient(1, "?a"), fromClient(1, "b")]), 100);
    recorded.now = 500;
    await waiter.answer();
    expect([recorded.takeLines("application"), recorded.reading.client]).toEqual([["text ?a"], false]);
    expect(recorded.session.deadline).toBe(2100);
    recorded.session.tick(2100);
    expect(recorded.takeLines("application")).toEqual(["text b"]);
  });

  it("closes on a guard that fails when it is asked again (fail closed)", async () => {
    const waiter = new Waiter();
    const recorded = new RecordedSession([waiter]);
    recorded.send("client", fromClient(1, "?a"));
    await waiter.answer(new Error("broken"));
    expect(recorded.takeLines("client")).toEqual(["close 1011 sallyport:…"]);
    expect(recorded.takeLines("application")).toEqual(["close 1001 sallyport:…"]);
  });

  it("closes on a guard that waits with a ping, or with what was streamed already", () => {
    const waits: MessageVerdict = {
      verdict: "wait",
      until: new Promise(() => undefined),
      untilMs: 1000,
      ...denial,
    };
    const ping = new RecordedSession([guard(() => waits, { controlFrames: true })]);
    ping.send("client", fromClient(9, "p"));
    const limits = guard(() => pass, { reads: {}, limits: { inbound: streaming, outbound: streaming } });
    const streamed = new RecordedSession([limits, guard(() => waits, { reads: { inbound: "size" } })]);
    streamed.send("client", fromClient(2, "a", false));
    streamed.send("client", fromClient(0, "b"));
    for (const recorded of [ping, streamed])
      expect([recorded.codes, recorded.takeLines("client")]).toEqual([
        ["close session.guard-failed"],
        ["close 1011 sallyport:…"],
      ]);
  });

  it("keeps a whole message of a streaming lane that no guard reads", async () => {
    let answer: MessageVerdict | null = null;
    const { promise, resolve } = Promise.withResolvers<void>();
    const limits = guard(() => pass, { reads: {}, limits: { inbound: streaming, outbound: streaming } });
    const waits = guard(() => answer ?? { verdict: "wait", until: promise, untilMs: 1000, ...denial }, {
      reads: { inbound: "size" },
    });
    const recorded = new RecordedSession([limits, waits]);
    recorded.send("client", fromClient(2, "whole"));
    expect(recorded.takeLines("application")).toEqual([]);
    answer = pass;
    resolve();
    await new Promise(setImmediate);
    expect(recorded.takeLines("application")).toEqual(["binary whole"]);
    recorded.send("client", fromClient(2, "a", false));
    recorded.send("client", fromClient(0, "b"));
    expect(recorded.takeLines("application")).toEqual(["binary… a", "continuation b"]);
  });

  it("lets the client's own Close come after the message that waits before it", async () => {
    const waiter = new Waiter();
    const recorded = new RecordedSession([waiter]);
    recorded.send("client", Buffer.concat([fromClient(1, "?a"), fromClient(8, closeBody(1000, "bye"))]));
    expect(recorded.takeLines("application")).toEqual([]);
    await waiter.answer();
    expect(recorded.takeLines("application")).toEqual(["text ?a", "close 1000 bye"]);
  });

  it.each<[string, (recorded: RecordedSession) => void, string]>([
    ["the client goes", ({ session }) => session.gone("client", 200), "close 1001"],
    [
      "the gate drains",
      ({ session }) => session.close("session.draining", "a test", 200),
      "close 1001 sallyport:…",
    ],
    [
      "the application closes",
      (recorded) => recorded.send("application", fromApplication(8, closeBody(1000)), 200),
      "",
    ],
  ])(
    "lets nothing unvetted go on when meanwhile %s, and forgets the late answer",
    async (_what, end, told) => {
      const waiter = new Waiter();
      const recorded = new RecordedSession([waiter]);
      recorded.send("client", Buffer.concat([fromClient(1, "?a"), fromClient(1, "b")]), 100);
      end(recorded);
      expect(recorded.takeLines("application").join()).toBe(told);
      for (const side of ["client", "application"] as const) recorded.session.gone(side, 300);
      await waiter.answer();
      expect(recorded.takeLines("application").filter((line) => !line.startsWith("close"))).toEqual([]);
      expect(recorded.closed).toMatchObject({ inbound: { messages: 0, bytes: 0 } });
    },
  );

  it("lets a change of policy come after the message that waits, and before the next", async () => {
    const [waiter, other] = [new Waiter(), new Waiter()];
    const recorded = new RecordedSession([waiter]);
    recorded.send("client", fromClient(1, "?a"));
    rebind(recorded.session, { id: "/other", guards: [other] }, 50);
    expect(recorded.rebounds).toBe(0);
    recorded.now = 60;
    await waiter.answer();
    recorded.send("client", fromClient(1, "b"), 70);
    expect(recorded.rebounds).toBe(1);
    expect([waiter.asked, other.asked]).toEqual([["?a", "?a"], ["b"]]);
    expect(recorded.takeLines("application")).toEqual(["text ?a", "text b"]);
  });
});
