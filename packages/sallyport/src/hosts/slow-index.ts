import { parseRange, rangeOfAddress, type AddressRange } from "../guards/address-table.ts";
import type { OpenSession } from "./gate.ts";
import type { SlowOrder } from "./watch-order.ts";

/** A slow-down in force. */
export interface Slowing {
  readonly order: SlowOrder;
  readonly isMeant: (open: OpenSession) => boolean;
}

/** Under this key is what names neither a session nor a user nor an address that can be read: it may mean any. */
const ANY = "any";

/**
 * Slow-downs by whom they are about, so that a connection is asked about those alone that may mean it: however many there are, one
 * step for its session, one for its user, and one for each length of a prefix in use.
 */
export class SlowIndex {
  readonly #slowings = new Map<string, Set<Slowing>>();
  /** How many are in use of each prefix length, by family. */
  readonly #prefixes = new Map<string, Pick<AddressRange, "family" | "prefix"> & { used: number }>();

  /** Puts one in. */
  add(slowing: Slowing): void {
    const { key, range } = placeOf(slowing);
    const alike = this.#slowings.get(key) ?? new Set();
    this.#slowings.set(key, alike.add(slowing));
    if (range !== null) this.#count(range, 1);
  }

  /** Takes one out. */
  delete(slowing: Slowing): void {
    const { key, range } = placeOf(slowing);
    const alike = this.#slowings.get(key);
    if (alike?.delete(slowing) !== true) return;
    if (alike.size === 0) this.#slowings.delete(key);
    if (range !== null) this.#count(range, -1);
  }

  /** The least of the rates that are ordered for a connection; `null`: none is. */
  leastOf(open: OpenSession): number | null {
    let least: number | null = null;
    for (const key of this.#keysOf(open))
      for (const { order, isMeant } of this.#slowings.get(key) ?? [])
        if (isMeant(open)) least = Math.min(least ?? order.perSecond, order.perSecond);
    return least;
  }

  #keysOf({ facts: { session, address, identity } }: OpenSession): readonly string[] {
    const keys = [ANY, `session ${session}`];
    if (identity.user !== null) keys.push(`user ${identity.user}`);
    const own = rangeOfAddress(address);
    if (own === null) return keys;
    for (const { family, prefix } of this.#prefixes.values()) {
      const free = BigInt(own.prefix - prefix);
      if (family === own.family)
        keys.push(addressKeyOf({ family, prefix, first: (own.first >> free) << free }));
    }
    return keys;
  }

  #count({ family, prefix }: AddressRange, change: 1 | -1): void {
    const key = `${family}/${prefix}`;
    const counted = this.#prefixes.get(key) ?? { family, prefix, used: 0 };
    counted.used += change;
    if (counted.used === 0) this.#prefixes.delete(key);
    else this.#prefixes.set(key, counted);
  }
}

function addressKeyOf({ family, prefix, first }: Pick<AddressRange, "family" | "prefix" | "first">): string {
  return `${family}/${prefix} ${first}`;
}

/** Where a slow-down is kept. */
function placeOf({ order }: Slowing): { readonly key: string; readonly range: AddressRange | null } {
  const { session, user, address } = order.target.filter;
  if (session !== undefined) return { key: `session ${session}`, range: null };
  if (user !== undefined) return { key: `user ${user}`, range: null };
  const parsed = address === undefined ? null : parseRange(address);
  if (parsed === null || !parsed.ok) return { key: ANY, range: null };
  return { key: addressKeyOf(parsed.range), range: parsed.range };
}
