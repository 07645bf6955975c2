import { presentedProofs, PROOF_CHALLENGE, proofTarget, verifyProof } from "./dpop.ts";
import type { GuardServices, Handshake, Identity } from "./guard.ts";
import { unavailable, type IdentityRefusal } from "./identity-provider.ts";

const refused = (detail: string): IdentityRefusal => ({
  verdict: "refuse",
  code: "identity.invalid",
  detail,
  challenge: PROOF_CHALLENGE,
});

/** What a token says of the key that its bearer must have (RFC 7800 3.1). */
type Confirmation =
  | { readonly by: "nothing" | "unknown" }
  | { readonly by: "key" | "certificate"; readonly hash: string };

function confirmationOf({ claims }: Identity): Confirmation {
  const { cnf } = claims;
  if (cnf === undefined) return { by: "nothing" };
  if (typeof cnf !== "object" || cnf === null) return { by: "unknown" };
  if ("jkt" in cnf && typeof cnf.jkt === "string") return { by: "key", hash: cnf.jkt };
  const certificate: unknown = Object.getOwnPropertyDescriptor(cnf, "x5t#S256")?.value;
  return typeof certificate === "string" ? { by: "certificate", hash: certificate } : { by: "unknown" };
}

/** Whether the client's certificate is the one that a token is bound to (RFC 8705 3.1). */
function isCertificate(hash: string, { request: { certificate } }: Handshake): boolean {
  const found = Buffer.from(certificate?.fingerprint.replaceAll(":", "") ?? "", "hex");
  return found.length > 0 && found.toString("base64url") === hash;
}

/** Whether the token came as `Authorization: DPoP`, which promises a key (RFC 9449 7.1). */
function promisesKey({ request }: Handshake, identity: Identity): boolean {
  const value = identity.credential === "authorization" ? request.headers.get("authorization") : undefined;
  return value !== undefined && /^dpop\s/i.test(value);
}

/** Whether there is anything about keys to check. */
export function mentionsKey(handshake: Handshake, identity: Identity): boolean {
  return (
    identity.claims["cnf"] !== undefined ||
    presentedProofs(handshake).length > 0 ||
    promisesKey(handshake, identity)
  );
}

/**
 * Whether the caller has the key that their token is bound to: a DPoP proof (RFC 9449) or the client's certificate (RFC 8705).
 * A proof that is presented without need must be good, too; the key that it proves is noted in the handshake, so that a
 * ticket can be bound to it. A token bound by anything else is refused: nobody here can tell who stole it.
 *
 * @param token the token that named the identity; `null` where something else did
 */
export async function checkPossession(
  handshake: Handshake,
  { identity, token }: { readonly identity: Identity; readonly token: string | null },
  services: Pick<GuardServices, "tickets">,
): Promise<IdentityRefusal | null> {
  const confirmation = confirmationOf(identity);
  if (confirmation.by === "unknown")
    return refused("claim cnf: bound to its bearer in a way that cannot be checked");
  if (confirmation.by === "certificate" && !isCertificate(confirmation.hash, handshake))
    return refused("claim cnf: bound to a client certificate, which was not presented");
  const [proof, ...more] = presentedProofs(handshake);
  if (more.length > 0) return refused(`${more.length + 1} proofs of possession`);
  if (proof === undefined) {
    if (confirmation.by === "key") return refused("claim cnf: bound to a key, and no proof of it came");
    return promisesKey(handshake, identity) ? refused("a token of the scheme DPoP without a proof") : null;
  }
  if (confirmation.by !== "key" && promisesKey(handshake, identity))
    return refused("a token of the scheme DPoP that is bound to no key");
  const terms = { proof, token, ...proofTarget(handshake) };
  const proven = await verifyProof(terms, services, handshake.wallNow);
  if ("outage" in proven) return unavailable(`proofs of possession: ${proven.outage}`);
  if ("fault" in proven) return refused(`proof of possession: ${proven.fault}`);
  if (confirmation.by === "key" && confirmation.hash !== proven.thumbprint)
    return refused("claim cnf: bound to another key than the one that was proved");
  handshake.keyThumbprint = proven.thumbprint;
  return null;
}
