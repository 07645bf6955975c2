import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import {
  closeBody,
  counter,
  describeFrame,
  facts,
  framesOf,
  fromApplication,
  fromClient,
  RecordedSession,
} from "../../test/recorded-session.ts";
import type { Direction } from "../events.ts";
import type { ConnectionView } from "../guards/connection-view.ts";
import type {
  ConnectionGuard,
  Guard,
  Message,
  MessageVerdict,
  Mode,
  Reads,
  TimerVerdict,
} from "../guards/guard.ts";
import { pass } from "../guards/guard.ts";
import type { MessageLimits } from "../protocol/message-assembler.ts";
import { Session } from "./session.ts";

const denial = { code: "messageRate.messages", detail: "a test" } as const;
const close: MessageVerdict = { verdict: "close", ...denial };
const drop: MessageVerdict = { verdict: "drop", ...denial };
const replaceBy = (text: string): MessageVerdict => ({
  verdict: "replace",
  payload: Buffer.from(text),
  ...denial,
});

interface GuardParts extends Partial<Guard> {
  readonly asks?: Reads;
  readonly message?: (message: Message, now: number) => MessageVerdict;
  readonly tick?: (now: number, view: ConnectionView) => TimerVerdict;
  readonly end?: () => void;
}

/** A guard made of what a test needs. */
function guard(parts: GuardParts = {}): Guard {
  const { asks = "text", message, tick, end, ...rest } = parts;
  const connection: ConnectionGuard = {
    ...(message !== undefined && { message }),
    ...(tick !== undefined && { tick }),
    ...(end !== undefined && { end }),
  };
  return {
    name: "messageRate",
    mode: "enforce",
    ...(message !== undefined && { reads: { inbound: asks, outbound: asks } }),
    open: () => connection,
    ...rest,
  };
}

function limits(chosen: Partial<MessageLimits> = {}): Guard {
  const lane: MessageLimits = {
    maxBytes: 1000,
    maxFragments: 8,
    opcodes: "any",
    maxRatio: 100,
    finishWithinMs: 1000,
    stream: false,
    ...chosen,
  };
  return guard({ name: "messageSize", limits: { inbound: lane, outbound: lane } });
}

/** Decides about messages that begin with `!`. */
const onMark = (verdict: MessageVerdict, mode: Mode = "enforce"): Guard =>
  guard({ mode, message: (message) => (message.text().startsWith("!") ? verdict : pass) });

const holdMarked = (): Guard =>
  guard({
    controlFrames: true,
    message: (message, now) =>
      message.text().startsWith("!") ? { verdict: "hold", untilMs: now + 100 } : pass,
  });

const consumer = (policy: "close" | "drop", mode: Mode = "enforce"): Guard =>
  guard({ name: "slowConsumer", mode, waiting: { policy, maxBytes: 100 } });

const half = (frame: Uint8Array): Uint8Array => frame.subarray(0, frame.length - 2);

/** Three ways for the text `!ab` to come: in one frame, in fragments, and in two chunks that cut a frame. */
const ways: Readonly<Record<string, (from: typeof fromClient) => readonly Uint8Array[]>> = {
  whole: (from) => [from(1, "!ab")],
  fragmented: (from) => [from(1, "!", false), from(0, "ab")],
  split: (from) => {
    const frame = from(1, "!ab");
    return [frame.subarray(0, frame.length - 2), frame.subarray(frame.length - 2)];
  },
};

