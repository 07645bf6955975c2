import { NameIndex } from "../guards/name-index.ts";
import { covers, nameIn, nameOf, namingFields } from "../guards/revocation-target.ts";
import type { RevocableProof, Revocation, Revocations } from "../guards/shared-state.ts";

/** Revocations in the memory of one process, and what changes them. */
export interface MemoryRevocations extends Revocations {
  /** Puts a revocation in force, and tells who watches. `false`: there is no room. */
  add(revocation: Revocation): boolean;
  /** Takes one back. Whether there was one. */
  remove(id: string): boolean;
  /** The one of that id, one that has ended included; `null`: there is none. */
  get(id: string): Revocation | null;
  /** Every revocation in force, in the order of their addition. */
  list(wallNow: number): Revocation[];
}

/**
 * Keeps revocations in memory, at most `maxEntries` (some 400 bytes each). Those that have ended make room; one that has
 * not is never dropped for another.
 */
export function createMemoryRevocations({ maxEntries }: { readonly maxEntries: number }): MemoryRevocations {
  const byId = new Map<string, Revocation>();
  /** Each by the most telling field that it writes. */
  const named = new NameIndex<Revocation>();
  /** Those that name all that were issued before a moment. */
  const nameless = new Set<Revocation>();
  const listeners = new Set<(revocation: Revocation) => void>();

  const drop = (revocation: Revocation): void => {
    byId.delete(revocation.id);
    const name = nameIn(revocation);
    if (name === null) nameless.delete(revocation);
    else named.delete(...name, revocation);
  };
  const sweep = (wallNow: number): void => {
    for (const revocation of byId.values()) if (revocation.expiresAt <= wallNow) drop(revocation);
  };

  return {
    add(revocation) {
      if (byId.size >= maxEntries) sweep(revocation.createdAt);
      if (byId.size >= maxEntries) return false;
      const before = byId.get(revocation.id);
      if (before !== undefined) drop(before);
      const name = nameIn(revocation);
      if (name === null) nameless.add(revocation);
      else named.add(...name, revocation);
      byId.set(revocation.id, revocation);
      if (revocation.closes) for (const listener of listeners) listener(revocation);
      return true;
    },
    remove(id) {
      const revocation = byId.get(id);
      if (revocation !== undefined) drop(revocation);
      return revocation !== undefined;
    },
    get: (id) => byId.get(id) ?? null,
    list: (wallNow) => [...byId.values()].filter(({ expiresAt }) => wallNow < expiresAt),
    find(proof, wallNow) {
      if (byId.size === 0) return null;
      let found = nameless.size === 0 ? null : best(nameless, proof, wallNow);
      for (const field of namingFields) {
        if (found?.closes === true) return found;
        const name = nameOf(proof, field);
        if (name !== null) found = best(named.get(field, name), proof, wallNow) ?? found;
      }
      return found;
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    outage: () => null,
  };
}

/** The first that covers a proof and closes; else the first that covers it; else `null`. */
function best(among: Iterable<Revocation>, proof: RevocableProof, wallNow: number): Revocation | null {
  let replaced: Revocation | null = null;
  for (const revocation of among) {
    if (wallNow >= revocation.expiresAt || !covers(revocation, proof)) continue;
    if (revocation.closes) return revocation;
    replaced ??= revocation;
  }
  return replaced;
}
