import { describe, expect, it } from "vitest";
import { DAY, detectorOf, HOUR, SECOND, traffic, type ServicesAtWork } from "../../test/watch-fixture.ts";
import type { Detector } from "./detector.ts";
import { trafficAnomaly } from "./traffic-anomaly.ts";

type AtWork = ServicesAtWork & { readonly detector: Detector };
const STEP = 10 * SECOND;
const lane = (messages: number, bytesEach = 100): { messages: number; bytes: number } => ({
  messages,
  bytes: messages * bytesEach,
});

/** Thirty users who send some one message a second, for two hours. */
function learnt(options: unknown = {}): AtWork {
  const made = detectorOf(trafficAnomaly, options);
  crowd(made.detector, 0, 2 * HOUR);
  expect(made.findings).toEqual([]);
  return made;
}
function crowd(detector: Detector, from: number, until: number, messages = 8): void {
  for (let now = from; now < until; now += STEP)
    for (let user = 0; user < 30; user += 1)
      detector.take(
        traffic({
          user: `u${user}`,
          session: `s${user}`,
          inbound: lane(messages + ((user + now / STEP) % 5)),
        }),
        now,
      );
}
function send(detector: Detector, parts: object, { from, spans }: { from: number; spans: number }): void {
  for (let index = 0; index < spans; index += 1) detector.take(traffic(parts), from + index * STEP);
}

