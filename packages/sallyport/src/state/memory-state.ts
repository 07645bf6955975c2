import { createMemoryBans, type MemoryBans } from "./memory-bans.ts";
import { createMemoryQuotas } from "./memory-quotas.ts";
import { createMemoryRevocations, type MemoryRevocations } from "./memory-revocations.ts";
import { createMemoryTickets } from "./memory-tickets.ts";
import type { QuotaScopes } from "../guards/quotas.ts";
import type { Revocation, Tickets } from "../guards/shared-state.ts";

/** Revocations that others may have copies of. */
export interface SharedRevocations extends Omit<MemoryRevocations, "add"> {
  /**
   * Puts a revocation in force here at once. `false`: there is no room. Where others have to be told: a promise of whether they are; while that
   * cannot be done it is `false`, and they are told when it can.
   */
  add(revocation: Revocation): boolean | Promise<boolean>;
}

/** What the nodes of one gate share. */
export interface GateState {
  readonly bans: MemoryBans;
  readonly quotas: QuotaScopes;
  readonly tickets: Tickets;
  readonly revocations: SharedRevocations;
}

/** The same in the memory of one process, for itself or as its copies. */
export interface MemoryState extends GateState {
  readonly revocations: MemoryRevocations;
}

const MAX_ENTRIES = 100_000;
/** Tickets of seconds' life that wait: 30,000 whose users have two kilobytes of claims. */
const MAX_TICKET_BYTES = 64 * 1024 * 1024;

/**
 * Makes empty state in the memory of this process: 100,000 entries of each kind at most, some 40 MB when all is full, and 64 MiB
 * for waiting tickets.
 */
export function createMemoryState(): MemoryState {
  return {
    bans: createMemoryBans({ maxEntries: MAX_ENTRIES }),
    quotas: createMemoryQuotas(),
    tickets: createMemoryTickets({ maxEntries: MAX_ENTRIES, maxBytes: MAX_TICKET_BYTES }),
    revocations: createMemoryRevocations({ maxEntries: MAX_ENTRIES }),
  };
}
