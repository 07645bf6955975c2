import type { SessionsElsewhere } from "../hosts/gate.ts";
import { joinPages } from "../hosts/open-sessions.ts";
import type { OtherNodes, OwnSessions } from "../hosts/other-nodes.ts";
import { demandOf, sumDone } from "../hosts/watch-order.ts";
import type { WorkerProcess } from "./worker-process.ts";

/** Asks all workers; the answers of those that have one, and give it in time. */
type AskWorkers = <Value>(question: (worker: WorkerProcess) => Promise<Value>) => Promise<readonly Value[]>;

/** The open sessions of all workers of this node. */
export function workerSessions(askAll: AskWorkers): OwnSessions {
  return {
    listSessions: async (query) =>
      joinPages(await askAll((worker) => worker.ask("listSessions", query)), query),
    async closeSessions(filter, why) {
      const closed = await askAll((worker) => worker.ask("closeSessions", filter, why));
      return closed.reduce((total, count) => total + count, 0);
    },
    demandRefresh: async (filter) => sumDone(await askAll((worker) => worker.ask("order", demandOf(filter)))),
    async find(key) {
      const [found] = await askAll((worker) => worker.ask("findRefreshable", key));
      return found ?? null;
    },
    async refresh(key, identity) {
      const [answer] = await askAll((worker) => worker.ask("refreshSession", key, identity));
      return answer ?? null;
    },
  };
}

/** The sessions of other processes, for one worker: those of this node first, then those of the others. */
export function elsewhereOf(own: SessionsElsewhere, others: OtherNodes | null): SessionsElsewhere {
  if (others === null) return own;
  const { elsewhere } = others;
  return {
    find: async (key) => (await own.find(key)) ?? (await elsewhere.find(key)),
    refresh: async (key, identity) =>
      (await own.refresh(key, identity)) ?? (await elsewhere.refresh(key, identity)),
  };
}
