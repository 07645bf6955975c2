import { describe, expect, it } from "vitest";
import type { FindingEvent, GateEvent, Severity } from "../../events.ts";
import type { AlertTargetPolicy } from "../../policy/output-policy.ts";
import type { OutgoingPost, PostOutcome } from "../outgoing-post.ts";
import { ManualOutgoingClock } from "../../../test/manual-outgoing-clock.ts";
import { noticeOf } from "./alert.ts";
import { AlertTarget } from "./alert-target.ts";

const target: AlertTargetPolicy = {
  url: "https://hooks.example.com/services/SECRET",
  host: "hooks.example.com",
  secretFile: null,
  headersFile: null,
  secret: null,
  headers: [],
  format: "generic",
  template: null,
  timeoutMs: 10_000,
  minSeverity: "medium",
  detectors: null,
  groupMs: 60_000,
  atMost: 60 / 3600,
  retryForMs: 900_000,
};

function finding(detector: string, more: Partial<FindingEvent> = {}): FindingEvent {
  return {
    type: "finding",
    incident: "k3n0",
    detector,
    severity: "high",
    sentence: "54 handshakes from 203.0.113.0/24 were refused",
    subject: { kind: "address", value: "203.0.113.0/24" },
    route: "/chat",
    address: "203.0.113.9",
    user: null,
    session: null,
    measured: { refused: 54 },
    references: [],
    answer: "ban",
    outcome: "done",
    detail: "banned for 10 min",
    ...more,
  };
}

const taken: PostOutcome = { kind: "taken", status: 200, answer: new Uint8Array() };
const refused = (status: number, again: boolean, retryAfterMs: number | null = null): PostOutcome => ({
  kind: "refused",
  status,
  again,
  retryAfterMs,
});

/** A target with a clock, timers and answers of the test's. */
class Bench extends ManualOutgoingClock {
  readonly posts: (OutgoingPost & { readonly at: number })[] = [];
  readonly told: GateEvent[] = [];
  readonly counted: string[] = [];
  answers: (PostOutcome | Promise<PostOutcome>)[] = [];
  readonly target: AlertTarget;
  #ids = 0;

  constructor(more: Partial<AlertTargetPolicy> = {}) {
    super(1_000_000);
    this.target = new AlertTarget(
      { ...target, ...more },
      {
        post: async (post) => {
          this.posts.push({ ...post, at: this.now });
          return await (this.answers.shift() ?? taken);
        },
        count: (_output, outcome, count) => void this.counted.push(`${outcome} ${count}`),
        ...this.lent,
        newId: () => `msg_${++this.#ids}`,
        emit: (event) => void (event.type === "gate" && this.told.push(event)),
      },
    );
  }

  async take(detector: string, more: Partial<FindingEvent> = {}): Promise<void> {
    const notice = noticeOf(finding(detector, more), this.now);
    if (notice !== null) this.target.take(notice);
    await this.settle();
  }

  bodies(): Record<string, unknown>[] {
    return this.posts.map(({ body }) => JSON.parse(String(body)).data);
  }
}

