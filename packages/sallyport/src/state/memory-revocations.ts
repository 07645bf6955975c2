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

/** Whether a revocation names this proof: every field that it writes must match. */
export function covers(target: RevocationTarget, { identity, session, issuedAt }: RevocableProof): boolean {
  const { claims, user, issuer, tenant } = identity;
  return (
    matches(target.tokenId, claims["jti"]) &&
    matches(target.session, session) &&
    matches(target.providerSession, claims["sid"]) &&
    matches(target.user, user) &&
    matches(target.subject, claims["sub"]) &&
    (target.withoutProviderSession === undefined || claims["sid"] === undefined) &&
    matches(target.issuer, issuer) &&
    matches(target.tenant, tenant) &&
    (target.issuedBefore === undefined || issuedAt < target.issuedBefore)
  );
}

function matches(wanted: string | undefined, found: unknown): boolean {
  return wanted === undefined || wanted === found;
}

/** The most telling field of a target, by which it is looked up. */
function keyOf({ tokenId, session, providerSession, user, subject, tenant }: RevocationTarget): string {
  if (tokenId !== undefined) return `token ${tokenId}`;
  if (session !== undefined) return `session ${session}`;
  if (providerSession !== undefined) return `sid ${providerSession}`;
  if (user !== undefined) return `user ${user}`;
  if (subject !== undefined) return `sub ${subject}`;
  return tenant === undefined ? "" : `tenant ${tenant}`;
}

/** Every key under which a revocation of this proof could stand. */
function keysOf({ identity, session }: RevocableProof): string[] {
  const { claims, user, tenant } = identity;
  const { jti, sid, sub } = claims;
  const keys = [""];
  if (typeof jti === "string") keys.push(`token ${jti}`);
  if (session !== null) keys.push(`session ${session}`);
  if (typeof sid === "string") keys.push(`sid ${sid}`);
  if (user !== null) keys.push(`user ${user}`);
  if (typeof sub === "string") keys.push(`sub ${sub}`);
  if (tenant !== null) keys.push(`tenant ${tenant}`);
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
