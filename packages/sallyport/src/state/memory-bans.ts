import { parseRange, rangeOfAddress, type AddressRange } from "../guards/address-table.ts";
import type { Bans } from "../guards/shared-state.ts";
import { LAST_MOMENT } from "../last-moment.ts";

/** Why and until when an address may not connect. */
export interface BanTerms {
  /** For the operator. */
  readonly reason: string;
  /** Wall clock, milliseconds since the epoch; `null`: until it is removed. */
  readonly until: number | null;
  /** Nobody decided it: where there is no room it goes before any that somebody did. Absent: somebody did. */
  readonly automatic?: true;
}

/** A ban in force. */
export interface Ban extends BanTerms {
  /** The range in its canonical form, such as `192.0.2.7/32`. */
  readonly cidr: string;
}

/** What `add` did: the ban now in force, or why there is none. */
export type BanAdded =
  | { readonly ok: true; readonly ban: Ban }
  | { readonly ok: false; readonly problem: string };

/** Bans in the memory of one process. */
export interface MemoryBans extends Bans {
  /** Bans an address or a CIDR range, in place of an earlier ban of exactly the same. */
  add(addressOrCidr: string, terms: BanTerms): BanAdded;
  /** Lifts the ban of exactly this address or range. Whether there was one. */
  remove(addressOrCidr: string): boolean;
  /** The ban of exactly this address or range, one that has ended included; `null`: there is none. */
  get(addressOrCidr: string): Ban | null;
  /** Every ban in force, in the order of their addition. */
  list(wallNow: number): Ban[];
  /** Bans kept, those that have ended included until their place is needed. */
  readonly size: number;
}

interface Entry {
  readonly range: AddressRange;
  readonly ban: Ban;
  readonly isAutomatic: boolean;
}

function inForce({ until }: BanTerms, wallNow: number): boolean {
  return until === null || wallNow < until;
}

/** Every ban of one family with one prefix length, by network address. */
interface Level {
  readonly family: 4 | 6;
  readonly prefix: number;
  readonly entries: Map<bigint, Entry>;
}

/** Ranges by prefix length: a look-up costs one step for each length in use, however many bans there are. */
class RangeIndex {
  readonly #levels = new Map<string, Level>();

  get({ family, prefix, first }: AddressRange): Entry | undefined {
    return this.#levels.get(`${family}/${prefix}`)?.entries.get(first);
  }

  set(entry: Entry): void {
    const { family, prefix, first } = entry.range;
    const key = `${family}/${prefix}`;
    const level = this.#levels.get(key) ?? { family, prefix, entries: new Map<bigint, Entry>() };
    level.entries.set(first, entry);
    this.#levels.set(key, level);
  }

  delete({ family, prefix, first }: AddressRange): void {
    const key = `${family}/${prefix}`;
    const level = this.#levels.get(key);
    level?.entries.delete(first);
    if (level?.entries.size === 0) this.#levels.delete(key);
  }

  /** Every entry that covers an address, given as its range of one. */
  *covering({ family, first, prefix: bits }: AddressRange): Generator<Entry> {
    for (const level of this.#levels.values()) {
      if (level.family !== family) continue;
      const free = BigInt(bits - level.prefix);
      const entry = level.entries.get((first >> free) << free);
      if (entry !== undefined) yield entry;
    }
  }
}

/** How soon a ban makes room: one that has ended, one that nobody decided, one that somebody did, never one without an end. */
function orderOf({ isAutomatic, ban }: Entry, wallNow: number): number {
  if (ban.until === null) return Infinity;
  if (!inForce(ban, wallNow)) return 0;
  return isAutomatic ? 1 : 2;
}

/** Of those that go first, the one that would end first; `null`: all are of an order above the greatest. */
function firstToGo(entries: Iterable<Entry>, greatest: number, wallNow: number): Entry | null {
  let first: Entry | null = null;
  let least = greatest;
  for (const entry of entries) {
    const order = orderOf(entry, wallNow);
    if (order > least || (first !== null && order === least && endsBefore(first.ban, entry.ban))) continue;
    first = entry;
    least = order;
  }
  return first;
}

function endsBefore(a: Ban, b: Ban): boolean {
  return (a.until ?? Infinity) <= (b.until ?? Infinity);
}

function problemOfTerms({ until }: BanTerms): string | null {
  if (until === null || (until >= 0 && until <= LAST_MOMENT)) return null;
  return `a ban ends at a moment in milliseconds since 1970, or never (null), not at ${until}`;
}

/**
 * Keeps bans in memory, at most `maxEntries` (some 400 bytes each). When full, the automatic ban that would end first makes room, and
 * where there is none, the one by hand that would; one that is added automatically puts out none by hand that is in force.
 * Bans without an end are never dropped, and when there is nothing else, the new one is refused. A ban of an IPv6 address covers just that address: ban `addressKey(address)` for its /64.
 */
export function createMemoryBans({
  maxEntries,
  wallNow: clock = () => Date.now(),
}: {
  readonly maxEntries: number;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly wallNow?: () => number;
}): MemoryBans {
  const entries = new Map<string, Entry>();
  const index = new RangeIndex();

  const drop = ({ range }: Entry): void => {
    entries.delete(range.cidr);
    index.delete(range);
  };
  const makeRoom = (isAutomatic: boolean): boolean => {
    if (entries.size < maxEntries) return true;
    const entry = firstToGo(entries.values(), isAutomatic ? 1 : 2, clock());
    if (entry !== null) drop(entry);
    return entry !== null;
  };

  const get = (addressOrCidr: string): Entry | undefined => {
    const parsed = parseRange(addressOrCidr);
    return parsed.ok ? index.get(parsed.range) : undefined;
  };

  return {
    add(addressOrCidr, { reason, until, automatic = false }) {
      const parsed = parseRange(addressOrCidr);
      if (!parsed.ok) return parsed;
      const wrong = problemOfTerms({ reason, until });
      if (wrong !== null) return { ok: false, problem: wrong };
      const { range } = parsed;
      const before = index.get(range);
      if (before !== undefined) drop(before);
      if (!makeRoom(automatic)) {
        const kept = automatic ? "bans by hand" : "bans without an end";
        return { ok: false, problem: `${maxEntries} ${kept} are kept: remove one first` };
      }
      const ban: Ban = { cidr: range.cidr, reason, until, ...(automatic && { automatic }) };
      const entry: Entry = { range, ban, isAutomatic: automatic };
      entries.set(range.cidr, entry);
      index.set(entry);
      return { ok: true, ban: entry.ban };
    },
    remove(addressOrCidr) {
      const entry = get(addressOrCidr);
      if (entry !== undefined) drop(entry);
      return entry !== undefined;
    },
    get: (addressOrCidr) => get(addressOrCidr)?.ban ?? null,
    list: (wallNow) => [...entries.values()].map(({ ban }) => ban).filter((ban) => inForce(ban, wallNow)),
    find(address, wallNow) {
      if (entries.size === 0) return null;
      const range = rangeOfAddress(address);
      if (range === null) return null;
      for (const { ban } of index.covering(range)) if (inForce(ban, wallNow)) return ban;
      return null;
    },
    get size() {
      return entries.size;
    },
  };
}
