import type { RevocableProof, RevocationTarget } from "./shared-state.ts";

/** A field of a target by which those that it names can be looked up. */
export type NamingField = "tokenId" | "session" | "providerSession" | "user" | "subject" | "tenant";

/** RFC 7519 4.1, OpenID Connect Back-Channel Logout 2.1. */
const CLAIMS = { tokenId: "jti", providerSession: "sid", subject: "sub" } as const;

/** All of them, the most telling first. */
export const namingFields: readonly NamingField[] = [
  "tokenId",
  "session",
  "providerSession",
  "user",
  "subject",
  "tenant",
];

/** The most telling field that a target writes, and what it writes there; `null`: it names all that were issued before a moment. */
export function nameIn(target: RevocationTarget): readonly [NamingField, string] | null {
  for (const field of namingFields) {
    const name = target[field];
    if (name !== undefined) return [field, name];
  }
  return null;
}

/** What a proof has in such a field; `null`: nothing that a target could name. */
export function nameOf({ identity, session }: RevocableProof, field: NamingField): string | null {
  const { claims, user, tenant } = identity;
  if (field === "session") return session;
  if (field === "user") return user;
  if (field === "tenant") return tenant;
  const claim = claims[CLAIMS[field]];
  return typeof claim === "string" ? claim : null;
}

/** Whether a target names this proof: every field that it writes must match. */
export function covers(target: RevocationTarget, proof: RevocableProof): boolean {
  const { claims, issuer } = proof.identity;
  return (
    namingFields.every((field) => matches(target[field], nameOf(proof, field))) &&
    (target.withoutProviderSession === undefined || claims["sid"] === undefined) &&
    matches(target.issuer, issuer) &&
    (target.issuedBefore === undefined || proof.issuedAt < target.issuedBefore)
  );
}

function matches(wanted: string | undefined, found: string | null): boolean {
  return wanted === undefined || wanted === found;
}
