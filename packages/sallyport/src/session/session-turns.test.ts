import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { compressedFrame, deflated, fresh, inflatersOf } from "../../test/deflated.ts";
import { RecordedSession } from "../../test/recorded-session.ts";
import type { Guard } from "../guards/guard.ts";
import { INFLATED_PER_TURN, InflateTurns } from "../protocol/inflate-turns.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

function limits(maxRatio: number): Guard {
  const lane = {
    maxBytes: MIB,
    maxRatio,
    maxFragments: 64,
    opcodes: "any",
    finishWithinMs: 1000,
    stream: false,
  } as const;
  return { name: "messageSize", mode: "enforce", limits: { inbound: lane, outbound: lane } };
}

/** A compressed message of the client's, in one frame. */
const compressed = (payload: Uint8Array): Buffer =>
  compressedFrame({ opcode: 2, payload: deflated(payload), maskKey: Buffer.from("37fa213d", "hex") });

/** Sessions that inflate in turns, which are taken by hand; and what each of them carried. */
function inTurns(
  count: number,
  guards: readonly Guard[] = [],
): {
  readonly sessions: readonly RecordedSession[];
  readonly inflated: () => number;
  readonly next: () => boolean;
} {
  const planned: (() => void)[] = [];
  const turns = new InflateTurns((run) => planned.push(run));
  let inflated = 0;
  const spend = turns.spend.bind(turns);
  turns.spend = (bytes): void => {
    inflated += bytes;
    spend(bytes);
  };
  const inflaters = { inflaters: inflatersOf(fresh, turns) };
  return {
    sessions: Array.from({ length: count }, () => new RecordedSession(guards, inflaters)),
    inflated: () => inflated,
    next: () => {
      const run = planned.shift();
      run?.();
      return run !== undefined;
    },
  };
}

describe("a session that inflates in turns", () => {
  const bomb = compressed(Buffer.alloc(4 * MIB));
  const perTurn = INFLATED_PER_TURN + MIB;

  it("inflates no more in a turn than it may, however many bombs come in one instant", () => {
    const { sessions, inflated, next } = inTurns(50, [limits(1e6)]);
    for (const each of sessions) each.send("client", bomb);
    expect(inflated()).toBeLessThanOrEqual(perTurn);
    expect(sessions.filter(({ reading }) => !reading.client).length).toBeGreaterThan(40);
    for (let before = inflated(); next(); before = inflated())
      expect(inflated() - before).toBeLessThanOrEqual(perTurn);
    expect(inflated()).toBe(50 * MIB);
    for (const { codes } of sessions) expect(codes).toEqual(["close messageSize.bytes"]);
  });

  it("inflates no more in a turn of many small messages in one chunk, and forwards all of them in order", () => {
    const { sessions, inflated, next } = inTurns(1, [limits(100)]);
    const [only] = sessions;
    const messages = Array.from({ length: 200 }, (_, index) => compressed(Buffer.alloc(60 * KIB, index)));
    only?.send("client", Buffer.concat(messages));
    for (let before = 0; ; before = inflated()) {
      expect(inflated() - before).toBeLessThanOrEqual(perTurn);
      if (!next()) break;
    }
    expect(inflated()).toBe(200 * 60 * KIB);
    expect(only?.take("application").equals(Buffer.concat(messages))).toBe(true);
    expect(only?.reading.client).toBe(true);
  });

  it("inflates what waits at once when it drains", () => {
    const { sessions, inflated } = inTurns(45, [limits(100)]);
    const whole = compressed(Buffer.alloc(60 * KIB));
    for (const each of sessions) each.send("client", whole);
    expect(inflated()).toBeLessThanOrEqual(perTurn);
    for (const { session } of sessions) session.close("session.draining", "a test", 1);
    expect(inflated()).toBe(45 * 60 * KIB);
  });
});
