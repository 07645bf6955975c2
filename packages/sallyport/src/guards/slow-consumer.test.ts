import { describe, expect, it } from "vitest";
import type { ConnectionView } from "./connection-view.ts";
import type { ConnectionFacts, Guard, GuardServices, TimerVerdict } from "./guard.ts";
import { handle } from "../../test/recorded-session.ts";
import { quietConnection as flowing } from "../../test/quiet-connection.ts";
import { slowConsumer } from "./slow-consumer.ts";

function created(options: object = {}): Guard {
  const guard = slowConsumer.create(slowConsumer.options.parse(options), {} as GuardServices);
  if (guard instanceof Promise) throw new TypeError("made later");
  return guard;
}

function tick(guard: Guard, now: number, view: Partial<ConnectionView>): TimerVerdict | undefined {
  return guard.open?.({} as ConnectionFacts, handle).tick?.(now, { ...flowing, ...view });
}

describe("slowConsumer", () => {
  it("lets 4 MiB wait and closes beyond them, by default", () => {
    expect(created().waiting).toEqual({ policy: "close", maxBytes: 4_194_304 });
    expect(created({ bytes: "1KiB", policy: "drop" }).waiting).toEqual({ policy: "drop", maxBytes: 1024 });
  });

  it("asks for no timer while nothing waits", () => {
    expect(tick(created(), 1_000_000, {})).toEqual({ verdict: "wait", untilMs: Number.POSITIVE_INFINITY });
  });

  it("closes when the client has taken nothing for 30 s", () => {
    const waits = { waitingSince: 1000, waitingBytes: 77 };
    expect(tick(created(), 30_999, waits)).toEqual({ verdict: "wait", untilMs: 31_000 });
    expect(tick(created(), 31_000, waits)).toEqual({
      verdict: "close",
      code: "slowConsumer.after",
      detail: "bytes have waited 30 s for the client (77 bytes)",
    });
  });

  it("closes when the application has taken nothing, whatever the policy", () => {
    for (const policy of ["close", "drop"]) {
      const guard = created({ policy, after: "5s" });
      expect(tick(guard, 5000, { applicationWaitingSince: 0 })).toMatchObject({
        verdict: "close",
        detail: "bytes have waited 5 s for the application",
      });
    }
  });

  it("goes by whoever has waited longest", () => {
    const guard = created({ after: "5s" });
    expect(tick(guard, 4000, { applicationWaitingSince: 3000, waitingSince: 1000 })).toEqual({
      verdict: "wait",
      untilMs: 6000,
    });
  });

  it("does not close a slow client whose messages are dropped", () => {
    expect(tick(created({ policy: "drop" }), 1_000_000, { waitingSince: 0 })).toMatchObject({
      verdict: "wait",
    });
  });

  it("refuses an unknown policy and an unknown key", () => {
    for (const options of [{ policy: "wait" }, { byte: "1KiB" }, { bytes: 1024 }]) {
      expect(slowConsumer.options.safeParse(options).success).toBe(false);
    }
  });
});
