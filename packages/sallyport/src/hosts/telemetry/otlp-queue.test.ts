import { describe, expect, it } from "vitest";
import type { GateEvent } from "../../events.ts";
import type { PostOutcome } from "../outgoing-post.ts";
import { ManualOutgoingClock } from "../../../test/manual-outgoing-clock.ts";
import { OtlpQueue, type OtlpOutcome } from "./otlp-queue.ts";
import type { TimedEvent } from "./otlp-records.ts";

const taken: PostOutcome = { kind: "taken", status: 200, answer: new Uint8Array() };
const refused = (status: number, again: boolean): PostOutcome => ({
  kind: "refused",
  status,
  again,
  retryAfterMs: null,
});
const timed: TimedEvent = { event: { type: "gate", level: "info", message: "hello" }, at: 1 };

/** A queue with a clock, timers and answers of the test's. */
class Bench extends ManualOutgoingClock {
  readonly batches: { readonly size: number; readonly at: number }[] = [];
  readonly told: GateEvent[] = [];
  readonly counted: string[] = [];
  answers: (OtlpOutcome | PostOutcome)[] = [];
  readonly queue: OtlpQueue;

  constructor() {
    super(0);
    this.queue = new OtlpQueue({
      what: "log records",
      host: "collector.example.com",
      send: async ({ length: size }) => {
        this.batches.push({ size, at: this.now });
        const answer = this.answers.shift() ?? taken;
        return await Promise.resolve("outcome" in answer ? answer : { outcome: answer, refusedItems: 0 });
      },
      count: (_output, outcome, count) => {
        if (count > 0) this.counted.push(`${outcome} ${count}`);
      },
      ...this.lent,
      emit: (event) => void (event.type === "gate" && this.told.push(event)),
    });
  }

  async take(count: number): Promise<void> {
    for (let index = 0; index < count; index++) this.queue.take(timed);
    await this.settle();
  }
}

describe("OtlpQueue", () => {
  it("gathers for a second, or until a batch is full", async () => {
    const bench = new Bench();
    await bench.take(3);
    expect(bench.batches).toEqual([]);
    await bench.pass(1000);
    await bench.take(600);
    expect(bench.batches).toEqual([
      { size: 3, at: 1000 },
      { size: 512, at: 1000 },
    ]);
    await bench.pass(1000);
    expect(bench.batches.at(-1)).toEqual({ size: 88, at: 2000 });
  });

  it("tries again ever later, and tells once that it fails and once that it works", async () => {
    const bench = new Bench();
    bench.answers = [
      refused(503, true),
      { kind: "unanswered", why: "no answer in 10000 ms" },
      refused(429, true),
    ];
    await bench.take(1);
    await bench.pass(60_000);
    expect(bench.batches.map(({ at }) => at)).toEqual([1000, 2000, 4000, 8000]);
    expect(bench.told.map(({ message }) => message)).toEqual([
      "telemetry is not delivered",
      "telemetry is delivered again",
    ]);
  });

  it("gives a batch up after five minutes, and at once where it is refused for good, and counts it", async () => {
    const bench = new Bench();
    bench.answers = Array.from({ length: 14 }, () => refused(503, true));
    await bench.take(5);
    await bench.pass(310_000);
    expect(bench.batches.length).toBeGreaterThan(10);
    bench.answers = [refused(400, false)];
    await bench.take(7);
    await bench.pass(1000);
    await bench.take(1);
    await bench.pass(1000);
    expect(bench.told.at(-1)).toMatchObject({
      message: "telemetry was lost",
      detail: "12 log records to collector.example.com",
    });
    expect(bench.counted).toEqual(["failed 5", "failed 7", "sent 1"]);
  });

  it("holds 8,192, and counts each that finds no room", async () => {
    const bench = new Bench();
    bench.answers = [refused(503, true)];
    await bench.take(10_000);
    await bench.pass(10_000);
    const sent = bench.batches.slice(1).reduce((sum, { size }) => sum + size, 0);
    expect(sent).toBe(8192);
    expect(bench.told.at(-1)?.detail).toBe("1808 log records to collector.example.com");
    expect(bench.counted.filter((one) => one === "dropped 1")).toHaveLength(1808);
  });

  it("tells of what a collector refuses once a minute, since what tells is an event, too", async () => {
    const bench = new Bench();
    bench.answers = Array.from({ length: 100 }, () => ({ outcome: taken, refusedItems: 1 }));
    for (let second = 0; second < 90; second++) {
      await bench.take(1);
      await bench.pass(1000);
    }
    expect(bench.told.map(({ detail }) => detail)).toEqual([
      "1 log records to collector.example.com",
      "60 log records to collector.example.com",
    ]);
  });

  it("sends what waits when the gate ends, and takes nothing more", async () => {
    const bench = new Bench();
    await bench.take(3);
    expect(await bench.queue.close(2000)).toBe(0);
    expect(bench.batches).toEqual([{ size: 3, at: 0 }]);
    await bench.take(1);
    expect(await bench.queue.close(2000)).toBe(1);
  });

  it("makes one attempt then, and says what was lost", async () => {
    const bench = new Bench();
    bench.answers = [refused(503, true), refused(503, true)];
    await bench.take(600);
    const closed = bench.queue.close(2000);
    await bench.pass(2000);
    expect(await closed).toBe(600);
  });
});
