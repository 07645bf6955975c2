import type { ChaosPace } from "./chaos-case.ts";
import { startEngine, type Engine } from "./engine.ts";
import { redisAt, startLab, type Lab, type LabOptions } from "./lab.ts";
import { loopback } from "./network.ts";
import { Undo } from "./undo.ts";

/** What a case works with. */
export interface WithLab {
  readonly lab: Lab;
  readonly engine: Engine;
  readonly undo: Undo;
}

/** Runs a case with two gateways and one engine on loopback, and ends all of it. */
export async function withLab<Result>(
  { outageAfter }: ChaosPace,
  work: (parts: WithLab) => Promise<Result>,
  options: Pick<LabOptions, "clients" | "preload"> = {},
): Promise<Result> {
  const undo = new Undo();
  try {
    const engine = await startEngine({ network: loopback, undo });
    const state = redisAt(loopback, engine.port);
    const lab = await startLab({ network: loopback, undo, state, outageAfter, ...options });
    return await work({ lab, engine, undo });
  } finally {
    await undo.all();
  }
}
