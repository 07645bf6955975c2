import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import type { Guard, GuardServices } from "../src/guards/guard.ts";
import { messageRate } from "../src/guards/message-rate.ts";
import { fromClient, RecordedSession } from "./recorded-session.ts";

async function rateOf(options: object): Promise<Guard> {
  return await messageRate.create(messageRate.options.parse(options), {} as GuardServices);
}

interface Host {
  /** How late the host notices a deadline, milliseconds. */
  readonly tickLateMs: number;
  /** From the moment in which it may read until it does. */
  readonly readLateMs: number;
  /** Messages that it reads at once. */
  readonly atOnce: number;
}

/** A client that always has more to send, at a gate with little time. Answers when and how it ended within the minute. */
function flood(guard: Guard, { tickLateMs, readLateMs, atOnce }: Host): string {
  const recorded = new RecordedSession([guard]);
  const chunk = Buffer.concat(Array.from({ length: atOnce }, () => fromClient(1, "flood")));
  let now = 0;
  let readAt = 0;
  while (now < 60_000 && recorded.codes.length === 0) {
    // What waits in the socket is read before timers are looked at again.
    if (recorded.reading.client) {
      now = Math.max(now, readAt);
      recorded.send("client", chunk, now);
    } else {
      now = Math.max(now, recorded.session.deadline) + tickLateMs;
      recorded.session.tick(now);
    }
    readAt = now + readLateMs;
  }
  return `${recorded.codes.join()} after ${Math.floor(now / 1000)} s`;
}

describe("a flood at a gate with little time", () => {
  for (const tickLateMs of [1, 100, 1000]) {
    for (const [readLateMs, atOnce] of [
      [1, 30],
      [1, 1000],
      [200, 30],
      [200, 1000],
      [900, 1000],
    ] as const) {
      it(`is closed after ten seconds in debt, with ticks ${tickLateMs} ms and reads of ${atOnce} ${readLateMs} ms late`, async () => {
        const end = flood(await rateOf({ perConnection: "10/s" }), { tickLateMs, readLateMs, atOnce });
        expect(end).toMatch(/^close messageRate.messages after 1[0-3] s$/);
      });
    }
  }

  it("is not what a client makes that pays its debts and then keeps just below the rate", async () => {
    const recorded = new RecordedSession([await rateOf({ perConnection: "10/s" })]);
    for (let now = 0, next = 0; now < 60_000; now += 10) {
      if (recorded.session.deadline <= now) recorded.session.tick(now);
      if (now % 5000 === 0)
        recorded.send("client", Buffer.concat(Array(22).fill(fromClient(1, "many"))), now);
      if (now < next) continue;
      recorded.send("client", fromClient(1, "one"), now);
      next = now + 200;
    }
    expect(recorded.codes).toEqual([]);
  });
});
