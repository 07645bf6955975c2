import type { Revocation, Revocations } from "../guards/shared-state.ts";
import type { Tell } from "./calls.ts";
import type { Ban } from "./memory-bans.ts";
import { createMemoryState, type MemoryState } from "./memory-state.ts";
import { createWorkerQuotas, type ToPrimary } from "./worker-quotas.ts";

/** What every worker is told, to keep its copies up to date. */
export interface StateChanges {
  readonly ban: (ban: Ban) => void;
  readonly unban: (cidr: string) => void;
  readonly revoke: (revocation: Revocation) => void;
  readonly unrevoke: (id: string) => void;
  /** Since when the primary's own copies may be out of date; `null`: they are not. */
  readonly outage: (outage: Outage) => void;
}

/** As of `Revocations.outage`. */
export type Outage = ReturnType<Revocations["outage"]>;

/** The state of a worker, and how its copies change. */
export interface WorkerState {
  readonly state: MemoryState;
  readonly changes: StateChanges;
}

/**
 * The state of a worker: counts, rates and tickets are the primary process's, which is asked; bans and revocations are copies,
 * so that looking is synchronous. A revocation that begins here is in force here at once, and told to all by the primary.
 */
export function createWorkerState(primary: ToPrimary): WorkerState {
  const { bans, revocations } = createMemoryState();
  let told: Outage = null;
  const state: MemoryState = {
    bans,
    revocations: {
      ...revocations,
      add(revocation) {
        const added = revocations.add(revocation);
        if (added) primary.tell("revoked", revocation);
        return added;
      },
      outage: () => told,
    },
    quotas: createWorkerQuotas(primary),
    tickets: {
      put: (key, ticket, wallNow) => primary.ask("putTicket", key, ticket, wallNow),
      take: (key, wallNow) => primary.ask("takeTicket", key, wallNow),
      useOnce: (use, wallNow) => primary.ask("useOnce", use, wallNow),
    },
  };
  const changes: StateChanges = {
    ban: (ban) => void bans.add(ban.cidr, ban),
    unban: (cidr) => void bans.remove(cidr),
    revoke: (revocation) => void revocations.add(revocation),
    unrevoke: (id) => void revocations.remove(id),
    outage: (outage) => {
      told = outage;
    },
  };
  return { state, changes };
}

/** The state of the primary process: the same, but that every worker is told what changes. */
export function createPrimaryState(own: MemoryState, tell: Tell<StateChanges>): MemoryState {
  const { bans, revocations } = own;
  return {
    ...own,
    bans: {
      ...bans,
      get size() {
        return bans.size;
      },
      add(addressOrCidr, terms) {
        const added = bans.add(addressOrCidr, terms);
        if (added.ok) tell("ban", added.ban);
        return added;
      },
      remove(addressOrCidr) {
        tell("unban", addressOrCidr);
        return bans.remove(addressOrCidr);
      },
    },
    revocations: {
      ...revocations,
      add(revocation) {
        const added = revocations.add(revocation);
        if (added) tell("revoke", revocation);
        return added;
      },
      remove(id) {
        tell("unrevoke", id);
        return revocations.remove(id);
      },
    },
  };
}
