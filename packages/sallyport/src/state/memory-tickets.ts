import type { IssuedTicket, Tickets } from "../guards/shared-state.ts";

/** Values that end, the soonest first to be looked at when room is needed. */
class Ending<Value extends { readonly expiresAt: number }> {
  readonly #values = new Map<string, Value>();
  readonly #maxEntries: number;
  /** Until when (wall clock) it is known to be full of what has not ended. */
  #fullUntil = 0;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Keeps a value. `false` when there is no room: what has not ended is never dropped for it. */
  put(key: string, value: Value, wallNow: number): boolean {
    if (this.#values.size >= this.#maxEntries) {
      // Looked through once for all who come meanwhile: else each of a flood would cost a look at everything.
      if (wallNow >= this.#fullUntil) this.#sweep(wallNow);
      if (this.#values.size >= this.#maxEntries) return false;
    }
    this.#values.set(key, value);
    return true;
  }

  take(key: string): Value | null {
    const value = this.#values.get(key) ?? null;
    this.#values.delete(key);
    return value;
  }

  #sweep(wallNow: number): void {
    let first = Number.POSITIVE_INFINITY;
    for (const [key, { expiresAt }] of this.#values) {
      if (expiresAt <= wallNow) this.#values.delete(key);
      else first = Math.min(first, expiresAt);
    }
    this.#fullUntil = Math.min(first, wallNow + LOOK_AGAIN_MS);
  }
}

/** However late the next one ends, a full room is looked through again after so long: the wall clock may have been put back. */
const LOOK_AGAIN_MS = 1000;

/** Room for what is used once, and for how many tickets at a time. */
export interface MemoryTicketsOptions {
  /** Tickets that wait, and things of each kind noted as used, at most; some 500 bytes each. */
  readonly maxEntries: number;
}

/** Keeps tickets in the memory of one process. When it is full of tickets that have not ended, no other is issued. */
export function createMemoryTickets({ maxEntries }: MemoryTicketsOptions): Tickets {
  const waiting = new Ending<IssuedTicket>(maxEntries);
  // A room for each kind: proofs, which anybody can make, leave room for the logouts of a provider.
  const used = new Map<string, Ending<{ readonly expiresAt: number }>>();
  const usedOf = (key: string): Ending<{ readonly expiresAt: number }> => {
    const kind = key.slice(0, Math.max(0, key.indexOf(" ")));
    const room = used.get(kind) ?? new Ending(maxEntries);
    used.set(kind, room);
    return room;
  };
  return {
    put: async (key, ticket, wallNow) => waiting.put(key, ticket, wallNow),
    async take(key, wallNow) {
      const ticket = waiting.take(key);
      return ticket !== null && wallNow < ticket.expiresAt ? ticket : null;
    },
    async useOnce(key, until, wallNow) {
      const room = usedOf(key);
      return !room.has(key) && room.put(key, { expiresAt: until }, wallNow);
    },
  };
}
