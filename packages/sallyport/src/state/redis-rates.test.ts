import { describe, expect, it } from "vitest";
import type { Rate, Spend } from "../guards/quotas.ts";
import { RedisRates } from "./redis-rates.ts";

/** Answers come after so many milliseconds. */
interface SlowEngine {
  readonly connection: ConstructorParameters<typeof RedisRates>[0]["connection"];
  readonly now: () => number;
  /** Goes on by a millisecond. */
  step(): Promise<void>;
}

/** An engine that keeps leases as the script does, on a clock of the test's. */
function slowEngine(answerMs: number): SlowEngine {
  let now = 0;
  const every = (everyMs: number, run: () => unknown): (() => void) => {
    const timer = { at: now + everyMs, everyMs, run };
    due.add(timer);
    return () => void due.delete(timer);
  };
  const due = new Set<{ at: number; readonly everyMs: number | null; readonly run: () => unknown }>();
  const full = new Map<string, number>();
  const leaseOf = (
    key: string,
    [charged = 0, wanted = 0, perMs = 1, burst = 1]: readonly number[],
  ): number[] => {
    const before = Math.max(now, full.get(key) ?? now) + charged / perMs;
    const tokens = burst - (before - now) * perMs;
    const given = Math.max(0, Math.min(wanted, Math.floor(tokens + 1e-6)));
    full.set(key, before + given / perMs);
    return [given, Math.ceil(Math.max(0, -tokens) / perMs)];
  };
  return {
    connection: {
      key: (_, name) => name,
      status: () => ({ up: true, problem: null }) as never,
      run: (_script, keys, values) =>
        new Promise((resolve) => {
          const answer = keys.flatMap((key, index) =>
            leaseOf(key, values.slice(4 * index, 4 * index + 4).map(Number)),
          );
          due.add({ at: now + answerMs, everyMs: null, run: () => resolve(answer) });
        }),
      after: every,
      about: every,
    },
    now: () => now,
    async step() {
      now += 1;
      for (const timer of [...due].filter(({ at }) => at <= now)) {
        if (timer.everyMs === null) due.delete(timer);
        else timer.at = now + timer.everyMs;
        timer.run();
      }
      await new Promise((resolve) => void setImmediate(resolve));
    },
  };
}

/** Sends whenever it may. */
class Sender {
  readonly #spend: Spend;
  passed = 0;
  #heldUntil = 0;

  constructor(spend: Spend) {
    this.#spend = spend;
  }

  send(now: number): void {
    if (now < this.#heldUntil) return;
    this.#heldUntil = now + this.#spend(1, now);
    this.passed += 1;
  }
}

describe("RedisRates", () => {
  it.for([0, 50, 200, 900])(
    "admits no more than the bound that it states where answers take %i ms, whatever nodes know of each other, and lets nobody starve",
    async (answerMs) => {
      const engine = slowEngine(answerMs);
      const rate: Rate = { key: "ada", perSecond: 20, burst: 20 };
      const senders = [0, 1].map(() => {
        // Each knows of itself alone: what it takes for its share is all of it.
        const rates = new RedisRates({ connection: engine.connection, nodes: () => 1, now: engine.now });
        return new Sender(rates.spender("ada", rate));
      });
      const seconds = 20;
      while (engine.now() < seconds * 1000) {
        for (const sender of senders) sender.send(engine.now());
        await engine.step();
      }
      const passed = senders.reduce((sum, sender) => sum + sender.passed, 0);
      const { perSecond, burst } = rate;
      const ahead = senders.length * (burst / 4 + 2 * (Math.ceil(burst / 16) + 1));
      const late = answerMs > 100 ? senders.length * (burst + (perSecond * answerMs) / 1000) : 0;
      expect(passed).toBeLessThanOrEqual(burst + perSecond * seconds + ahead + late);
      expect(passed).toBeGreaterThan(perSecond * seconds * 0.9);
    },
  );
});
