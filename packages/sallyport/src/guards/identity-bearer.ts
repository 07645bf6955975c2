import { noPart, type Handshake, type Identity } from "./guard.ts";
import {
  invalid,
  type Identified,
  type IdentityProvider,
  type IdentityRefusal,
} from "./identity-provider.ts";
import { quoted } from "./quoted.ts";
import { chooseVerifier, createTokenJudging } from "./token-judging.ts";
import {
  findPresentedTokens,
  TOKEN_SUBPROTOCOL,
  type PresentedToken,
  type TokenPlaces,
} from "./token-sources.ts";
import type { TokenVerifier } from "./token-verifier.ts";

/** Every place that a verifier looks at; each name once. */
function union(verifiers: readonly TokenVerifier[]): TokenPlaces {
  const cookies = new Set(verifiers.flatMap(({ places }) => places.cookies));
  const queryParameters = new Set(verifiers.flatMap(({ places }) => places.queryParameters));
  return { cookies: [...cookies], queryParameters: [...queryParameters] };
}

/** More than one token, none, or the one to judge (RFC 6750 2). */
function single(presented: readonly PresentedToken[]): PresentedToken | IdentityRefusal | null {
  const [first, ...more] = presented;
  if (first === undefined) return null;
  if (more.length === 0) return first;
  const places = presented.map(({ source }) => source).join(", ");
  return { verdict: "refuse", code: "identity.ambiguous", detail: `${presented.length} tokens: ${places}` };
}

function mayStandThere({ places }: TokenVerifier, { source, name = "" }: PresentedToken): boolean {
  if (source === "cookie") return places.cookies.includes(name);
  return source !== "query" || places.queryParameters.includes(name);
}

/**
 * Takes what was presented out of what goes on to the application: entries of `Sec-WebSocket-Protocol`, which only the gate
 * understands, always; the rest where `strip` says so, since an application that looked at its own token before the gate
 * stood in front of it still wants to.
 */
function strip(handshake: Handshake, verifiers: readonly TokenVerifier[]): void {
  handshake.subprotocols = handshake.subprotocols.filter((name) => !name.startsWith(TOKEN_SUBPROTOCOL));
  const stripping = verifiers.filter((verifier) => verifier.strip);
  if (stripping.length === 0) return;
  // A proof is of no use without its token.
  if (handshake.request.headers.has("dpop")) handshake.strippedHeaders.add("dpop");
  for (const { source, name = "" } of findPresentedTokens(handshake.request, union(stripping))) {
    if (source === "authorization") handshake.strippedHeaders.add("authorization");
    if (source === "cookie") handshake.strippedCookies.add(name);
    if (source === "query") handshake.strippedQuery.add(name);
  }
}

/**
 * Callers who present a token: exactly one, in one place, judged by the one verifier that it is for. Tokens of one issuer
 * are never tried with the keys of another, nor looked for in a cookie or parameter that only another has.
 */
export function createBearer(verifiers: readonly TokenVerifier[]): IdentityProvider {
  const places = union(verifiers);
  const verifierOf = ({ provider, issuer }: Identity): TokenVerifier | undefined =>
    verifiers.find(({ name, issuer: own }) => name === provider && (own === null || own === issuer));
  const tokenOf = ({ request }: Handshake): string | null => {
    const presented = single(findPresentedTokens(request, places));
    return presented !== null && "token" in presented ? presented.token : null;
  };
  return {
    names: [...new Set(verifiers.map(({ name }) => name))],
    challenge: "Bearer",
    tokens: createTokenJudging(verifiers),
    logouts: verifiers.flatMap(({ logout }) => logout ?? []),
    async identify(handshake): Promise<Identified> {
      const presented = single(findPresentedTokens(handshake.request, places));
      if (presented === null || "verdict" in presented) return presented;
      const verifier = chooseVerifier(presented.token, verifiers);
      if ("verdict" in verifier) return verifier;
      if (!mayStandThere(verifier, presented))
        return invalid(`tokens of this issuer are not accepted in the ${presented.source} ${presented.name}`);
      const proven = await verifier.judge(presented.token, handshake);
      if ("verdict" in proven) return proven;
      return { provider: verifier.name, credential: presented.source, ...proven };
    },
    tokenOf,
    claimedUserOf(handshake) {
      const token = tokenOf(handshake);
      const verifier = token === null ? null : chooseVerifier(token, verifiers);
      if (token === null || verifier === null || "verdict" in verifier) return null;
      return verifier.claimedUser?.(token) ?? null;
    },
    credentialOf: (handshake) => tokenOf(handshake) ?? "",
    strip: (handshake) => strip(handshake, verifiers),
    readmit(connection) {
      const verifier = verifierOf(connection.identity);
      if (verifier === undefined)
        return `tokens of ${quoted(String(connection.identity.issuer))} are not accepted any more`;
      return verifier.readmit(connection);
    },
    open: (facts, handle) => verifierOf(facts.identity)?.open?.(facts, handle) ?? noPart,
    ready() {
      const states = verifiers.map((verifier) => verifier.ready());
      const problems = states.flatMap(({ problem }) => problem ?? []);
      return {
        ready: states.every(({ ready }) => ready),
        problem: problems.length === 0 ? null : problems.join("; "),
      };
    },
    dispose() {
      for (const verifier of verifiers) verifier.dispose();
    },
  };
}
