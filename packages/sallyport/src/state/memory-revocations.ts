import { covers, nameIn, nameOf, namingFields } from "../guards/revocation-target.ts";
import type { RevocableProof, Revocation, Revocations, RevocationTarget } from "../guards/shared-state.ts";

/** Revocations in the memory of one process, and what changes them. */
export interface MemoryRevocations extends Revocations {
  /** Puts a revocation in force, and tells who watches. `false`: there is no room. */
  add(revocation: Revocation): boolean;
  /** Takes one back. Whether there was one. */
  remove(id: string): boolean;
  /** Every revocation in force, in the order of their addition. */
  list(wallNow: number): Revocation[];
}

/** Where a revocation is looked up. */
function keyOf(target: RevocationTarget): string {
  return nameIn(target)?.join(" ") ?? "";
}

/** Every key under which a revocation of this proof could stand. */
function keysOf(proof: RevocableProof): string[] {
  const keys = [""];
  for (const field of namingFields) {
    const name = nameOf(proof, field);
    if (name !== null) keys.push(`${field} ${name}`);
  }
  return keys;
}

/**
 * Keeps revocations in memory, at most `maxEntries` (some 400 bytes each). Those that have ended make room; one that has
 * not is never dropped for another.
 */
export function createMemoryRevocations({ maxEntries }: { readonly maxEntries: number }): MemoryRevocations {
  const byId = new Map<string, Revocation>();
  const byKey = new Map<string, Set<Revocation>>();
  const listeners = new Set<(revocation: Revocation) => void>();

  const drop = (revocation: Revocation): void => {
    byId.delete(revocation.id);
    const key = keyOf(revocation);
    const group = byKey.get(key);
    group?.delete(revocation);
    if (group?.size === 0) byKey.delete(key);
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
      const key = keyOf(revocation);
      const group = byKey.get(key) ?? new Set();
      byKey.set(key, group.add(revocation));
      byId.set(revocation.id, revocation);
      if (revocation.closes) for (const listener of listeners) listener(revocation);
      return true;
    },
    remove(id) {
      const revocation = byId.get(id);
      if (revocation !== undefined) drop(revocation);
      return revocation !== undefined;
    },
    list: (wallNow) => [...byId.values()].filter(({ expiresAt }) => wallNow < expiresAt),
    find(proof, wallNow) {
      if (byId.size === 0) return null;
      let replaced: Revocation | null = null;
      for (const key of keysOf(proof)) {
        for (const revocation of byKey.get(key) ?? []) {
          if (wallNow >= revocation.expiresAt || !covers(revocation, proof)) continue;
          if (revocation.closes) return revocation;
          replaced ??= revocation;
        }
      }
      return replaced;
    },
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    outage: () => null,
  };
}
