import type { IssuedTicket, Tickets } from "../guards/shared-state.ts";

interface Weighed<Value> {
  readonly value: Value;
  readonly bytes: number;
}

/** Values that end. */
class Ending<Value extends { readonly expiresAt: number }> {
  readonly #values = new Map<string, Weighed<Value>>();
  readonly #room: MemoryTicketsOptions;
  #bytes = 0;
  /** Until when (wall clock) it is known to be full of what has not ended. */
  #fullUntil = 0;

  constructor(room: MemoryTicketsOptions) {
    this.#room = room;
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** Keeps a value of so many bytes. `false` when there is no room: what has not ended is never dropped for it. */
  put(key: string, { value, bytes }: Weighed<Value>, wallNow: number): boolean {
    if (!this.#hasRoom(bytes)) {
      // Looked through once for all who come meanwhile: else each of a flood would cost a look at everything.
      if (wallNow >= this.#fullUntil) this.#sweep(wallNow);
      if (!this.#hasRoom(bytes)) return false;
    }
    this.take(key);
    this.#values.set(key, { value, bytes });
    this.#bytes += bytes;
    return true;
  }

  take(key: string): Value | null {
    const weighed = this.#values.get(key);
    if (weighed === undefined) return null;
    this.#values.delete(key);
    this.#bytes -= weighed.bytes;
    return weighed.value;
  }

  #hasRoom(bytes: number): boolean {
    return this.#values.size < this.#room.maxEntries && this.#bytes + bytes <= this.#room.maxBytes;
  }

  #sweep(wallNow: number): void {
    let first = Number.POSITIVE_INFINITY;
    for (const [key, { value }] of this.#values) {
      if (value.expiresAt <= wallNow) this.take(key);
      else first = Math.min(first, value.expiresAt);
    }
    this.#fullUntil = Math.min(first, wallNow + LOOK_AGAIN_MS);
  }
}

/** However late the next one ends, a full room is looked through again after so long: the wall clock may have been put back. */
const LOOK_AGAIN_MS = 1000;

/** Room for what is used once, and for how many tickets at a time. */
export interface MemoryTicketsOptions {
  /** Tickets that wait, and things of each kind noted as used, at most. */
  readonly maxEntries: number;
  /** What they may hold together, bytes: a ticket is as long as the claims of its user. */
  readonly maxBytes: number;
}

/** What an entry takes beside what it says, about. */
const ENTRY_BYTES = 200;

/** Keeps tickets in the memory of one process. When it is full of tickets that have not ended, no other is issued. */
export function createMemoryTickets(limits: MemoryTicketsOptions): Tickets {
  const waiting = new Ending<IssuedTicket>(limits);
  // A room for each kind: proofs, which anybody can make, leave room for the logouts of a provider.
  const used = new Map<string, Ending<{ readonly expiresAt: number }>>();
  const usedOf = (key: string): Ending<{ readonly expiresAt: number }> => {
    const kind = key.slice(0, Math.max(0, key.indexOf(" ")));
    const room = used.get(kind) ?? new Ending(limits);
    used.set(kind, room);
    return room;
  };
  return {
    async put(key, ticket, wallNow) {
      const bytes = ENTRY_BYTES + key.length + JSON.stringify(ticket).length;
      return waiting.put(key, { value: ticket, bytes }, wallNow);
    },
    async take(key, wallNow) {
      const ticket = waiting.take(key);
      return ticket !== null && wallNow < ticket.expiresAt ? ticket : null;
    },
    async useOnce({ key, until }, wallNow) {
      const room = usedOf(key);
      return (
        !room.has(key) &&
        room.put(key, { value: { expiresAt: until }, bytes: ENTRY_BYTES + key.length }, wallNow)
      );
    },
  };
}
