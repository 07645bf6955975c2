import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import type { ChaosCase, ChaosPace } from "../chaos-case.ts";
import { startEngine } from "../engine.ts";
import { finishLab } from "../finish-lab.ts";
import { openLab, redisAt, startSite, type Lab } from "../lab.ts";
import { loopback } from "../network.ts";
import { runOutage } from "../outage.ts";
import { startSlowProxy, type SlowProxy } from "../slow-proxy.ts";
import { Undo } from "../undo.ts";
import { until } from "../until.ts";

async function withSlowEngine<Result>(
  { outageAfter }: ChaosPace,
  work: (lab: Lab, proxy: SlowProxy) => Promise<Result>,
): Promise<Result> {
  const undo = new Undo();
  try {
    const engine = await startEngine({ network: loopback, undo });
    const proxy = await startSlowProxy(engine.port, undo);
    const state = redisAt(loopback, proxy.port, "1s");
    const site = await startSite({ network: loopback, undo, state, outageAfter });
    return await work(await openLab(site, undo), proxy);
  } finally {
    await undo.all();
  }
}

/** Each answer comes late, and still within the bound of a command. */
export const slow: ChaosCase = {
  id: "slow",
  title: "The engine answers after 200 ms",
  done: "each answer is held up, by less than `timeout` (1 s)",
  needsNamespaces: false,
  run: (pace) =>
    withSlowEngine(pace, async (lab, proxy) => {
      const { gates, callers, doors, live } = lab;
      const [one, other] = gates;
      proxy.slowDown(200);
      const begun = performance.now();
      await live.flow(gates);
      const askedAt = performance.now();
      const { status, ticket } = await callers.ticket(one, "tina");
      const issuedMs = performance.now() - askedAt;
      assert.equal(status, 200);
      assert.deepEqual(await doors.redeem(ticket, gates), [101, 403]);
      assert.equal((await one.admin("POST", "/revocations", { user: "rita" })).status, 200);
      doors.revoked("rita", one);
      const revokedAt = performance.now();
      await until("it is at the other", async () => (await callers.knock(other, { user: "rita" })) === 401);
      const reachedMs = performance.now() - revokedAt;
      doors.revoked("rita", other);
      await delay(Math.max(0, begun + pace.holdMs / 3 - performance.now()));
      await live.flow(gates);
      for (const gate of gates) {
        assert.equal(await gate.metric("sallyport_state_outages_total"), 0, `${gate.name} took it for gone`);
        assert.equal(await gate.ready(), 200);
      }
      return {
        ...(await finishLab(lab)),
        fresh: "101, ready",
        tickets: `issued after ${Math.round(issuedMs)} ms, redeemed once`,
        revocations: `at the other node after ${Math.round(reachedMs)} ms`,
        recoveredMs: null,
      };
    }),
};

/** Each answer comes too late. */
export const tooSlow: ChaosCase = {
  id: "too-slow",
  title: "The engine answers after 2 s",
  done: "each answer is held up, by more than `timeout` (1 s)",
  needsNamespaces: false,
  run: (pace) =>
    withSlowEngine(pace, (lab, proxy) =>
      runOutage(
        lab,
        {
          away: [0, 1],
          servers: "the same",
          hit: () => proxy.slowDown(2000),
          heal: () => proxy.slowDown(0),
        },
        pace,
      ),
    ),
};
