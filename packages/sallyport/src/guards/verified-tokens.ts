import { hash } from "node:crypto";

/** What a token that was verified says. */
export interface VerifiedToken {
  readonly claims: Readonly<Record<string, unknown>>;
  readonly user: string;
  /** The tenant, where the rules say which claim names it; `null` elsewhere. */
  readonly tenant: string | null;
  /** Milliseconds since the epoch; `null` when the token does not end. */
  readonly expiresAt: number | null;
}

/**
 * Remembers verified tokens until they end, so that a reconnecting client costs one hash instead of one signature.
 * Tokens are kept as their SHA-256 alone; tokens without an end are not remembered. Bounded: at `max` the token
 * that was seen longest ago is forgotten. 10,000 tokens of about 1 KiB of claims are about 10 MiB.
 */
export class VerifiedTokens {
  readonly #max: number;
  readonly #tokens = new Map<string, VerifiedToken & { readonly expiresAt: number }>();

  /** @param max tokens remembered at most; default 10,000 */
  constructor(max = 10_000) {
    this.#max = max;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#tokens.size;
  }

  /** What the token said when it was verified; `null` when it is not remembered or has ended. @param wallNow milliseconds since the epoch */
  get(token: string, wallNow: number): VerifiedToken | null {
    const key = hash("sha256", token, "base64");
    const found = this.#tokens.get(key);
    if (found === undefined) return null;
    this.#tokens.delete(key);
    if (found.expiresAt <= wallNow) return null;
    this.#tokens.set(key, found);
    return found;
  }

  /** Remembers what a token says. Call it only after its signature and claims were verified. */
  remember(token: string, verified: VerifiedToken): void {
    const { expiresAt } = verified;
    if (expiresAt === null) return;
    this.#tokens.set(hash("sha256", token, "base64"), { ...verified, expiresAt });
    for (const oldest of this.#tokens.keys()) {
      if (this.#tokens.size <= this.#max) break;
      this.#tokens.delete(oldest);
    }
  }
}
