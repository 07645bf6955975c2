import type { Entry, EntryRefusal, Place, Rate } from "../guards/quotas.ts";
import type { IssuedTicket, Revocation, SingleUse } from "../guards/shared-state.ts";
import type { GateState } from "./memory-state.ts";

/** What a worker asks the primary process, which owns the state of all. */
export interface StateAnswers {
  /** `places`: by which they are given back; `null` where none were taken. */
  readonly enter: (
    scope: string,
    entry: Entry,
  ) => Promise<{ readonly refusal: EntryRefusal | null; readonly places: number | null }>;
  readonly leave: (places: number) => void;
  readonly room: (scope: string, places: readonly Place[]) => Promise<EntryRefusal | null>;
  /** Takes from a rate. Answers the milliseconds until its debt is paid. */
  readonly spend: (scope: string, rate: Rate, amount: number) => number;
  readonly putTicket: (key: string, ticket: IssuedTicket, wallNow: number) => Promise<boolean>;
  readonly takeTicket: (key: string, wallNow: number) => Promise<IssuedTicket | null>;
  readonly useOnce: (use: SingleUse, wallNow: number) => Promise<boolean>;
  /** A worker has put it in force, and every other does. */
  readonly revoked: (revocation: Revocation) => void;
}

/** The answers to one worker. */
export interface WorkerDesk {
  readonly answers: StateAnswers;
  /** The worker has gone: gives back every place that it had. */
  close(): void;
}

/** Answers one worker out of the state of this process. @param now monotonic milliseconds */
export function createWorkerDesk(
  { quotas, tickets, revocations }: Pick<GateState, "quotas" | "tickets" | "revocations">,
  now: () => number,
): WorkerDesk {
  const held = new Map<number, () => void>();
  let lastPlaces = 0;
  // What a worker sent may be read after it has ended: nobody would give back what it is given then.
  let closed = false;
  const leave = (places: number): void => {
    held.get(places)?.();
    held.delete(places);
  };
  return {
    answers: {
      async enter(scope, entry) {
        const { refusal, release } = await quotas.of(scope).enter(entry, now());
        if (closed) {
          release();
          throw new Error("the worker has gone");
        }
        if (refusal !== null && !entry.evenIfRefused) return { refusal, places: null };
        held.set(++lastPlaces, release);
        return { refusal, places: lastPlaces };
      },
      leave,
      room: async (scope, places) => await quotas.of(scope).room(places),
      spend: (scope, rate, amount) => quotas.of(scope).spender(rate, now())(amount, now()),
      putTicket: (key, ticket, wallNow) => tickets.put(key, ticket, wallNow),
      takeTicket: (key, wallNow) => tickets.take(key, wallNow),
      useOnce: (use, wallNow) => tickets.useOnce(use, wallNow),
      revoked: (revocation) => void revocations.add(revocation),
    },
    close() {
      closed = true;
      for (const release of held.values()) release();
      held.clear();
    },
  };
}
