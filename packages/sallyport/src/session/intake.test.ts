import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { fromApplication, fromClient, RecordedSession } from "../../test/recorded-session.ts";
import type { Guard, MessageVerdict } from "../guards/guard.ts";
import { pass } from "../guards/guard.ts";

/** Holds 100 ms at each text that begins with `!`, and writes down what it is told. */
function listener(told: string[], heard?: (now: number) => void): Guard {
  return {
    name: "messageRate",
    mode: "enforce",
    reads: { inbound: "text", outbound: "text" },
    open: () => ({
      message(message, now): MessageVerdict {
        told.push(message.text());
        return message.text().startsWith("!") ? { verdict: "hold", untilMs: now + 100 } : pass;
      },
      heard: heard ?? ((now) => void told.push(`heard at ${now}`)),
    }),
  };
}

const limits: Guard = (() => {
  const lane = {
    maxBytes: 1000,
    maxFragments: 8,
    opcodes: "any",
    maxRatio: 100,
    finishWithinMs: 1000,
    stream: false,
  } as const;
  return { name: "messageSize", mode: "enforce", limits: { inbound: lane, outbound: lane } };
})();

describe("Intake", () => {
  it("tells guards that the client is heard before they see what waited here", () => {
    const told: string[] = [];
    const recorded = new RecordedSession([listener(told)]);
    recorded.send("client", Buffer.concat([fromClient(1, "!a"), fromClient(1, "b")]), 0);
    recorded.session.tick(250);
    expect(told).toEqual(["!a", "heard at 250", "b"]);
  });

  it("takes what comes before the next tick for what had waited in the socket, and nothing after it", () => {
    const told: string[] = [];
    const recorded = new RecordedSession([listener(told)]);
    recorded.send("client", fromClient(1, "!a"), 0);
    recorded.session.tick(100);
    recorded.send("client", fromClient(1, "b"), 400);
    recorded.send("client", fromClient(1, "c"), 500);
    expect(told).toEqual(["!a", "heard at 100", "heard at 400", "b", "c"]);
  });

  it("wants one more tick, to know that nothing had waited", () => {
    const told: string[] = [];
    const recorded = new RecordedSession([listener(told)]);
    recorded.send("client", fromClient(1, "!a"), 0);
    recorded.session.tick(100);
    expect(recorded.session.deadline).toBe(100);
    recorded.session.tick(150);
    expect(recorded.session.deadline).toBe(Number.POSITIVE_INFINITY);
    recorded.send("client", fromClient(1, "b"), 400);
    expect(told).toEqual(["!a", "heard at 100", "heard at 150", "b"]);
  });

  it("says so too after the application was full, and nothing of the application's own pauses", () => {
    const told: string[] = [];
    const recorded = new RecordedSession([listener(told)]);
    recorded.full.application = true;
    recorded.send("client", fromClient(1, "a"), 0);
    recorded.session.drained("application", 700);
    recorded.full.client = true;
    recorded.send("application", fromApplication(1, "b"), 800);
    recorded.session.tick(800);
    recorded.session.drained("client", 900);
    expect(told).toEqual(["a", "heard at 700", "b", "heard at 800"]);
  });

  it("does not count a hold against a message that is unfinished", () => {
    const recorded = new RecordedSession([listener([]), limits]);
    const begun = fromClient(1, "b", false);
    recorded.send("client", Buffer.concat([fromClient(1, "!a"), begun]), 0);
    recorded.session.tick(100);
    recorded.session.tick(1099);
    expect(recorded.codes).toEqual([]);
    recorded.session.tick(1100);
    expect(recorded.codes).toEqual(["close messageSize.halfFrame"]);
  });

  it("closes with 1011 when a guard throws at being told (fail closed)", () => {
    const fails = listener([], () => {
      throw new Error("of no use");
    });
    const recorded = new RecordedSession([fails]);
    recorded.send("client", fromClient(1, "!a"), 0);
    recorded.session.tick(100);
    expect(recorded.takeLines("client")).toEqual(["close 1011 sallyport:…"]);
    expect(recorded.codes).toEqual(["close session.guard-failed"]);
  });
});
