import { addressKey } from "../../guards/address-table.ts";
import { createKeyedBuckets } from "../../guards/keyed-buckets.ts";

/** How often the admin API may be used, and how often a token may be guessed. Times are monotonic milliseconds. */
export interface AdminLimits {
  /** Milliseconds until tokens from this address are looked at again; 0: they are. */
  blockedMs(address: string, now: number): number;
  /** Counts a wrong token of this address. Answers like `blockedMs`, from now on. */
  wrongToken(address: string, now: number): number;
  /** Counts a call. Answers the milliseconds until there is room for it; 0: there is. @param caller the token's name */
  call(caller: string, now: number): number;
  /** Counts a call of nobody known, likewise: each address for itself, so that none keeps others out. @param what is called */
  anybody(what: string, address: string, now: number): number;
}

/** Twenty mistakes in a row; then one guess a second: 31 million in a year, of a token with at least 16 characters. */
const WRONG = { perSecond: 1, burst: 20, maxKeys: 10_000 };
/** Generous: a dashboard that asks ten times a second leaves room for everything else. */
const CALLS = { perSecond: 100, burst: 500, maxKeys: 256 };
/** Apart from the calls of those who are known: whoever has many addresses fills this table, and not theirs. */
const ANYBODY = { ...CALLS, maxKeys: 10_000 };

/** Makes the limits. An IPv6 address counts as its /64. */
export function createAdminLimits(): AdminLimits {
  const [wrong, calls] = [createKeyedBuckets(WRONG), createKeyedBuckets(CALLS)];
  const unknown = createKeyedBuckets(ANYBODY);
  const blockedUntil = new Map<string, number>();
  return {
    blockedMs(address, now) {
      const key = addressKey(address);
      const ms = (blockedUntil.get(key) ?? 0) - now;
      if (ms <= 0) blockedUntil.delete(key);
      return Math.max(0, ms);
    },
    wrongToken(address, now) {
      const key = addressKey(address);
      const ms = wrong.take(key, now);
      if (ms === 0) return 0;
      const [oldest] = blockedUntil.keys();
      if (oldest !== undefined && blockedUntil.size >= WRONG.maxKeys) blockedUntil.delete(oldest);
      blockedUntil.set(key, now + ms);
      return ms;
    },
    call: (caller, now) => calls.take(caller, now),
    anybody: (what, address, now) => unknown.take(`${what} ${addressKey(address)}`, now),
  };
}
