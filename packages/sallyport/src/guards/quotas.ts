/** How often something may happen for one key: so many a second, and so many at once. */
export interface Rate {
  readonly key: string;
  readonly perSecond: number;
  readonly burst: number;
}

/** A count that may not grow beyond its limit. */
export interface Place {
  readonly key: string;
  readonly limit: number;
}

/** What is asked for when something begins: a token of a rate, and a place in every one of some counts. */
export interface Entry {
  /** `null`: however often. */
  readonly rate: Rate | null;
  readonly places: readonly Place[];
  /** Whether the places are taken beyond their limits, too: for guards that observe. */
  readonly evenIfRefused: boolean;
}

/** The first limit that an entry met. */
export interface EntryRefusal {
  /** Its index among the places of the entry; `null`: the rate. */
  readonly place: number | null;
  /** How many had this place; 0 where it was the rate. */
  readonly taken: number;
  /** Milliseconds until there is a token of the rate; 0 where it was a place. */
  readonly waitMs: number;
}

/** The answer to an entry. */
export interface Entered {
  readonly refusal: EntryRefusal | null;
  /** Gives the places back that were taken; more than once is as good as once. */
  readonly release: () => void;
}

/** Takes from a rate, which may go into debt. Answers the milliseconds until the debt is paid; 0 when there is none. */
export type Spend = (amount: number, now: number) => number;

/**
 * Limits that all processes of a gate share, kept by the shared state. Each guard of each route has its own: keys need to be
 * unlike each other within one guard alone. They outlive a reload.
 */
export interface Quotas {
  /** Asks for an entry; whoever asks gives it back. Answers at once where the counts are in this process. @param now monotonic milliseconds */
  enter(entry: Entry, now: number): Entered | Promise<Entered>;
  /**
   * Whether there is room in all of these counts for one more, for who will ask for an entry later; takes nothing. Answers the first that is full. Where
   * another server counts it may be asked only where something here speaks against it: the entry decides.
   */
  room(places: readonly Place[]): EntryRefusal | null | Promise<EntryRefusal | null>;
  /** How to take from one rate, synchronously: messages do not wait for another process. @param now monotonic milliseconds */
  spender(rate: Rate, now: number): Spend;
}

/** The quotas of a gate, by the guard and route that they belong to. */
export interface QuotaScopes {
  /** @param scope the guard and its route, such as `connectionLimit of /chat` */
  of(scope: string): Quotas;
}
