import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";

import { cutOff, emptied, paused, type TroubleCase } from "./cases/engine-trouble.ts";
import { gateKilled, killGate } from "./cases/gate-killed.ts";
import { quick } from "./chaos-case.ts";
import { startEngine, type Engine } from "./engine.ts";
import { openLab, redisAt, startSite, type Lab, type LabOptions, type Site } from "./lab.ts";
import { createNamespaces, loopback, whyNoNamespaces } from "./network.ts";
import { runOutage } from "./outage.ts";
import { Undo } from "./undo.ts";

// The part of `npm run chaos` that every commit is tried with: one pair of gateways, to which one thing after the other happens.

const all = new Undo();
const missing = whyNoNamespaces();
let [engine, site] = [null as Engine | null, null as Site | null];

beforeAll(async () => {
  const network = missing === null ? await createNamespaces(all) : loopback;
  engine = await startEngine({ network, undo: all });
  const state = redisAt(network, engine.port, quick.timeout);
  site = await startSite({ network, undo: all, state, outageAfter: quick.outageAfter });
});
afterAll(() => all.all());

async function labOf(options: LabOptions = {}): Promise<{ lab: Lab; engine: Engine; undo: Undo }> {
  if (engine === null || site === null) throw new Error("nothing was started");
  const undo = new Undo();
  onTestFinished(() => undo.all());
  return { lab: await openLab(site, undo, options), engine, undo };
}

/** Answers how often something was tried that had to be refused, and was; rejects where anything is not as it was declared. */
async function tryOut(of: TroubleCase): Promise<number> {
  const parts = await labOf();
  return (await runOutage(parts.lab, of.outage(parts.engine, parts.lab.network), quick)).refused;
}

const WITHIN_MS = 180_000;

describe("two gateways and their engine", () => {
  it(
    `${emptied.title}: nothing fails open, no message waits, and what nodes know is put back`,
    { timeout: WITHIN_MS },
    async () => {
      expect(await tryOut(emptied)).toBeGreaterThan(0);
    },
  );

  it(`${paused.title}: nothing fails open, and no message waits`, { timeout: WITHIN_MS }, async () => {
    expect(await tryOut(paused)).toBeGreaterThan(0);
  });

  it.skipIf(missing !== null)(
    `${cutOff.title}: it refuses what the other one may still admit${missing === null ? "" : ` (not here: ${missing})`}`,
    { timeout: WITHIN_MS },
    async () => {
      expect(await tryOut(cutOff)).toBeGreaterThan(0);
    },
  );

  // The last one: one of the two gateways is gone.
  it(
    `${gateKilled.title}: their places are free again, and nothing that it had told is lost`,
    { timeout: WITHIN_MS },
    async () => {
      const row = await killGate(await labOf({ clients: 0 }), quick);
      expect(row.refused).toBeGreaterThan(0);
    },
  );
});
