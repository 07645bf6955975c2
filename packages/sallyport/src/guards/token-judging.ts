import type { Identity, TokenJudging } from "./guard.ts";
import { invalid, type IdentityRefusal } from "./identity-provider.ts";
import { readUnverifiedIssuer } from "./json-web-token.ts";
import { quoted } from "./quoted.ts";
import type { ProvenToken, TokenVerifier } from "./token-verifier.ts";

/**
 * Who may judge a token. With one verifier there is no question; with several, the token's own `iss`, of which nothing is
 * believed yet, chooses whose keys and rules it must meet, and whatever names no `jwt` issuer is for introspection.
 */
export function chooseVerifier(
  token: string,
  verifiers: readonly TokenVerifier[],
): TokenVerifier | IdentityRefusal {
  const [only, ...others] = verifiers;
  if (only !== undefined && others.length === 0) return only;
  const issuer = readUnverifiedIssuer(token);
  const found =
    verifiers.find((verifier) => verifier.issuer !== null && verifier.issuer === issuer) ??
    verifiers.find((verifier) => verifier.issuer === null);
  if (found !== undefined) return found;
  return invalid(
    issuer === null ? "not a JWT that names its issuer" : `iss ${quoted(issuer)} is none of the issuers`,
  );
}

function identityOf({ name }: TokenVerifier, proven: ProvenToken): Identity {
  return { provider: name, credential: null, ...proven };
}

/** Judges tokens that come after the handshake by the verifiers that judge those of a handshake, each by the one it is for. */
export function createTokenJudging(verifiers: readonly TokenVerifier[]): TokenJudging {
  return {
    recall(token, clocks) {
      // What a verifier remembers was chosen for it when it was judged.
      for (const verifier of verifiers) {
        const proven = verifier.recall?.(token, clocks) ?? null;
        if (proven !== null) return identityOf(verifier, proven);
      }
      return null;
    },
    async judge(token, clocks) {
      const verifier = chooseVerifier(token, verifiers);
      if ("verdict" in verifier) return verifier;
      const proven = await verifier.judge(token, clocks);
      return "verdict" in proven ? proven : identityOf(verifier, proven);
    },
  };
}
