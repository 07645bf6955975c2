import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { cutOff, emptied, paused } from "./cases/engine-trouble.ts";
import { gateKilled } from "./cases/gate-killed.ts";
import type { ChaosCase } from "./chaos-case.ts";
import { startChild, type Child } from "./child.ts";
import { scratchDirectory } from "./engine.ts";
import { inOwnNetwork, whyNoNamespaces } from "./network.ts";
import { Undo } from "./undo.ts";

// The part of `npm run chaos` that every commit is tried with: one pair of gateways, to which one thing after the other happens.

const oneSite = fileURLToPath(new URL("one-site.ts", import.meta.url));
const all = new Undo();
const missing = whyNoNamespaces();
let harness: Child | null = null;

beforeAll(async () => {
  const command = [process.execPath, "--conditions=sallyport-source", oneSite];
  harness = startChild(missing === null ? inOwnNetwork(command) : command, {
    undo: all,
    directory: await scratchDirectory(all),
    withinMs: 180_000,
  });
});
// It undoes what it has done before it ends.
afterAll(async () => {
  await harness?.end();
  await all.all();
});

/** Waits until a case holds. Answers how often something was tried that had to be refused, and was; rejects where anything is not as it was declared. */
async function refusedIn({ id }: ChaosCase): Promise<number> {
  if (harness === null) throw new Error("nothing was started");
  const [, refused] = await harness.says(new RegExp(`^${id} holds: (\\d+) refused$`, "m"));
  return Number(refused);
}

const WITHIN_MS = 200_000;

describe("two gateways and their engine", () => {
  it(
    `${emptied.title}: nothing fails open, no message waits, and what nodes know is put back`,
    { timeout: WITHIN_MS },
    async () => {
      expect(await refusedIn(emptied)).toBeGreaterThan(0);
    },
  );

  it(`${paused.title}: nothing fails open, and no message waits`, { timeout: WITHIN_MS }, async () => {
    expect(await refusedIn(paused)).toBeGreaterThan(0);
  });

  it.skipIf(missing !== null)(
    `${cutOff.title}: it refuses what the other one may still admit${missing === null ? "" : ` (not here: ${missing})`}`,
    { timeout: WITHIN_MS },
    async () => {
      expect(await refusedIn(cutOff)).toBeGreaterThan(0);
    },
  );

  it(
    `${gateKilled.title}: their places are free again, and nothing that it had told is lost`,
    { timeout: WITHIN_MS },
    async () => {
      expect(await refusedIn(gateKilled)).toBeGreaterThan(0);
    },
  );
});
