// What `chaos.test.ts` starts in a network of its own: tries some cases on one pair of gateways, and says of each how it went. Ends with
// the first that does not hold.
import { cutOff, emptied, paused } from "./cases/engine-trouble.ts";
import { gateKilled, killGate } from "./cases/gate-killed.ts";
import { quick, type ChaosCase, type ChaosRow } from "./chaos-case.ts";
import { startEngine } from "./engine.ts";
import { openLab, redisAt, startSite, type LabOptions } from "./lab.ts";
import { createNamespaces, isInOwnNetwork, loopback } from "./network.ts";
import { runOutage } from "./outage.ts";
import { undoAtSignals, Undo } from "./undo.ts";
import type { WithLab } from "./with-lab.ts";

undoAtSignals();
const all = new Undo();
try {
  const network = isInOwnNetwork() ? await createNamespaces(all) : loopback;
  const engine = await startEngine({ network, undo: all });
  const state = redisAt(network, engine.port, quick.timeout);
  const site = await startSite({ network, undo: all, state, outageAfter: quick.outageAfter });

  const tryOut = async (
    { id }: ChaosCase,
    run: (parts: WithLab) => Promise<ChaosRow>,
    options: LabOptions = {},
  ): Promise<void> => {
    const undo = new Undo();
    try {
      const { refused } = await run({ lab: await openLab(site, undo, options), engine, undo });
      process.stdout.write(`${id} holds: ${refused} refused\n`);
    } finally {
      await undo.all();
    }
  };

  for (const of of network === loopback ? [emptied, paused] : [emptied, paused, cutOff])
    await tryOut(of, ({ lab }) => runOutage(lab, of.outage(engine, network), quick));
  // The last one: one of the two gateways is gone.
  await tryOut(gateKilled, (parts) => killGate(parts, quick), { clients: 0 });
} finally {
  await all.all();
}
