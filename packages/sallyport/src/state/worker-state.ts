import type { MemoryState } from "./memory-state.ts";
import { createMemoryState } from "./memory-state.ts";
import { createWorkerQuotas, type ToPrimary } from "./worker-quotas.ts";

/**
 * The state of a worker: counts, rates and tickets are the primary process's, which is asked; bans and revocations are copies,
 * which it keeps up to date, so that looking is synchronous.
 */
export function createWorkerState(primary: ToPrimary): MemoryState {
  const { bans, revocations } = createMemoryState();
  return {
    bans,
    revocations,
    quotas: createWorkerQuotas(primary),
    tickets: {
      put: (key, ticket, wallNow) => primary.ask("putTicket", key, ticket, wallNow),
      take: (key, wallNow) => primary.ask("takeTicket", key, wallNow),
      useOnce: (key, until, wallNow) => primary.ask("useOnce", key, until, wallNow),
    },
  };
}
