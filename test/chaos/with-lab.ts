import type { ChaosPace } from "./chaos-case.ts";
import { startEngine, type Engine } from "./engine.ts";
import { openLab, redisAt, startSite, type Lab, type LabOptions, type SiteOptions } from "./lab.ts";
import { createNamespaces, isInOwnNetwork, loopback } from "./network.ts";
import { Undo } from "./undo.ts";

/** What a case works with. */
export interface WithLab {
  readonly lab: Lab;
  readonly engine: Engine;
  readonly undo: Undo;
}

/**
 * Runs a case with two gateways and one engine, each in a network namespace of its own where there are any and otherwise on one loopback, and ends all of it.
 */
export async function withLab<Result>(
  { outageAfter, timeout }: ChaosPace,
  work: (parts: WithLab) => Promise<Result>,
  options: LabOptions & Pick<SiteOptions, "preload"> = {},
): Promise<Result> {
  const undo = new Undo();
  try {
    const network = isInOwnNetwork() ? await createNamespaces(undo) : loopback;
    const engine = await startEngine({ network, undo });
    const state = redisAt(network, engine.port, timeout);
    const site = await startSite({ network, undo, state, outageAfter, ...options });
    return await work({ lab: await openLab(site, undo, options), engine, undo });
  } finally {
    await undo.all();
  }
}
