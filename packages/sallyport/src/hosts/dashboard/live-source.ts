import type { TakeBatch } from "./event-tap.ts";
import type { GateTotals } from "./gate-totals.ts";

/** Where the dashboard's live view comes from: a gate in this process, or in several. */
export interface LiveSource {
  /** What was counted so far. */
  totals(): GateTotals | Promise<GateTotals>;
  /** Has somebody told of events in batches. Answers what ends it. */
  lookAtEvents(taker: TakeBatch): () => void;
  /** Why the configuration that was read last is not in force; `null`: it is. */
  reloadProblem(): string | null;
}
