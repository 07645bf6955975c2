import { array, assert, asyncProperty, nat, tuple } from "fast-check";
import { describe, expect, it } from "vitest";
import { channelPair } from "../../test/channel-pair.ts";
import type { Entry, Rate } from "../guards/quotas.ts";
import { connectCalls, type Calls } from "./calls.ts";
import { createMemoryState, type MemoryState } from "./memory-state.ts";
import { createWorkerDesk, type StateAnswers, type WorkerDesk } from "./worker-desk.ts";
import { createWorkerState } from "./worker-state.ts";

interface Worker {
  readonly state: MemoryState;
  readonly desk: WorkerDesk;
  readonly calls: Calls<StateAnswers>;
}

function startWorker(primary: MemoryState, now: () => number = () => 0): Worker {
  const [near, far] = channelPair();
  const desk = createWorkerDesk(primary, now);
  connectCalls(far, desk.answers);
  const calls = connectCalls<StateAnswers>(near, {});
  return { state: createWorkerState({ ...calls, now }).state, desk, calls };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const SCOPE = "a guard of /";
const entry = (limit: number, evenIfRefused = false): Entry => ({
  rate: null,
  places: [{ key: "total", limit }],
  evenIfRefused,
});

describe("createWorkerQuotas", () => {
  it("counts the places of all workers together, exactly", async () => {
    const primary = createMemoryState();
    const workers = [startWorker(primary), startWorker(primary), startWorker(primary)];
    const asked = Array.from({ length: 30 }, async (_, index) =>
      workers[index % 3]?.state.quotas.of(SCOPE).enter(entry(10), 0),
    );
    const entered = await Promise.all(asked);
    expect(entered.filter((answer) => answer?.refusal === null)).toHaveLength(10);
    expect(entered.find((answer) => answer?.refusal !== null)?.refusal).toEqual({
      place: 0,
      taken: 10,
      waitMs: 0,
    });
  });

  it("knows where there is no room for one more, whichever worker has it", async () => {
    const primary = createMemoryState();
    const [one, other] = [startWorker(primary), startWorker(primary)];
    const { places } = entry(1);
    expect(await other.state.quotas.of(SCOPE).room(places)).toBeNull();
    const { release } = await one.state.quotas.of(SCOPE).enter(entry(1), 0);
    expect(await other.state.quotas.of(SCOPE).room(places)).toEqual({ place: 0, taken: 1, waitMs: 0 });
    release();
    await settled();
    expect(await other.state.quotas.of(SCOPE).room(places)).toBeNull();
  });

  it("gives a place back once, also one that was taken beyond the limit", async () => {
    const primary = createMemoryState();
    const [one, other] = [startWorker(primary), startWorker(primary)];
    const first = await one.state.quotas.of(SCOPE).enter(entry(1), 0);
    const beyond = await one.state.quotas.of(SCOPE).enter(entry(1, true), 0);
    expect(beyond.refusal).toMatchObject({ taken: 1 });
    first.release();
    first.release();
    await settled();
    expect((await other.state.quotas.of(SCOPE).enter(entry(1), 0)).refusal).toMatchObject({ taken: 1 });
    beyond.release();
    await settled();
    expect((await other.state.quotas.of(SCOPE).enter(entry(1), 0)).refusal).toBeNull();
  });

  it("gives back what a worker had when it is gone", async () => {
    const primary = createMemoryState();
    const [one, other] = [startWorker(primary), startWorker(primary)];
    await one.state.quotas.of(SCOPE).enter(entry(2), 0);
    await one.state.quotas.of(SCOPE).enter(entry(2), 0);
    one.desk.close();
    expect((await other.state.quotas.of(SCOPE).enter(entry(1), 0)).refusal).toBeNull();
  });

  it("gives nothing to a worker that is gone: what it asked for may be read after it has ended", async () => {
    const primary = createMemoryState();
    const [one, other] = [startWorker(primary), startWorker(primary)];
    one.desk.close();
    await expect(one.state.quotas.of(SCOPE).enter(entry(1), 0)).rejects.toThrow("gone");
    expect((await other.state.quotas.of(SCOPE).enter(entry(1), 0)).refusal).toBeNull();
  });

  it("lets nobody in when the primary process cannot be asked", async () => {
    const worker = startWorker(createMemoryState());
    worker.calls.end();
    await expect(worker.state.quotas.of(SCOPE).enter(entry(1), 0)).rejects.toThrow("gone");
  });

  it("asks the primary process for tickets, of which one worker gets each", async () => {
    const primary = createMemoryState();
    const workers = [startWorker(primary), startWorker(primary)];
    const ticket = {
      identity: {
        provider: "jwt",
        user: "ada",
        issuer: "i",
        claims: {},
        tenant: null,
        expiresAt: null,
        credential: null,
      },
      route: "/",
      origin: null,
      session: "s",
      refreshHash: "",
      keyThumbprint: null,
      expiresAt: 10,
    } as const;
    expect(await workers[0]?.state.tickets.put("key", ticket, 0)).toBe(true);
    const taken = await Promise.all(workers.map(({ state }) => state.tickets.take("key", 1)));
    expect(taken.filter((found) => found !== null)).toEqual([ticket]);
    const used = await Promise.all(
      workers.map(({ state }) => state.tickets.useOnce({ key: "proof", issuedAt: 5, until: 10 }, 0)),
    );
    expect(used.filter((isFirst) => isFirst)).toHaveLength(1);
  });
});

describe("spending of a rate by several workers", () => {
  const rate: Rate = { key: "ada", perSecond: 200, burst: 400 };

  it("waits for the debt that all workers made together", async () => {
    const primary = createMemoryState();
    const spends = [startWorker(primary), startWorker(primary)].map(({ state }) =>
      state.quotas.of(SCOPE).spender(rate, 0),
    );
    for (let count = 0; count < 250; count++) {
      for (const spend of spends) spend(1, 0);
      await settled();
    }
    // 500 of 400 are taken: a hundred too many, of which each worker may not have reported nine.
    for (const spend of spends) expect(spend(1, 0)).toBeGreaterThan(400);
  });

  it("passes at most two portions ahead of an answer, then holds each connection", () => {
    const spend = startWorker(createMemoryState()).state.quotas.of(SCOPE).spender(rate, 0);
    const waits = Array.from({ length: 25 }, () => spend(1, 0));
    expect(waits.slice(0, 19).every((wait) => wait === 0)).toBe(true);
    expect(waits.slice(19).every((wait) => wait > 0)).toBe(true);
  });

  it("is free again when the debt is paid", async () => {
    const spend = startWorker(createMemoryState()).state.quotas.of(SCOPE).spender(rate, 0);
    spend(600, 0);
    await settled();
    expect(spend(1, 0)).toBe(1000);
    expect(spend(1, 1000)).toBe(0);
  });

  it("reports every message of a rate below one portion", async () => {
    const primary = createMemoryState();
    const slow: Rate = { key: "ada", perSecond: 1, burst: 1 };
    const [one, other] = [startWorker(primary), startWorker(primary)].map(({ state }) =>
      state.quotas.of(SCOPE).spender(slow, 0),
    );
    one?.(1, 0);
    await settled();
    other?.(1, 0);
    await settled();
    expect(other?.(1, 0)).toBe(1000);
  });

  it("never admits more than the rate, its burst and what the bound says", async () => {
    const workers = 3;
    await assert(
      asyncProperty(
        array(tuple(nat({ max: workers - 1 }), nat({ max: 20 })), { maxLength: 300 }),
        async (steps) => {
          let [now, passed] = [0, 0];
          const primary = createMemoryState();
          const spends = Array.from({ length: workers }, () => {
            const own: Rate = { key: "ada", perSecond: 20, burst: 8 };
            return startWorker(primary, () => now)
              .state.quotas.of(SCOPE)
              .spender(own, 0);
          });
          const heldUntil = spends.map(() => 0);
          for (const [worker, forwardMs] of steps) {
            now += forwardMs;
            if (now < (heldUntil[worker] ?? 0)) continue;
            heldUntil[worker] = now + (spends[worker]?.(1, now) ?? 0);
            passed += 1;
            await settled();
          }
          // The portion is one message here: two for each worker, and one for its one connection.
          expect(passed).toBeLessThanOrEqual(8 + (now / 1000) * 20 + 3 * workers);
        },
      ),
      { numRuns: 50 },
    );
  });
});
