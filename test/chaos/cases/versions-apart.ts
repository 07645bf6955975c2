import assert from "node:assert/strict";

import { REDIS_FORMAT } from "../../../packages/sallyport/src/state/redis-connection.ts";
import type { ChaosCase } from "../chaos-case.ts";
import { KEYS } from "../engine.ts";
import { finishLab } from "../finish-lab.ts";
import { isInStep } from "../lab.ts";
import { until } from "../until.ts";
import { withLab } from "../with-lab.ts";

const newer = new URL("../preload-newer-format.ts", import.meta.url);

/** An old and a new version share an engine. */
export const versionsApart: ChaosCase = {
  id: "versions",
  title: "An old and a new version side by side",
  done: "gateway B writes the next version of the format; then gateway A is replaced by one that does, too",
  needsNamespaces: false,
  async run(pace) {
    let isUpgraded = false;
    return await withLab(
      pace,
      async ({ lab, engine }) => {
        const { gates, callers, doors, live } = lab;
        const [old, fresh] = gates;
        await live.flow(gates);
        for (const [index, gate] of gates.entries()) {
          const other = gates[1 - index] ?? gate;
          const { ticket } = await callers.ticket(gate, `tina-${gate.name}`);
          assert.deepEqual(await doors.redeem(ticket, [other]), [403]);
          assert.deepEqual(await doors.redeem(ticket, [gate]), [101]);
          const user = `rita-${gate.name}`;
          assert.equal((await gate.admin("POST", "/revocations", { user })).status, 200);
          await until("in force", async () => (await callers.knock(gate, { user })) === 401);
          doors.revoked(user, gate);
          // They share nothing meanwhile.
          assert.equal(await callers.knock(other, { user }), 101);
        }
        for (const number of [REDIS_FORMAT, REDIS_FORMAT + 1])
          assert.equal(await engine.tell("EXISTS", `sallyport:${number}:{log}:log`), "1");

        // Of one format, a newer version may write more beside what an older one knows, and kinds that it does not know.
        await plant(engine.tell, "revocations", {
          id: "planned",
          user: "vera",
          reason: "",
          closes: true,
          createdAt: 0,
          expiresAt: 1,
          severity: "high",
        });
        await plant(engine.tell, "moods", { id: "planned" });
        await until("it is taken", async () => (await callers.knock(old, { user: "vera" })) === 401);
        doors.revoked("vera", old);
        assert.equal(await old.metric("sallyport_state_misfits_total"), 0);

        isUpgraded = true;
        const upgraded = await lab.startGate(0);
        await until("it is in step", () => isInStep(upgraded));
        assert.equal(await callers.knock(upgraded, { user: "rita-B" }), 401);
        const { ticket } = await callers.ticket(upgraded, "tom");
        assert.deepEqual(await doors.redeem(ticket, [upgraded, fresh]), [101, 403]);
        return {
          ...(await finishLab(lab)),
          fresh: "101 at both",
          tickets: "of the own format only, redeemed once",
          revocations: "of the own format only; all of it at the one that replaces the old",
          recoveredMs: null,
        };
      },
      { floodAt: [0], preload: (index) => (index === 1 || isUpgraded ? newer : undefined) },
    );
  },
};

type Tell = (...words: readonly string[]) => Promise<string>;

async function plant(tell: Tell, kind: string, value: object): Promise<void> {
  const entry = `9999999999999 ${JSON.stringify(value)}`;
  await tell("XADD", `${KEYS}{log}:log`, "*", "kind", kind, "name", "planned", "entry", entry);
}