describe("Session verdicts", () => {
  for (const [way, make] of Object.entries(ways)) {
    it(`passes a ${way} message byte for byte, both ways`, () => {
      const recorded = new RecordedSession([onMark(pass)]);
      for (const chunk of make(fromClient)) recorded.send("client", chunk);
      for (const chunk of make(fromApplication)) recorded.send("application", chunk);
      expect(recorded.take("application")).toEqual(Buffer.concat(make(fromClient)));
      expect(recorded.take("client")).toEqual(Buffer.concat(make(fromApplication)));
      expect(recorded.codes).toEqual([]);
    });

    it(`drops a ${way} message and carries on`, () => {
      const recorded = new RecordedSession([onMark(drop)]);
      for (const chunk of make(fromClient)) recorded.send("client", chunk);
      recorded.send("client", fromClient(1, "next"));
      expect(recorded.takeLines("application")).toEqual(["text next"]);
      expect(recorded.codes).toEqual(["drop messageRate.messages"]);
    });

    it(`replaces a ${way} message by a single new frame, masked anew towards the application`, () => {
      const recorded = new RecordedSession([onMark(replaceBy("***"))]);
      for (const chunk of make(fromClient)) recorded.send("client", chunk);
      for (const chunk of make(fromApplication)) recorded.send("application", chunk);
      expect(recorded.take("client").toString("hex")).toBe("81032a2a2a");
      const written = recorded.take("application");
      expect(framesOf(written, true).map(describeFrame)).toEqual(["text ***"]);
      expect(written.subarray(2, 6).toString("hex")).not.toBe("37fa213d");
      expect(recorded.codes).toEqual(["replace messageRate.messages", "replace messageRate.messages"]);
    });

    it(`closes at a ${way} message: the client gets the code, the application 1008`, () => {
      const recorded = new RecordedSession([onMark(close)]);
      for (const chunk of make(fromClient)) recorded.send("client", chunk);
      expect(recorded.takeLines("client")).toEqual(["close 4429 sallyport:…"]);
      expect(recorded.takeLines("application")).toEqual(["close 1008 sallyport:…"]);
      expect(recorded.codes).toEqual(["close messageRate.messages"]);
    });

    it(`lets a ${way} message pass under observe, and records what it would have done`, () => {
      for (const verdict of [drop, close, replaceBy("***")]) {
        const recorded = new RecordedSession([onMark(verdict, "observe")]);
        for (const chunk of make(fromClient)) recorded.send("client", chunk);
        expect(recorded.take("application")).toEqual(Buffer.concat(make(fromClient)));
        expect(recorded.codes).toEqual(["observe messageRate.messages"]);
      }
    });
  }

  it("tells the application the code and the client 1001 when the application offends", () => {
    const recorded = new RecordedSession([onMark(close)]);
    recorded.send("application", fromApplication(1, "!"));
    expect(recorded.takeLines("application")).toEqual(["close 4429 sallyport:…"]);
    expect(recorded.takeLines("client")).toEqual(["close 1001 sallyport:…"]);
  });

  it("gives the peer the incident id that the decision has, and nothing more", () => {
    const recorded = new RecordedSession([onMark(close)]);
    recorded.send("client", fromClient(1, "!"));
    const reason = recorded.takeFrames("client")[0]?.payload.subarray(2).toString();
    expect(reason).toBe(`sallyport:${recorded.decisions[0]?.incident}`);
    expect(recorded.decisions[0]).toMatchObject({
      session: "session-1",
      route: "/chat",
      direction: "inbound",
      guard: "messageRate",
      detail: "a test",
    });
  });

  it("forwards what passed before a message that closes, in front of the Close", () => {
    const recorded = new RecordedSession([onMark(close)]);
    recorded.send("client", Buffer.concat([fromClient(1, "a"), fromClient(1, "!"), fromClient(1, "b")]));
    expect(recorded.takeLines("application")).toEqual(["text a", "close 1008 sallyport:…"]);
  });

  it("shows a later guard what an earlier one replaced, and forwards the last", () => {
    const seen: string[] = [];
    const second = guard({
      message: (message) => {
        seen.push(`${message.text()} ${message.size}`);
        return replaceBy("second");
      },
    });
    const recorded = new RecordedSession([onMark(replaceBy("first")), second]);
    recorded.send("client", fromClient(1, "!"));
    expect(seen).toEqual(["first 5"]);
    expect(recorded.takeLines("application")).toEqual(["text second"]);
  });

  it("replaces a ping, and not the message after it", () => {
    const pings = guard({
      controlFrames: true,
      message: (message) => (message.opcode === 9 ? replaceBy("new") : pass),
    });
    const recorded = new RecordedSession([pings]);
    recorded.send("client", Buffer.concat([fromClient(9, "old"), fromClient(1, "text")]));
    expect(recorded.takeLines("application")).toEqual(["ping new", "text text"]);
  });

  it("closes when a guard replaces a ping by what no control frame can hold (RFC 6455 5.5)", () => {
    const recorded = new RecordedSession([
      guard({ controlFrames: true, message: () => replaceBy("x".repeat(126)) }),
    ]);
    recorded.send("client", fromClient(9, "old"));
    expect(recorded.codes.at(-1)).toBe("close session.guard-failed");
    expect(recorded.takeLines("application")).toEqual(["close 1008 sallyport:…"]);
  });

  it("drops a ping that a guard drops", () => {
    const recorded = new RecordedSession([guard({ controlFrames: true, message: () => drop })]);
    recorded.send("client", fromClient(9, "old"));
    expect(recorded.takeLines("application")).toEqual([]);
  });

  it("closes when a guard throws: 1011 to the client, 1001 to the application (fail closed)", () => {
    for (const mode of ["enforce", "observe"] as const) {
      const fails = guard({
        mode,
        message: (message) => {
          if (message.text() === "!") throw new Error("the cause");
          return pass;
        },
      });
      const recorded = new RecordedSession([fails]);
      recorded.send("client", Buffer.concat([fromClient(1, "a"), fromClient(1, "!"), fromClient(8)]));
      expect(recorded.takeLines("client")).toEqual(["close 1011 sallyport:…"]);
      expect(recorded.takeLines("application")).toEqual(["text a", "close 1001 sallyport:…"]);
      expect(recorded.codes).toEqual(["close session.guard-failed"]);
      expect(recorded.decisions[0]?.detail).toContain("the cause");
      expect(recorded.calls).toContain("end client");
    }
  });

  it("closes when a guard's timer throws, or throws what is no error", () => {
    const fails = guard({
      tick: () => {
        // eslint-disable-next-line no-throw-literal, typescript/only-throw-error
        throw "a string";
      },
    });
    const recorded = new RecordedSession([fails]);
    recorded.session.tick(0);
    expect(recorded.takeLines("client")).toEqual(["close 1011 sallyport:…"]);
    expect(recorded.decisions[0]?.detail).toBe("a string");
  });

  it("ends every guard once, even when one of them throws", () => {
    const ended: string[] = [];
    const first = guard({
      end: () => {
        ended.push("first");
        throw new Error("late");
      },
    });
    const recorded = new RecordedSession([first, guard({ end: () => ended.push("second") })]);
    recorded.session.gone("client", 1);
    recorded.session.gone("application", 2);
    recorded.session.gone("application", 3);
    expect(ended).toEqual(["first", "second"]);
    expect(recorded.codes).toEqual(["close session.guard-failed"]);
    expect(recorded.closed).toBeDefined();
  });
});

