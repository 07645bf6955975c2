import { generateKeyPairSync, randomUUID } from "node:crypto";
import type { JWK } from "jose";

/** A key that signs statements, in plain JSON: it is secret. */
export interface StatementKey {
  readonly kid: string;
  readonly privateJwk: JWK;
  /** From when it signs, milliseconds since the epoch; published before. */
  readonly signsFrom: number;
}

/** Where the keys of a gate come from. */
export interface StatementKeys {
  /** Every key that is published now, in the order in which they sign. At least one. */
  at(wallNow: number): readonly StatementKey[];
}

/** How keys become those from now on; the same list where nothing has changed. */
export type RenewStatementKeys = (keys: readonly StatementKey[], wallNow: number) => readonly StatementKey[];

/** How long a key signs: what a stolen one is good for. */
export const SIGNS_MS: number = 24 * 3_600_000;
/** Verifiers may keep the key set for a minute, and are not always told: ten leave room for those that keep it longer. */
const PUBLISHED_BEFORE_MS = 10 * 60_000;
/** A statement lives for a minute; the rest is for clocks that differ. */
export const PUBLISHED_AFTER_MS: number = 10 * 60_000;

function newKey(signsFrom: number): StatementKey {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { kid: randomUUID(), privateJwk: privateKey.export({ format: "jwk" }), signsFrom };
}

/**
 * The keys from now on; the same list where nothing has changed. One signs for a day. The next is in the list from when its
 * predecessor begins to sign, and ten minutes at least before it does itself; the last one stays until nothing that it signed is
 * valid. So whoever reads the set now and then always knows the key.
 */
export function renewStatementKeys(keys: readonly StatementKey[], wallNow: number): readonly StatementKey[] {
  const alive = keys.filter((_, index) => {
    const successor = keys[index + 1];
    return successor === undefined || wallNow < successor.signsFrom + PUBLISHED_AFTER_MS;
  });
  const first = alive.length === 0 ? [newKey(wallNow)] : alive;
  const last = first.at(-1);
  if (last !== undefined && last.signsFrom > wallNow) return alive.length === keys.length ? keys : alive;
  const next = Math.max((last?.signsFrom ?? wallNow) + SIGNS_MS, wallNow + PUBLISHED_BEFORE_MS);
  return [...first, newKey(next)];
}

/** The key that signs now. A clock that was put back before all of them finds the first. */
export function signingKey(keys: readonly StatementKey[], wallNow: number): StatementKey | undefined {
  return keys.findLast(({ signsFrom }) => signsFrom <= wallNow) ?? keys[0];
}

/** The keys of a process that nobody tells them, which renews them when it is asked. @param renew default: keys of its own */
export function ownStatementKeys(renew: RenewStatementKeys = renewStatementKeys): StatementKeys {
  let keys: readonly StatementKey[] = [];
  return { at: (wallNow) => (keys = renew(keys, wallNow)) };
}

/** The keys of a process that is told them. */
export class ToldStatementKeys implements StatementKeys {
  #keys: readonly StatementKey[] = [];

  /** Takes newer keys; older ones that come late change nothing. */
  put(keys: readonly StatementKey[]): void {
    const [last, known] = [keys.at(-1), this.#keys.at(-1)];
    if (last !== undefined && last.signsFrom >= (known?.signsFrom ?? 0)) this.#keys = keys;
  }

  at(): readonly StatementKey[] {
    return this.#keys;
  }
}
