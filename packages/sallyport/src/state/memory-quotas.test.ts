import { describe, expect, it } from "vitest";
import type { Entered, Place, Quotas } from "../guards/quotas.ts";
import { createMemoryQuotas } from "./memory-quotas.ts";

async function enter(quotas: Quotas, places: readonly Place[], evenIfRefused = false): Promise<Entered> {
  return await quotas.enter({ rate: null, places, evenIfRefused }, 0);
}

const one: readonly Place[] = [{ key: "total", limit: 1 }];

describe("createMemoryQuotas", () => {
  it("refuses a place beyond its limit, and says which and how many have it", async () => {
    const quotas = createMemoryQuotas().of("a");
    const places = [
      { key: "total", limit: 9 },
      { key: "address", limit: 2 },
    ];
    expect([(await enter(quotas, places)).refusal, (await enter(quotas, places)).refusal]).toEqual([
      null,
      null,
    ]);
    expect((await enter(quotas, places)).refusal).toEqual({ place: 1, taken: 2, waitMs: 0 });
  });

  it("takes all places of an entry or none", async () => {
    const quotas = createMemoryQuotas().of("a");
    await enter(quotas, one);
    await enter(quotas, [{ key: "other", limit: 1 }, ...one]);
    expect((await enter(quotas, [{ key: "other", limit: 1 }])).refusal).toBeNull();
  });

  it("gives a place back once, however often it is released", async () => {
    const quotas = createMemoryQuotas().of("a");
    const two = [{ key: "total", limit: 2 }];
    const [first] = [await enter(quotas, two), await enter(quotas, two)];
    first.release();
    first.release();
    expect((await enter(quotas, two)).refusal).toBeNull();
    expect((await enter(quotas, two)).refusal).toMatchObject({ taken: 2 });
  });

  it("takes a place beyond the limit for a guard that observes, and a refused one holds nothing", async () => {
    const quotas = createMemoryQuotas().of("a");
    await enter(quotas, one);
    const beyond = await enter(quotas, one, true);
    expect(beyond.refusal).toMatchObject({ taken: 1 });
    expect((await enter(quotas, one)).refusal).toMatchObject({ taken: 2 });
    beyond.release();
    (await enter(quotas, one)).release();
    expect((await enter(quotas, one)).refusal).toMatchObject({ taken: 1 });
  });

  it("says how long to wait for a token of a rate, and takes no place then", async () => {
    const quotas = createMemoryQuotas().of("a");
    const rate = { key: "a", perSecond: 1, burst: 1 };
    const entry = { rate, places: one, evenIfRefused: false };
    (await quotas.enter(entry, 0)).release();
    expect((await quotas.enter(entry, 400)).refusal).toEqual({ place: null, taken: 0, waitMs: 600 });
    expect((await quotas.enter(entry, 1000)).refusal).toBeNull();
  });

  it("keeps the counts of each scope apart, and those of one scope whoever asks for it", async () => {
    const scopes = createMemoryQuotas();
    await enter(scopes.of("a"), one);
    expect((await enter(scopes.of("b"), one)).refusal).toBeNull();
    expect((await enter(scopes.of("a"), one)).refusal).toMatchObject({ place: 0 });
  });

  it("lets all spenders of one key share its rate, and go into debt", () => {
    const quotas = createMemoryQuotas().of("a");
    const rate = { key: "ada", perSecond: 10, burst: 2 };
    const [first, second] = [quotas.spender(rate, 0), quotas.spender(rate, 0)];
    expect([first(1, 0), second(1, 0), first(1, 0)]).toEqual([0, 0, 100]);
    expect(quotas.spender({ ...rate, key: "bob" }, 0)(1, 0)).toBe(0);
  });

  it("begins anew for another rate, and forgets the oldest of five", () => {
    const quotas = createMemoryQuotas().of("a");
    const spend = (perSecond: number): number => quotas.spender({ key: "ada", perSecond, burst: 1 }, 0)(1, 0);
    expect([spend(1), spend(1)]).toEqual([0, 1000]);
    expect([spend(2), spend(4), spend(5)]).toEqual([0, 0, 0]);
    expect(spend(1)).toBe(2000);
    expect(spend(10)).toBe(0);
    expect(spend(1)).toBe(0);
  });
});