describe("trafficAnomaly", () => {
  it("tells of a client that sends far more than is usual, for half a minute", () => {
    const { detector, findings } = learnt();
    send(detector, { user: "mallory", session: "m", inbound: lane(2000) }, { from: 2 * HOUR, spans: 2 });
    expect(findings).toEqual([]);
    send(
      detector,
      { user: "mallory", session: "m", inbound: lane(2000) },
      { from: 2 * HOUR + 20_000, spans: 1 },
    );
    expect(findings).toMatchObject([
      {
        subject: { kind: "user", value: "mallory" },
        sentence: expect.stringMatching(
          /^user "mallory" sent 200 messages\/s on \/chat for 30 s; usual is [\d.]+ messages\/s, and at most [\d.]+ messages\/s$/,
        ),
      },
    ]);
    expect(findings[0]?.measured).toMatchObject({ rate: 200, forMs: 30_000 });
    expect(detector.size).toBeGreaterThan(31);
  });

  it("tells of far larger messages when they last, of a session where nobody is known", () => {
    const { detector, findings } = learnt();
    send(detector, { user: null, session: "m", inbound: lane(10, 60_000) }, { from: 2 * HOUR, spans: 36 });
    expect(findings).toMatchObject([
      { subject: { kind: "session", value: "m" }, measured: { size: 60_000 } },
    ]);
    expect(findings[0]?.sentence).toContain("session m sent messages of 58.6 KiB on /chat for 6 min");
  });

  it("lets a burst pass that ends, and starts anew after it", () => {
    const { detector, findings } = learnt();
    for (let index = 0; index < 9; index += 1)
      send(
        detector,
        { user: "bob", session: "b", inbound: lane(index % 3 === 2 ? 9 : 2000) },
        { from: 2 * HOUR + index * STEP, spans: 1 },
      );
    expect(findings).toEqual([]);
  });

  it("tells nothing while a route is learnt, and says so", () => {
    const { detector, findings } = detectorOf(trafficAnomaly);
    send(detector, { inbound: lane(100_000) }, { from: 0, spans: 100 });
    expect(findings).toEqual([]);
    expect(detector.learning?.(HOUR)).toMatchObject([{ route: "/chat", learnt: false }]);
  });

  it("tells of a client that is far faster than it ever was, below what programs on the route may send", () => {
    const { detector, findings } = detectorOf(trafficAnomaly);
    for (let now = 0; now < 2 * HOUR; now += STEP)
      for (let user = 0; user < 30; user += 1)
        detector.take(
          traffic({ user: `u${user}`, session: `s${user}`, inbound: lane(user < 3 ? 1000 : 8) }),
          now,
        );
    expect(findings).toEqual([]);
    send(detector, { user: "u9", session: "s9", inbound: lane(900) }, { from: 2 * HOUR, spans: 4 });
    expect(findings).toMatchObject([{ subject: { kind: "user", value: "u9" }, measured: { rate: 90 } }]);
  });

  it("tells once of a program among people, and again where it sends three times as much", () => {
    const { detector, findings } = learnt();
    const bot = (messages: number, from: number): void =>
      send(detector, { user: "bot", session: "bot", inbound: lane(messages) }, { from, spans: 9 });
    bot(1000, 2 * HOUR);
    bot(1100, 3 * HOUR);
    expect(findings.map(({ measured }) => measured["rate"])).toEqual([100]);
    bot(4000, 4 * HOUR);
    expect(findings.map(({ measured }) => measured["rate"])).toContain(400);
  });

  it("tells of a program each time where more than an alert answers it", () => {
    const { detector, findings } = learnt({ answer: "slow" });
    send(detector, { user: "bot", session: "bot", inbound: lane(1000) }, { from: 2 * HOUR, spans: 9 });
    expect(findings.filter(({ measured }) => "rate" in measured)).toHaveLength(3);
  });

  it("tells the callers of one route apart from those of another, though they are the same", () => {
    const { detector, findings } = learnt();
    for (let index = 0; index < 60; index += 1)
      for (const [route, messages] of [
        ["/chat", 8],
        ["/game", 200],
      ] as const)
        detector.take(
          traffic({ user: "u1", session: route, route, inbound: lane(messages) }),
          2 * HOUR + index * STEP,
        );
    expect(findings).toEqual([]);
  });

  it("tells of the route where many send more at once: it has changed, or many attack it", () => {
    const { detector, findings } = learnt();
    crowd(detector, 2 * HOUR, 2 * HOUR + 60 * SECOND, 2000);
    const kinds = findings
      .filter(({ measured }) => !("perHour" in measured))
      .map(({ subject }) => subject.kind);
    expect(kinds).toContain("route");
    expect(kinds.filter((kind) => kind === "user")).toEqual([]);
    expect(findings.find(({ subject }) => subject.kind === "route")).toMatchObject({ answer: "alert" });
  });

  it("takes three times as many people for no anomaly (a marketing push)", () => {
    const { detector, findings } = learnt();
    for (let now = 2 * HOUR; now < 3 * HOUR; now += STEP)
      for (let user = 0; user < 90; user += 1)
        detector.take(
          traffic({ user: `u${user}`, session: `s${user}`, inbound: lane(8 + ((user + now / STEP) % 5)) }),
          now,
        );
    expect(findings).toEqual([]);
  });

  it("tells of a client that sends far more within an hour than is usual", () => {
    const { detector, findings } = learnt({ rate: 1000 });
    crowd(detector, 2 * HOUR, 2 * HOUR + STEP);
    send(detector, { user: "slow", session: "slow", inbound: lane(60) }, { from: 3 * HOUR, spans: 359 });
    expect(findings.map(({ sentence }) => sentence)).toEqual([
      expect.stringContaining("messages in an hour on /chat; usual is"),
    ]);
  });

  it("holds no connection to what others from its address sent within the hour", () => {
    const { detector, findings } = detectorOf(trafficAnomaly, { answer: "close" });
    for (let hour = 0; hour < 60; hour += 1) crowd(detector, hour * HOUR, hour * HOUR + STEP);
    const before = findings.length;
    const there = { user: null, address: "203.0.113.5" };
    send(detector, { ...there, session: "busy", inbound: lane(40) }, { from: 60 * HOUR, spans: 30 });
    detector.take(traffic({ ...there, session: "other", inbound: lane(40) }), 60 * HOUR + 30 * STEP);
    send(
      detector,
      { ...there, session: "busy", inbound: lane(40) },
      { from: 60 * HOUR + 31 * STEP, spans: 320 },
    );
    const told = findings.slice(before).filter(({ measured }) => "perHour" in measured);
    expect(told).toMatchObject([{ subject: { kind: "address", value: "203.0.113.5" }, answer: "alert" }]);
    expect(told[0]?.sentence).toMatch(/^203\.0\.113\.5 sent /);
  });

  it("tells of a client that never rests", () => {
    const { detector, findings } = detectorOf(trafficAnomaly);
    for (let now = 0; now < 5 * DAY; now += HOUR / 2)
      for (let user = 0; user < 30; user += 1) {
        const rests = (now / HOUR + user) % 24 >= 8;
        if (!rests) detector.take(traffic({ user: `u${user}`, session: `s${user}`, inbound: lane(8) }), now);
      }
    expect(findings).toEqual([]);
    for (let now = 5 * DAY; now < 7 * DAY; now += HOUR / 2)
      detector.take(traffic({ user: "bot", session: "bot", inbound: lane(4) }), now);
    expect(findings).toMatchObject([
      { subject: { value: "bot" }, measured: { awake: expect.any(Number) as number } },
    ]);
    expect(findings[0]?.sentence).toContain("hours without a rest of two");
  });

  it("measures nothing that is silent or too short, and hears nothing else", () => {
    const { detector } = detectorOf(trafficAnomaly);
    detector.take(traffic({ inbound: lane(0) }), 0);
    detector.take(traffic({ spanMs: 100 }), 0);
    detector.take({ type: "gate", level: "info", message: "m" }, 0);
    expect(detector.size).toBe(0);
  });

  it("keeps a bounded number of callers and routes, also of those beyond the limit", () => {
    const { detector } = detectorOf(trafficAnomaly, {}, { keys: 256 });
    for (let index = 0; index < 300; index += 1) detector.take(traffic({ route: `/${index}` }), 0);
    crowd(detector, 0, 2 * HOUR);
    for (let index = 0; index < 5000; index += 1)
      detector.take(
        traffic({
          user: null,
          session: `x${index}`,
          address: index % 2 === 0 ? "unix" : `10.0.${index >>> 8}.${index & 255}`,
          inbound: lane(9000),
        }),
        2 * HOUR + index,
      );
    expect(detector.size).toBeLessThanOrEqual(3 * 256);
  });
});
