import type { IssuedTicket, Tickets } from "../guards/shared-state.ts";

/** Values that end, the soonest first to be looked at when room is needed. */
class Ending<Value extends { readonly expiresAt: number }> {
  readonly #values = new Map<string, Value>();
  readonly #maxEntries: number;

  constructor(maxEntries: number) {
    this.#maxEntries = maxEntries;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Keeps a value. `false` when there is no room: what has not ended is never dropped for it. */
  put(key: string, value: Value, wallNow: number): boolean {
    if (this.#values.size >= this.#maxEntries) this.#sweep(wallNow);
    if (this.#values.size >= this.#maxEntries) return false;
    this.#values.set(key, value);
    return true;
  }

  take(key: string): Value | null {
    const value = this.#values.get(key) ?? null;
    this.#values.delete(key);
    return value;
  }

  #sweep(wallNow: number): void {
    for (const [key, { expiresAt }] of this.#values) if (expiresAt <= wallNow) this.#values.delete(key);
  }
}

/** Room for what is used once, and for how many tickets at a time. */
export interface MemoryTicketsOptions {
  /** Tickets that wait, and things noted as used, at most; some 500 bytes each. */
  readonly maxEntries: number;
}

/** Keeps tickets in the memory of one process. When it is full of tickets that have not ended, no other is issued. */
export function createMemoryTickets({ maxEntries }: MemoryTicketsOptions): Tickets {
  const waiting = new Ending<IssuedTicket>(maxEntries);
  const used = new Ending<{ readonly expiresAt: number }>(maxEntries);
  return {
    put: async (key, ticket, wallNow) => waiting.put(key, ticket, wallNow),
    async take(key, wallNow) {
      const ticket = waiting.take(key);
      return ticket !== null && wallNow < ticket.expiresAt ? ticket : null;
    },
    useOnce: async (key, until, wallNow) => !used.has(key) && used.put(key, { expiresAt: until }, wallNow),
  };
}
