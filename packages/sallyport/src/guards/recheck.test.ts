import { describe, expect, it } from "vitest";
import type { ConnectionView } from "./connection-view.ts";
import { createRecheck, spreadOf, type Recheck, type Standing } from "./recheck.ts";

const view = {} as ConnectionView;

/** A connection whose credential is asked about every 100 ms, with the answers in the test's hands. */
function scene(spread = 0): {
  readonly recheck: Recheck;
  readonly asked: PromiseWithResolvers<Standing>[];
  readonly told: Standing[];
  readonly woken: () => number;
  readonly tick: (now: number) => string;
} {
  const asked: PromiseWithResolvers<Standing>[] = [];
  const told: Standing[] = [];
  let woken = 0;
  const recheck = createRecheck(
    { wake: () => (woken += 1) },
    {
      everyMs: 100,
      spread,
      ask: () => {
        const next = Promise.withResolvers<Standing>();
        asked.push(next);
        return next.promise;
      },
      onStanding: (standing) => told.push(standing),
    },
  );
  const tick = (now: number): string => {
    const verdict = recheck.tick?.(now, view);
    if (verdict?.verdict === "close") return `${verdict.code}: ${verdict.detail}`;
    return verdict?.verdict === "wait" ? `until ${verdict.untilMs}` : "other";
  };
  return { recheck, asked, told, woken: () => woken, tick };
}

const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

describe("createRecheck", () => {
  it("asks every so often, and not before", () => {
    const { tick, asked } = scene();
    expect(tick(1000)).toBe("until 1100");
    expect(tick(1050)).toBe("until 1100");
    expect(asked).toHaveLength(0);
    expect(tick(1100)).toBe("until 1200");
    expect(asked).toHaveLength(1);
  });

  it("begins in the middle of the time, so that not all ask at once", () => {
    expect(scene(0.25).tick(1000)).toBe("until 1075");
  });

  it("closes the connection once the answer is no", async () => {
    const { tick, asked, woken } = scene(1);
    tick(0);
    asked[0]?.resolve({ is: "withdrawn", problem: "signed out" });
    await settled();
    expect(woken()).toBe(1);
    expect(tick(1)).toBe("identity.withdrawn: signed out");
  });

  it("stays open while nobody can say, and tells that", async () => {
    const { tick, asked, told } = scene(1);
    tick(0);
    asked[0]?.reject(new Error("no answer"));
    await settled();
    expect(tick(1)).toBe("until 100");
    tick(100);
    asked[1]?.reject("odd");
    await settled();
    tick(200);
    asked[2]?.resolve({ is: "good" });
    await settled();
    expect(told).toEqual([
      { is: "unknown", problem: "no answer" },
      { is: "unknown", problem: "odd" },
      { is: "good" },
    ]);
  });

  it("asks one question at a time, however long it takes", () => {
    const { tick, asked } = scene(1);
    for (const now of [0, 100, 200, 300]) tick(now);
    expect(asked).toHaveLength(1);
  });

  it("believes no answer about a credential that was replaced", async () => {
    const { recheck, tick, asked } = scene(1);
    tick(0);
    recheck.again();
    asked[0]?.resolve({ is: "withdrawn", problem: "the old one" });
    await settled();
    expect(tick(100)).toBe("until 200");
    expect(asked).toHaveLength(2);
  });

  it("wakes nobody after the connection's end", async () => {
    const { recheck, tick, asked, told, woken } = scene(1);
    tick(0);
    recheck.end?.();
    asked[0]?.resolve({ is: "withdrawn", problem: "late" });
    await settled();
    expect([woken(), told.length]).toEqual([0, 0]);
  });
});

describe("spreadOf", () => {
  it("is the same for a session, and from 0 to a half", () => {
    const spreads = Array.from({ length: 200 }, (_, index) => spreadOf(`session-${index}`));
    expect(spreadOf("session-1")).toBe(spreads[1]);
    expect(Math.min(...spreads)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...spreads)).toBeLessThan(0.5);
    expect(new Set(spreads).size).toBeGreaterThan(100);
    expect(spreadOf("")).toBe(0);
  });
});
