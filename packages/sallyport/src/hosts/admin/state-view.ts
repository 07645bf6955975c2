import { LAST_MOMENT } from "../../last-moment.ts";
import { describeDisagreement } from "../../state/node-terms.ts";
import type { StateFigures } from "../../state/redis-state.ts";
import type { StateView } from "../dashboard/state-message.ts";

/** How state is shared, as it is shown. */
export function viewState(figures: StateFigures | null): StateView {
  if (figures === null) return { engine: null, nodes: [], disagreements: [] };
  const { shown, up, since, problem, outages, clockAheadMs, memory, ...rest } = figures;
  const { unpublished, putBack, misfits, nodes, node: own, disagreements } = rest;
  return {
    engine: {
      where: shown,
      up,
      since: new Date(since).toISOString(),
      problem,
      outages,
      clockAheadMs,
      unpublished,
      putBack,
      misfits,
      memory: memory === null ? null : { ...memory, limitBytes: memory.limitBytes || null },
    },
    nodes: nodes.map(({ node, name, version, startedAt, connections }) => ({
      name,
      isThis: node === own,
      version,
      startedAt: startedAt > 0 && startedAt <= LAST_MOMENT ? new Date(startedAt).toISOString() : null,
      connections: Number.isSafeInteger(connections) && connections >= 0 ? connections : 0,
    })),
    disagreements: disagreements.map((one) => Object.assign({ sentence: describeDisagreement(one) }, one)),
  };
}