describe("AlertTarget", () => {
  it("tells the first finding of a detector at once, and those that follow within the time as one, with their count", async () => {
    const bench = new Bench();
    await bench.take("handshakeScan", { incident: "one" });
    for (const incident of ["two", "three", "four", "five", "six", "seven"])
      await bench.take("handshakeScan", { incident });
    expect(bench.bodies()).toMatchObject([{ incident: "one", count: 1, others: [] }]);
    await bench.pass(59_000);
    expect(bench.posts).toHaveLength(1);
    await bench.pass(2000);
    expect(bench.bodies()).toHaveLength(2);
    const { others, ...body } = bench.bodies()[1] ?? {};
    expect(body).toMatchObject({ incident: "two", count: 6, leftOut: 0 });
    expect(others).toHaveLength(4);
  });

  it("tells the worst of those that it gathers first, and its severity", async () => {
    const bench = new Bench();
    await bench.take("fuzzing");
    for (const severity of ["medium", "critical", "high"] as Severity[])
      await bench.take("fuzzing", { severity, incident: severity });
    await bench.pass(60_000);
    expect(bench.bodies()[1]).toMatchObject({ severity: "critical", incident: "critical", count: 3 });
  });

  it("does not keep one detector waiting for another", async () => {
    const bench = new Bench();
    await bench.take("handshakeScan");
    await bench.take("handshakeScan");
    await bench.take("fuzzing");
    expect(bench.bodies().map(({ detector }) => detector)).toEqual(["handshakeScan", "fuzzing"]);
  });

  it("tells nothing below its severity, and of no other detectors than its own", async () => {
    const bench = new Bench({ minSeverity: "high", detectors: ["fuzzing"] });
    await bench.take("fuzzing", { severity: "medium" });
    await bench.take("replay");
    expect(bench.posts).toEqual([]);
    await bench.take("fuzzing");
    expect(bench.posts).toHaveLength(1);
  });

  it("sends no more than its rate, however many detectors find something, and counts each finding exactly", async () => {
    const bench = new Bench({ groupMs: 0 });
    for (let index = 0; index < 1000; index++) {
      await bench.take(`rule ${index % 50}`);
      await bench.pass(100);
    }
    // A hundred seconds at one a minute, after a burst of ten.
    expect(bench.posts).toHaveLength(11);
    await bench.pass(3_600_000);
    const counted = bench.bodies().reduce((sum, { count }) => sum + Number(count), 0);
    expect(counted).toBe(1000);
  });

  it("leaves out what comes of more detectors than it keeps apart, and says how many", async () => {
    const bench = new Bench({ atMost: 1 });
    bench.answers = [new Promise(() => {})];
    await bench.take("first");
    for (let index = 0; index < 205; index++) await bench.take(`rule ${index}`);
    expect(await endOf(bench)).toBe(1 + 205);
  });

  it("tries again after 1 s, 2 s, 4 s and so on, with the same id, and tells once that it fails and once that it works", async () => {
    const bench = new Bench();
    bench.answers = [
      { kind: "unanswered", why: "no answer in 10000 ms" },
      refused(503, true),
      refused(500, true),
      taken,
    ];
    const begun = bench.now;
    await bench.take("replay");
    await bench.pass(10_000);
    expect(bench.posts.map(({ at }) => at - begun)).toEqual([0, 1000, 3000, 7000]);
    expect(new Set(bench.posts.map(({ headers }) => headers["webhook-id"]))).toEqual(new Set(["msg_1"]));
    expect(bench.told).toEqual([
      {
        type: "gate",
        level: "warn",
        message: "alerts are not delivered",
        detail: "hooks.example.com: no answer in 10000 ms",
      },
      { type: "gate", level: "info", message: "alerts are delivered again", detail: "hooks.example.com" },
    ]);
  });

  it("waits as long as it is asked to (RFC 9110 10.2.3)", async () => {
    const bench = new Bench();
    bench.answers = [refused(429, true, 30_000), taken];
    const begun = bench.now;
    await bench.take("replay");
    await bench.pass(40_000);
    expect(bench.posts.map(({ at }) => at - begun)).toEqual([0, 30_000]);
  });

  it("gives up at once where it is refused for good, such as by a redirect, and tells the next alert how many were left out", async () => {
    const bench = new Bench({ groupMs: 0 });
    bench.answers = [refused(302, false), refused(404, false), taken, taken];
    await bench.take("replay");
    await bench.take("replay");
    await bench.take("replay");
    await bench.take("replay");
    expect(bench.bodies().map(({ count, leftOut }) => [count, leftOut])).toEqual([
      [1, 0],
      [1, 1],
      [1, 2],
      [1, 0],
    ]);
    expect(bench.counted).toEqual(["failed 1", "failed 1", "sent 1", "sent 1"]);
    expect(bench.told.map(({ detail }) => detail)).toEqual([
      "hooks.example.com: it answered 302",
      "hooks.example.com",
    ]);
  });

  it("gives up when its time is over", async () => {
    const bench = new Bench({ retryForMs: 20_000, groupMs: 0 });
    bench.answers = Array.from({ length: 5 }, () => refused(503, true));
    await bench.take("replay");
    await bench.pass(60_000);
    expect(bench.posts).toHaveLength(5);
    await bench.take("replay");
    expect(bench.bodies().at(-1)).toMatchObject({ count: 1, leftOut: 1 });
  });

  it("gathers what comes while it hangs", async () => {
    const bench = new Bench({ groupMs: 0 });
    const { promise, resolve } = Promise.withResolvers<PostOutcome>();
    bench.answers = [promise];
    await bench.take("replay");
    for (let index = 0; index < 300; index++) await bench.take("replay");
    expect(bench.posts).toHaveLength(1);
    resolve(taken);
    await bench.settle();
    expect(bench.bodies().map(({ count }) => count)).toEqual([1, 300]);
  });

  it("makes one last attempt for what waits when the gate ends, due or not", async () => {
    const bench = new Bench();
    await bench.take("replay");
    await bench.take("replay");
    await bench.take("replay");
    expect(await endOf(bench)).toBe(0);
    expect(bench.bodies().map(({ count }) => count)).toEqual([1, 2]);
    await bench.take("replay");
    expect(bench.posts).toHaveLength(2);
  });

  it("does not wait for another attempt when the gate ends", async () => {
    const bench = new Bench();
    bench.answers = [refused(503, true), refused(503, true)];
    await bench.take("replay");
    expect(await endOf(bench)).toBe(1);
    expect(bench.posts).toHaveLength(2);
  });

  it("waits no longer than it may when the gate ends, and says what was not delivered", async () => {
    const bench = new Bench();
    bench.answers = [new Promise(() => {})];
    await bench.take("replay");
    await bench.take("fuzzing");
    await bench.take("fuzzing");
    expect(await endOf(bench)).toBe(3);
    expect(bench.posts[0]?.signal?.aborted).toBe(true);
  });
});

async function endOf(bench: Bench): Promise<number> {
  const closed = bench.target.close(2000);
  await bench.settle();
  await bench.pass(2000);
  return await closed;
}