describe("Session reads", () => {
  it("unmasks no payload when no guard reads it", () => {
    const seen: [number, number, number][] = [];
    const message = (shown: Message): MessageVerdict => {
      seen.push([shown.opcode, shown.size, shown.bytes().length]);
      return pass;
    };
    const recorded = new RecordedSession([guard({ asks: "size", message })]);
    recorded.send("client", fromClient(2, "abc"));
    recorded.send("client", Buffer.concat([fromClient(2, "ab", false), fromClient(0, "c")]));
    expect(seen).toEqual([
      [2, 3, 0],
      [2, 3, 0],
    ]);
  });

  it("does not ask a guard about the direction it does not read", () => {
    const asked: Direction[] = [];
    const message = (shown: Message): MessageVerdict => {
      asked.push(shown.direction);
      return pass;
    };
    const recorded = new RecordedSession([guard({ message, reads: { outbound: "bytes" } })]);
    recorded.send("client", fromClient(1, "a"));
    recorded.send("application", fromApplication(1, "b"));
    expect(asked).toEqual(["outbound"]);
  });

  it("parses JSON once for all guards, and says undefined where there is none", () => {
    const seen: unknown[] = [];
    const message = (shown: Message): MessageVerdict => {
      seen.push(shown.json());
      return pass;
    };
    const reader = guard({ asks: "json", message });
    const recorded = new RecordedSession([reader, reader]);
    recorded.send("client", fromClient(1, '{"a":[1]}'));
    recorded.send("client", fromClient(1, "no"));
    expect(seen[0]).toEqual({ a: [1] });
    expect(seen[1]).toBe(seen[0]);
    expect(seen.slice(2)).toEqual([undefined, undefined]);
  });

  it("asks about pings and pongs only who asks for them", () => {
    const asked: string[] = [];
    const asks = (name: string, controlFrames: boolean): Guard =>
      guard({
        controlFrames,
        message: (shown) => {
          asked.push(`${name} ${shown.opcode} ${Buffer.from(shown.bytes()).toString()}`);
          return pass;
        },
      });
    const recorded = new RecordedSession([asks("yes", true), asks("no", false)]);
    const pong = fromClient(10, "late");
    recorded.send("client", Buffer.concat([fromClient(9, "now"), pong.subarray(0, 8)]));
    recorded.send("client", pong.subarray(8));
    expect(asked).toEqual(["yes 9 now", "yes 10 late"]);
    expect(recorded.takeLines("application")).toEqual(["ping now", "pong late"]);
  });
});

