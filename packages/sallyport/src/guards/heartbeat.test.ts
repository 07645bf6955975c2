import { describe, expect, it } from "vitest";
import type { ConnectionView } from "./connection-view.ts";
import type { ConnectionFacts, GuardServices, TimerVerdict } from "./guard.ts";
import { handle } from "../../test/recorded-session.ts";
import { quietConnection as quiet } from "../../test/quiet-connection.ts";
import { heartbeat } from "./heartbeat.ts";

function ticks(
  options: object = {},
): (now: number, view?: Partial<ConnectionView>) => TimerVerdict | undefined {
  const guard = heartbeat.create(heartbeat.options.parse(options), {} as GuardServices);
  if (guard instanceof Promise) throw new TypeError("made later");
  const connection = guard.open?.({} as ConnectionFacts, handle);
  return (now, view) => connection?.tick?.(now, { ...quiet, ...view });
}

describe("heartbeat", () => {
  it("waits until the client has been silent for 30 s, then pings", () => {
    const tick = ticks();
    expect(tick(0)).toEqual({ verdict: "wait", untilMs: 30_000 });
    expect(tick(29_999)).toEqual({ verdict: "wait", untilMs: 30_000 });
    expect(tick(30_000)).toEqual({ verdict: "ping", untilMs: 60_000 });
    expect(tick(31_000, { lastInboundAt: 20_000 })).toEqual({ verdict: "wait", untilMs: 50_000 });
  });

  it("closes after two unanswered pings, one interval after the last", () => {
    const tick = ticks();
    expect(tick(60_000, { unansweredPings: 1 })).toEqual({ verdict: "ping", untilMs: 90_000 });
    expect(tick(89_999, { unansweredPings: 2 })).toMatchObject({ verdict: "ping" });
    expect(tick(90_000, { unansweredPings: 2 })).toEqual({
      verdict: "close",
      code: "heartbeat.missed",
      detail: "silent for 90 s, 2 pings unanswered",
    });
  });

  it("pings again after a long silence in which it could not ping", () => {
    expect(ticks()(90_000, { unansweredPings: 1 })).toEqual({ verdict: "ping", untilMs: 120_000 });
  });

  it("does not ping while a ping of the application waits for its pong (RFC 6455 5.5.3)", () => {
    const tick = ticks();
    expect(tick(30_000, { relayedPingOutstanding: true })).toEqual({ verdict: "wait", untilMs: 60_000 });
    expect(tick(90_000, { relayedPingOutstanding: true })).toMatchObject({
      verdict: "close",
      code: "heartbeat.missed",
    });
  });

  it("ends a connection after a day, however busy", () => {
    const day = 86_400_000;
    const tick = ticks();
    expect(tick(day - 1, { lastInboundAt: day - 1 })).toEqual({ verdict: "wait", untilMs: day });
    expect(tick(day, { lastInboundAt: day })).toEqual({
      verdict: "close",
      code: "heartbeat.life",
      detail: "open for 86400 s",
    });
    expect(ticks({ life: "off" })(day, { lastInboundAt: day })).toMatchObject({ verdict: "wait" });
  });

  it("ends an idle connection only where that is asked for", () => {
    const busy = { lastInboundAt: 60_000 };
    expect(ticks()(60_000, busy)).toEqual({ verdict: "wait", untilMs: 90_000 });
    const tick = ticks({ idle: "1m", life: false });
    expect(tick(59_000, { lastInboundAt: 59_000 })).toEqual({ verdict: "wait", untilMs: 60_000 });
    expect(tick(59_000)).toEqual({ verdict: "ping", untilMs: 60_000 });
    expect(tick(60_000, busy)).toEqual({
      verdict: "close",
      code: "heartbeat.idle",
      detail: "no message for 60 s",
    });
  });

  it("takes interval and missed from its options", () => {
    const tick = ticks({ interval: "1s", missed: 1 });
    expect(tick(1000)).toEqual({ verdict: "ping", untilMs: 2000 });
    expect(tick(2000, { unansweredPings: 1 })).toMatchObject({ code: "heartbeat.missed" });
  });

  it("refuses no pings at all, and an unknown key", () => {
    for (const options of [{ missed: 0 }, { intervall: "1s" }, { idle: true }, { interval: "0s" }]) {
      expect(heartbeat.options.safeParse(options).success).toBe(false);
    }
  });
});
