import assert from "node:assert/strict";

import type { ChaosCase } from "../chaos-case.ts";
import { KEYS } from "../engine.ts";
import { finishLab } from "../finish-lab.ts";
import { limits } from "../gate.ts";
import { until } from "../until.ts";
import { withLab } from "../with-lab.ts";

const AHEAD_MS = 60_000;
const TICKET_MS = 300_000;
const HOLDS_S = 30;
const FROM_AFAR = "203.0.113.9";

const clock = new URL("../preload-clock.ts", import.meta.url);
clock.search = String(AHEAD_MS);

/** One gateway's clock is a minute ahead. */
export const clocksApart: ChaosCase = {
  id: "clocks",
  title: "Clocks are a minute apart",
  done: "gateway A runs with a clock that is a minute ahead of the engine's and of gateway B's",
  needsNamespaces: false,
  run: (pace) =>
    withLab(
      pace,
      async ({ lab, engine }) => {
        const { gates, callers, doors, live } = lab;
        const [ahead, right] = gates;
        await until("it says so", () => ahead.child.written().includes("clocks are apart"));
        assert.equal(Math.round(await ahead.metric("sallyport_state_clock_ahead_seconds")), -AHEAD_MS / 1000);
        await live.flow(gates);
        for (const gate of gates) {
          const { status, ticket } = await callers.ticket(gate, `tina-${gate.name}`);
          assert.equal(status, 200);
          for (const key of (await engine.tell("KEYS", "*:{tickets-?}:[0-9a-f]*")).split("\n"))
            if (/:[0-9a-f]{64}$/.test(key)) {
              const leftMs = Number(await engine.tell("PTTL", key));
              assert.ok(leftMs > 0 && leftMs <= TICKET_MS, `a ticket waits for another ${leftMs} ms`);
            }
          assert.deepEqual(await doors.redeem(ticket, gates), [101, 403]);
        }

        const begun = performance.now();
        const terms = { seconds: HOLDS_S };
        assert.equal((await ahead.admin("POST", "/revocations", { user: "rita" })).status, 200);
        assert.equal((await ahead.admin("POST", "/revocations", { user: "vera", ...terms })).status, 200);
        assert.equal((await right.admin("POST", "/bans", { address: FROM_AFAR, ...terms })).status, 200);
        for (const gate of gates) {
          await until("in force", async () => (await callers.knock(gate, { user: "rita" })) === 401);
          await until("in force", async () => (await callers.knock(gate, { user: "vera" })) === 401);
          await until("banned", async () => (await callers.knock(gate, { address: FROM_AFAR })) === 403);
          doors.revoked("rita", gate);
        }
        const reachedMs = performance.now() - begun;

        const capped = await Promise.all(
          [ahead, ahead, right, right].map((gate) => callers.connect(gate, { user: "cap" })),
        );
        assert.equal(capped.filter(({ status }) => status === 101).length, limits.perUser);
        for (const { socket } of capped) socket?.terminate();

        // How long they hold, by the engine's clock.
        const entries = await engine.tell("HVALS", `${KEYS}{log}:bans`);
        const leftMs = Number(/^[1-9]\d+(?= )/m.exec(entries)?.[0]) - Date.now();
        assert.ok(Math.abs(leftMs - HOLDS_S * 1000) < HOLDS_S * 1000, `a ban holds for another ${leftMs} ms`);
        const endings = pace.isPatient
          ? `; what holds for ${HOLDS_S} s ended ${await endingOf(lab.gates.map((gate) => async () => (await callers.knock(gate, { user: "vera" })) === 101))} at A and B`
          : "";
        return {
          ...(await finishLab(lab)),
          fresh: "101; limits are those of both; the log and a metric say it",
          tickets: "redeemed once, whichever issued them",
          revocations: `everywhere after ${Math.round(reachedMs)} ms${endings}`,
          recoveredMs: null,
        };

        async function endingOf(hasEnded: readonly (() => Promise<boolean>)[]): Promise<string> {
          const after = await Promise.all(
            hasEnded.map(async (look) => {
              await until("it ends", look);
              return (performance.now() - begun) / 1000;
            }),
          );
          for (const ended of after) assert.ok(ended > HOLDS_S - 5, `it ended after ${ended} s`);
          return `after ${after.map((ended) => `${ended.toFixed(0)} s`).join(" and ")}`;
        }
      },
      { preload: (index) => (index === 0 ? clock : undefined) },
    ),
};