describe("Session close handshakes", () => {
  it("relays the client's Close and the application's answer, and ends both sockets (RFC 6455 7.1)", () => {
    const recorded = new RecordedSession();
    recorded.send("client", fromClient(8, closeBody(1000, "bye")), 5);
    expect(recorded.calls).toEqual(["write application"]);
    recorded.send("application", fromApplication(8, closeBody(1000)), 6);
    expect(recorded.calls.slice(1)).toEqual(["write client", "end client", "end application"]);
    recorded.session.gone("client", 7);
    expect(recorded.closed).toBeUndefined();
    recorded.session.gone("application", 8);
    expect(recorded.closed).toMatchObject({ closedBy: "client", closeCode: 1000, durationMs: 8 });
    expect(recorded.session.over).toBe(true);
    expect(recorded.session.deadline).toBe(Number.POSITIVE_INFINITY);
    expect(recorded.codes).toEqual([]);
    recorded.session.tick(9);
    recorded.session.gone("client", 10);
    expect(recorded.events).toHaveLength(1);
  });

  it("knows who began", () => {
    const recorded = new RecordedSession();
    recorded.send("application", fromApplication(8));
    recorded.send("client", fromClient(8, closeBody(4000)));
    recorded.session.gone("application", 1);
    recorded.session.gone("client", 1);
    expect(recorded.closed).toMatchObject({ closedBy: "application", closeCode: 1005 });
  });

  it("destroys both sockets when a Close is not answered in time, after it has answered itself", () => {
    const recorded = new RecordedSession([], { closeWithinMs: 100 });
    recorded.send("client", fromClient(8), 10);
    expect(recorded.session.deadline).toBe(110);
    recorded.session.tick(110);
    expect(recorded.takeLines("client")).toEqual(["close"]);
    expect(recorded.calls.slice(-2)).toEqual(["destroy client", "destroy application"]);
    expect(recorded.session.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it("destroys only the socket that is left", () => {
    const recorded = new RecordedSession([], { closeWithinMs: 100 });
    recorded.session.gone("client", 0);
    recorded.session.tick(100);
    expect(recorded.calls.filter((call) => call.startsWith("destroy"))).toEqual(["destroy application"]);
  });

  it("waits for the answers to its own Close, and drops what else comes", () => {
    const recorded = new RecordedSession();
    recorded.session.close("session.draining", "stopping", 0);
    expect(recorded.takeLines("client")).toEqual(["close 1012 sallyport:…"]);
    expect(recorded.takeLines("application")).toEqual(["close 1001 sallyport:…"]);
    recorded.send("client", Buffer.concat([fromClient(1, "late"), fromClient(8, closeBody(1012))]));
    expect(recorded.calls.slice(2)).toEqual(["end client"]);
    recorded.send("application", fromApplication(1, "late"));
    recorded.send("application", fromApplication(8, closeBody(1001)));
    expect(recorded.calls.slice(3)).toEqual(["end application"]);
    recorded.session.close("session.draining", "again", 0);
    expect(recorded.codes).toEqual(["close session.draining"]);
    recorded.session.gone("client", 1);
    recorded.session.gone("application", 1);
    expect(recorded.closed).toMatchObject({ closedBy: "gate", closeCode: 1012 });
  });

  it("takes a broken stream after its own Close as an answer", () => {
    const recorded = new RecordedSession();
    recorded.session.close("session.draining", "stopping", 0);
    recorded.send("client", fromApplication(1, "not masked"));
    expect(recorded.calls).toContain("end client");
    expect(recorded.codes).toEqual(["close session.draining"]);
  });

  it("records a violation that comes while a Close waits for its answer, and answers the other side", () => {
    const recorded = new RecordedSession();
    recorded.send("client", fromClient(8, closeBody(1000)));
    recorded.send("application", fromClient(1, "masked"));
    expect(recorded.takeLines("client")).toEqual(["close 1001 sallyport:…"]);
    expect(recorded.takeLines("application")).toEqual(["close 1000"]);
    expect(recorded.codes).toEqual(["close protocol.masked-frame"]);
    expect(recorded.calls).toContain("end client");
    expect(recorded.calls).toContain("end application");
  });

  it("leaves a handshake alone that the peers have begun when it drains", () => {
    const recorded = new RecordedSession();
    recorded.send("client", fromClient(8, closeBody(1000)));
    recorded.session.close("session.draining", "stopping", 0);
    expect(recorded.codes).toEqual([]);
    expect(recorded.takeLines("client")).toEqual([]);
  });

  it("reports a lost upstream as 1012, and a client that left as 1001, with 1006 in the event", () => {
    const lost = new RecordedSession();
    lost.session.ended("application", 1);
    expect(lost.takeLines("client")).toEqual(["close 1012 sallyport:…"]);
    expect(lost.codes).toEqual(["close upstream.lost"]);
    const left = new RecordedSession();
    left.session.gone("client", 1);
    expect(left.takeLines("application")).toEqual(["close 1001"]);
    left.session.gone("application", 2);
    expect(left.closed).toMatchObject({ closedBy: "client", closeCode: 1006 });
    expect(left.codes).toEqual([]);
  });

  it("neither vets nor counts what the application still sends to a client that left", () => {
    const asked: string[] = [];
    const message = (shown: Message): MessageVerdict => {
      asked.push(shown.text());
      return pass;
    };
    const recorded = new RecordedSession([guard({ message })]);
    recorded.session.ended("client", 1);
    recorded.send("application", Buffer.concat([fromApplication(1, "late"), fromApplication(8)]), 2);
    expect(asked).toEqual([]);
    expect(recorded.session.counts().outbound.messages).toBe(0);
    expect(recorded.calls).toEqual(["write application", "end client", "end application"]);
  });

  it("answers a Close that it had held back with a message, when the gate closes", () => {
    const hold = guard({ message: () => ({ verdict: "hold", untilMs: 1000 }) });
    const recorded = new RecordedSession([hold]);
    recorded.send("client", Buffer.concat([fromClient(1, "a"), fromClient(8, closeBody(1000))]));
    recorded.session.close("firewall.banned", "banned", 1);
    expect(recorded.takeLines("application")).toEqual(["text a", "close 1001 sallyport:…"]);
    expect(recorded.takeLines("client")).toEqual(["close 4529 sallyport:…"]);
    expect(recorded.calls).toContain("end client");
    expect(recorded.calls).not.toContain("end application");
  });

  it("lets go of everything that guards hold back before it drains: what was read is not lost", () => {
    const recorded = new RecordedSession([holdMarked()]);
    recorded.send("client", Buffer.concat([fromClient(1, "!a"), fromClient(1, "!b"), fromClient(1, "c")]));
    recorded.send("client", Buffer.concat([fromClient(1, "!d"), fromClient(1, "half").subarray(0, 4)]), 10);
    expect(recorded.takeLines("application")).toEqual(["text !a"]);
    recorded.session.close("session.draining", "stopping", 20);
    expect(recorded.takeLines("application")).toEqual([
      "text !b",
      "text c",
      "text !d",
      "close 1001 sallyport:…",
    ]);
    expect(recorded.takeLines("client")).toEqual(["close 1012 sallyport:…"]);
    expect(recorded.session.counts().inbound.messages).toBe(4);
  });

  it("passes on a Close that it had held back, when it drains", () => {
    const recorded = new RecordedSession([holdMarked()]);
    recorded.send("client", Buffer.concat([fromClient(1, "!a"), fromClient(8, closeBody(1000))]));
    recorded.session.close("session.draining", "stopping", 1);
    expect(recorded.takeLines("application")).toEqual(["text !a", "close 1000"]);
    expect(recorded.codes).toEqual([]);
  });

  it("closes as a guard says that is asked about what was held back, when it drains", () => {
    const recorded = new RecordedSession([
      holdMarked(),
      guard({ message: (message) => (message.text() === "bad" ? close : pass) }),
    ]);
    recorded.send("client", Buffer.concat([fromClient(1, "!a"), fromClient(1, "bad"), fromClient(1, "b")]));
    recorded.session.close("session.draining", "stopping", 1);
    expect(recorded.takeLines("application")).toEqual(["text !a", "close 1008 sallyport:…"]);
    expect(recorded.codes).toEqual(["close messageRate.messages"]);
  });
});

describe("Session order", () => {
  it("keeps the order of a chunk that a hold cuts, and a Close never overtakes what is held", () => {
    const recorded = new RecordedSession([holdMarked()]);
    recorded.send("client", Buffer.concat([fromClient(1, "!a"), fromClient(1, "!b"), fromClient(1, "c")]));
    expect(recorded.takeLines("application")).toEqual(["text !a"]);
    expect(recorded.reading.client).toBe(false);
    recorded.send("client", fromClient(8, closeBody(1000)), 50);
    expect(recorded.takeLines("application")).toEqual([]);
    expect(recorded.session.deadline).toBe(100);
    recorded.session.tick(100);
    expect(recorded.takeLines("application")).toEqual(["text !b"]);
    recorded.session.tick(150);
    expect(recorded.takeLines("application")).toEqual([]);
    recorded.session.tick(200);
    expect(recorded.takeLines("application")).toEqual(["text c", "close 1000"]);
    expect(recorded.reading.client).toBe(true);
  });

  it("keeps a chunk back that was on its way when the hold began", () => {
    const recorded = new RecordedSession([holdMarked()]);
    recorded.send("client", fromClient(9, "!"));
    recorded.send("client", fromClient(1, "a"), 99);
    expect(recorded.takeLines("application")).toEqual(["ping !"]);
    recorded.session.tick(100);
    expect(recorded.takeLines("application")).toEqual(["text a"]);
  });

  it("does not hold under observe", () => {
    const hold: MessageVerdict = { verdict: "hold", untilMs: 100 };
    const recorded = new RecordedSession([guard({ mode: "observe", message: () => hold })]);
    recorded.send("client", Buffer.concat([fromClient(1, "a"), fromClient(1, "b")]));
    expect(recorded.takeLines("application")).toEqual(["text a", "text b"]);
    expect(recorded.reading.client).toBe(true);
  });

  it("still lets go of what is held while a Close of the application waits for its answer", () => {
    const recorded = new RecordedSession([holdMarked()]);
    recorded.send("client", Buffer.concat([fromClient(1, "!a"), fromClient(8, closeBody(1000))]));
    recorded.send("application", fromApplication(8, closeBody(1000)), 10);
    expect(recorded.session.deadline).toBe(100);
    recorded.session.tick(100);
    expect(recorded.calls.slice(-2)).toEqual(["end client", "end application"]);
  });

  it("sends everything of a chunk in one write, as the same memory", () => {
    const recorded = new RecordedSession([guard({ asks: "size", message: () => pass })]);
    const chunk = Buffer.concat([fromClient(1, "a"), fromClient(9, "p"), fromClient(2, "b")]);
    recorded.send("client", chunk);
    expect(recorded.calls).toEqual(["write application"]);
    expect(recorded.take("application")).toEqual(chunk);
  });

  it("lets a ping between fragments on at once, and the message after it (RFC 6455 5.4)", () => {
    const recorded = new RecordedSession();
    recorded.send("client", Buffer.concat([fromClient(1, "a", false), fromClient(9, "p")]));
    expect(recorded.takeLines("application")).toEqual(["ping p"]);
    recorded.send("client", fromClient(0, "b"));
    expect(recorded.takeLines("application")).toEqual(["text… a", "continuation b"]);
  });
});

describe("Session timers", () => {
  it("swallows the pong of its own ping, and passes any other (RFC 6455 5.5.3)", () => {
    const pings = guard({ tick: (now) => ({ verdict: "ping", untilMs: now + 10 }) });
    const recorded = new RecordedSession([pings]);
    recorded.session.tick(0);
    recorded.session.tick(10);
    const [first, second] = recorded.takeFrames("client");
    expect([first?.opcode, second?.opcode]).toEqual([9, 9]);
    recorded.send("client", fromClient(10, "its own"));
    for (let count = 0; count < 3; count++) recorded.send("client", fromClient(10, first?.payload));
    expect(recorded.takeFrames("application").map(({ payload }) => payload)).toEqual([
      Buffer.from("its own"),
      first?.payload,
    ]);
  });

  it("does not ping under observe, and asks a timer again when it said", () => {
    const asked: number[] = [];
    const tick = (now: number): TimerVerdict => {
      asked.push(now);
      return { verdict: "ping", untilMs: now + 10 };
    };
    const recorded = new RecordedSession([guard({ mode: "observe", tick })]);
    for (const now of [0, 5, 10]) recorded.session.tick(now);
    expect(asked).toEqual([0, 10]);
    expect(recorded.session.deadline).toBe(20);
    expect(recorded.takeLines("client")).toEqual([]);
  });

  it("asks a timer no sooner than a millisecond later, so that none can spin", () => {
    const recorded = new RecordedSession([guard({ tick: () => ({ verdict: "wait", untilMs: 0 }) })]);
    recorded.session.tick(50);
    expect(recorded.session.deadline).toBe(51);
  });

  it("closes when a timer says so, and asks no timer after it", () => {
    const asked: string[] = [];
    const timer = (name: string): Guard =>
      guard({
        tick: () => {
          asked.push(name);
          return { verdict: "close", code: "heartbeat.life", detail: "old" };
        },
      });
    const recorded = new RecordedSession([timer("first"), timer("second")]);
    recorded.session.tick(0);
    expect(asked).toEqual(["first"]);
    expect(recorded.takeLines("client")).toEqual(["close 1001 sallyport:…"]);
    expect(recorded.takeLines("application")).toEqual(["close 1001 sallyport:…"]);
  });

  it("shows timers what happened, and counts only data as a message", () => {
    let view: ConnectionView | undefined;
    const tick = (now: number, shown: ConnectionView): TimerVerdict => {
      view = shown;
      return { verdict: "wait", untilMs: now };
    };
    const recorded = new RecordedSession([guard({ tick })]);
    recorded.send("application", fromApplication(1, "a"), 10);
    recorded.send("application", fromApplication(9, "p"), 20);
    recorded.waiting.client = 7;
    recorded.session.tick(30);
    expect(view).toMatchObject({
      openedAt: 0,
      lastInboundAt: 0,
      lastMessageAt: 10,
      relayedPingOutstanding: true,
      waitingBytes: 7,
    });
    recorded.send("client", fromClient(10, "p"), 40);
    recorded.session.tick(50);
    expect(view).toMatchObject({ lastInboundAt: 40, lastMessageAt: 10, relayedPingOutstanding: false });
  });

  it("closes a frame that is begun and not finished, in the name of the guard that limits it", () => {
    for (const [guards, code] of [
      [[limits()], 1000],
      [[], 30_000],
    ] as const) {
      const recorded = new RecordedSession(guards);
      recorded.send("client", fromClient(2, "abc").subarray(0, 7), 0);
      recorded.send("client", Uint8Array.of(0), code - 1);
      recorded.session.tick(code - 1);
      expect(recorded.codes).toEqual([]);
      recorded.session.tick(code);
      expect(recorded.takeLines("client")).toEqual(["close 1008 sallyport:…"]);
      expect(recorded.codes).toEqual(["close messageSize.halfFrame"]);
    }
  });

  it("records an unfinished frame of the application once each time under observe", () => {
    const observed = { ...limits(), mode: "observe" } as const;
    const recorded = new RecordedSession([observed]);
    recorded.send("application", Uint8Array.of(0x81, 5));
    for (const now of [1000, 1500, 2000]) recorded.session.tick(now);
    expect(recorded.codes).toEqual(["observe messageSize.halfFrame", "observe messageSize.halfFrame"]);
    expect(recorded.decisions[0]?.direction).toBe("outbound");
  });

  it("does not count the time in which it did not read against an unfinished frame", () => {
    const recorded = new RecordedSession([limits()]);
    recorded.full.application = true;
    const next = fromClient(1, "abc");
    recorded.send("client", Buffer.concat([fromClient(1, "a"), next.subarray(0, 7)]), 0);
    recorded.session.tick(5000);
    expect(recorded.codes).toEqual([]);
    recorded.session.drained("application", 6000);
    expect(recorded.session.deadline).toBe(7000);
    recorded.session.tick(7000);
    expect(recorded.codes).toEqual(["close messageSize.halfFrame"]);
  });
});

describe("Session back-pressure", () => {
  it("stops reading one side while the other is full", () => {
    const recorded = new RecordedSession();
    recorded.full.client = true;
    recorded.send("application", fromApplication(1, "a"));
    expect(recorded.reading).toEqual({ client: true, application: false });
    recorded.session.drained("client", 1);
    expect(recorded.reading).toEqual({ client: true, application: true });
    recorded.full.application = true;
    recorded.send("client", fromClient(1, "a"));
    expect(recorded.reading).toEqual({ client: false, application: true });
  });

  it("stops reading the application when its own ping fills the client", () => {
    const pings = guard({ tick: (now) => ({ verdict: "ping", untilMs: now + 10 }) });
    const recorded = new RecordedSession([pings]);
    recorded.full.client = true;
    recorded.session.tick(0);
    expect(recorded.reading.application).toBe(false);
  });

  it("reads freely once it closes, so that the Close of the peer can come", () => {
    const recorded = new RecordedSession();
    recorded.full.client = true;
    recorded.send("application", fromApplication(1, "a"));
    recorded.session.close("session.draining", "stopping", 1);
    expect(recorded.reading.application).toBe(true);
  });

  it("asks the guard of waiting bytes at once, and no other timer", () => {
    const asked: string[] = [];
    const timer = (name: string): Guard["open"] =>
      guard({
        tick: () => {
          asked.push(name);
          return { verdict: "wait", untilMs: 1000 };
        },
      }).open;
    const slow: Guard = { ...consumer("close"), open: timer("slowConsumer") ?? (() => ({})) };
    const other: Guard = { ...guard(), open: timer("other") ?? (() => ({})) };
    const recorded = new RecordedSession([slow, other]);
    recorded.session.tick(0);
    recorded.full.client = true;
    recorded.send("application", fromApplication(1, "a"), 10);
    expect(recorded.session.deadline).toBe(10);
    recorded.session.tick(10);
    expect(asked).toEqual(["slowConsumer", "other", "slowConsumer"]);
  });

  it("closes a client for which too much waits, with 1013", () => {
    const recorded = new RecordedSession([consumer("close")]);
    recorded.waiting.client = 100;
    recorded.send("application", fromApplication(1, "a"));
    recorded.waiting.client = 101;
    recorded.send("application", fromApplication(1, "b"));
    expect(recorded.takeLines("client")).toEqual(["text a", "close 1013 sallyport:…"]);
    expect(recorded.takeLines("application")).toEqual(["close 1001 sallyport:…"]);
    expect(recorded.codes).toEqual(["close slowConsumer.bytes"]);
  });

  it("drops messages for a client that does not read, counts each, and reads on", () => {
    const recorded = new RecordedSession([consumer("drop")]);
    recorded.full.client = true;
    recorded.send("application", fromApplication(1, "a"));
    expect(recorded.reading.application).toBe(true);
    recorded.waiting.client = 101;
    recorded.send("application", Buffer.concat([fromApplication(1, "b"), fromApplication(1, "c")]));
    recorded.waiting.client = 0;
    recorded.send("application", fromApplication(1, "d"));
    expect(recorded.takeLines("client")).toEqual(["text a", "text d"]);
    expect(recorded.codes).toEqual(["drop slowConsumer.dropped", "drop slowConsumer.dropped"]);
    recorded.session.gone("client", 1);
    recorded.session.gone("application", 1);
    expect(recorded.closed?.outbound).toEqual({ messages: 2, bytes: 2 });
  });

  it("drops pings and pongs, too, for a client that does not read: what it asks for by pings has its bound", () => {
    const recorded = new RecordedSession([consumer("drop")]);
    recorded.full.client = true;
    recorded.send("application", fromApplication(1, "a"));
    recorded.waiting.client = 101;
    recorded.send("application", Buffer.concat([fromApplication(10, "p"), fromApplication(9, "q")]));
    expect(recorded.takeLines("client")).toEqual(["text a"]);
    expect(recorded.codes).toEqual(["drop slowConsumer.dropped", "drop slowConsumer.dropped"]);
  });

  it("only records under observe", () => {
    const recorded = new RecordedSession([consumer("drop", "observe")]);
    recorded.waiting.client = 101;
    recorded.send("application", fromApplication(1, "a"));
    expect(recorded.takeLines("client")).toEqual(["text a"]);
    expect(recorded.codes).toEqual(["observe slowConsumer.dropped"]);
  });
});

describe("Session streams", () => {
  const stream = limits({ stream: true });
  it("passes frames on as they come where a route asks for it", () => {
    const recorded = new RecordedSession([stream]);
    const frame = fromClient(2, "abcdef");
    recorded.send("client", frame.subarray(0, 3));
    expect(recorded.take("application").length).toBe(0);
    recorded.send("client", frame.subarray(3, 9));
    expect(recorded.take("application").toString("hex")).toBe(
      Buffer.from(frame.subarray(0, 9)).toString("hex"),
    );
    recorded.send("client", Buffer.concat([frame.subarray(9), fromClient(1, "next")]));
    expect(recorded.take("application")).toEqual(Buffer.concat([frame.subarray(9), fromClient(1, "next")]));
  });

  it("holds messages back beside a guard that reads content", () => {
    const recorded = new RecordedSession([stream, onMark(pass)]);
    recorded.send("client", half(fromClient(1, "abc")));
    expect(recorded.take("application").length).toBe(0);
  });

  it("destroys the far socket at a violation inside a frame, where no Close can stand", () => {
    const recorded = new RecordedSession([stream]);
    const frame = fromClient(1, Buffer.from("ab\xffcd", "latin1"));
    recorded.send("client", frame.subarray(0, 7));
    recorded.send("client", frame.subarray(7, 10));
    expect(recorded.calls).toEqual([
      "write application",
      "write client",
      "destroy application",
      "end client",
    ]);
    expect(recorded.takeLines("client")).toEqual(["close 1007 sallyport:…"]);
  });

  it("sends the far side a Close when the first frame is refused, or one after a whole frame", () => {
    const first = new RecordedSession([stream]);
    first.send("client", fromClient(1, "a".repeat(1001)).subarray(0, 8));
    expect(first.takeLines("application")).toEqual(["close 1008 sallyport:…"]);
    const later = new RecordedSession([stream]);
    later.send("client", fromClient(1, "a", false));
    later.send("client", fromClient(1, "b"));
    expect(later.takeLines("application")).toEqual(["text… a", "close 1008 sallyport:…"]);
  });

  it("does not ping into a frame, nor drain with a Close in it", () => {
    const pings = guard({ tick: (now) => ({ verdict: "ping", untilMs: now + 10 }) });
    const recorded = new RecordedSession([stream, pings]);
    recorded.send("application", half(fromApplication(2, "abcd")));
    recorded.session.tick(0);
    expect(recorded.take("client").toString("hex")).toBe("82046162");
    recorded.session.close("session.draining", "stopping", 1);
    expect(recorded.calls).toContain("destroy client");
    expect(recorded.takeLines("application")).toEqual(["close 1001 sallyport:…"]);
  });

  it("drops a streamed message whole for a client that does not read", () => {
    const slow = guard({ name: "slowConsumer", waiting: { policy: "drop", maxBytes: 100 } });
    const recorded = new RecordedSession([stream, slow]);
    recorded.waiting.client = 101;
    recorded.send("application", fromApplication(1, "a", false));
    recorded.waiting.client = 0;
    recorded.send("application", Buffer.concat([fromApplication(0, "b"), fromApplication(1, "c", false)]));
    expect(recorded.takeLines("client")).toEqual(["text… c"]);
    expect(recorded.codes).toEqual(["drop slowConsumer.dropped"]);
  });

  it("closes for waiting bytes at the beginning of a streamed message, not inside it", () => {
    const slow = guard({ name: "slowConsumer", waiting: { policy: "close", maxBytes: 100 } });
    const recorded = new RecordedSession([stream, slow]);
    recorded.send("application", half(fromApplication(1, "abcd")));
    recorded.waiting.client = 101;
    recorded.send("application", fromApplication(1, "abcd").subarray(4));
    expect(recorded.takeLines("client")).toEqual(["text abcd"]);
    recorded.send("application", half(fromApplication(1, "abcd")));
    expect(recorded.takeLines("client")).toEqual(["close 1013 sallyport:…"]);
  });

  it("closes when a guard drops or replaces what has gone already (fail closed)", () => {
    for (const verdict of [drop, replaceBy("new")]) {
      const recorded = new RecordedSession([stream, guard({ asks: "size", message: () => verdict })]);
      recorded.send("client", fromClient(1, "a", false));
      recorded.send("client", fromClient(0, "b"));
      expect(recorded.takeLines("application")).toEqual([
        "text… a",
        "continuation b",
        "close 1008 sallyport:…",
      ]);
      expect(recorded.codes.at(-1)).toBe("close session.guard-failed");
    }
  });
});

describe("Session counts", () => {
  it("counts the messages that passed and their payload bytes, each way", () => {
    const recorded = new RecordedSession([onMark(drop)]);
    recorded.send("client", Buffer.concat([fromClient(1, "ab"), fromClient(1, "!"), fromClient(9, "p")]));
    recorded.send("application", Buffer.concat([fromApplication(2, "a", false), fromApplication(0, "bc")]));
    expect(recorded.session.counts()).toEqual({
      inbound: { messages: 1, bytes: 2 },
      outbound: { messages: 1, bytes: 3 },
    });
    recorded.session.gone("client", 1);
    recorded.session.gone("application", 2);
    expect(recorded.closed).toMatchObject(recorded.session.counts());
  });

  it("starts with the deadline of its timers, and with none when there are none", () => {
    expect(new RecordedSession().session.deadline).toBe(Number.POSITIVE_INFINITY);
    const timed = guard({ tick: () => ({ verdict: "wait", untilMs: 5 }) });
    const port = new RecordedSession();
    const session = new Session({
      facts: { ...facts, now: 3 },
      route: "/",
      guards: [timed, { name: "origin", mode: "enforce" }],
      port,
      emit: () => undefined,
      random: counter(),
    });
    expect(session.deadline).toBe(3);
  });
});
