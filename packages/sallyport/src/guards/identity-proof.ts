import type { Identity } from "./guard.ts";

/**
 * The credentials behind identities whose provider asks again while the connection is open: a token, a cookie. They hang on the
 * claims, which every copy of an identity shares, and go when nobody holds these any more. Nothing that lists, sends or
 * prints an identity can come upon them.
 */
const proofs = new WeakMap<object, string>();

/** Keeps the credential that proved an identity, in memory alone. The claims must be this proof's own object. */
export function keepProof({ claims }: Pick<Identity, "claims">, credential: string): void {
  proofs.set(claims, credential);
}

/** The credential that proved an identity; `null` where none was kept, or it came from another process. */
export function proofOf({ claims }: Pick<Identity, "claims">): string | null {
  return proofs.get(claims) ?? null;
}
