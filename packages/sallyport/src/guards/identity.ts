import type { Guard, GuardDefinition, GuardServices, Handshake, Identity } from "./guard.ts";
import { noPart, pass } from "./guard.ts";
import { developmentRules, onLoopback } from "./development-issuer.ts";
import { createBearer } from "./identity-bearer.ts";
import { createIntrospectionVerifier } from "./identity-introspection.ts";
import { createJwtVerifier } from "./identity-jwt.ts";
import { createMutualTls } from "./identity-mutual-tls.ts";
import { checkPossession, mentionsKey } from "./identity-possession.ts";
import { createSession } from "./identity-session.ts";
import { identityOptions, issuersOf } from "./identity-options.ts";
import { ENDED } from "./json-web-token.ts";
import type { IdentityOptions, ProviderOptions } from "./identity-options.ts";
import type { Identified, IdentityProvider, IdentityRefusal } from "./identity-provider.ts";
import type { TokenVerifier } from "./token-verifier.ts";

export type { IdentityOptions } from "./identity-options.ts";

const ANONYMOUS: Identity = {
  provider: "anonymous",
  user: null,
  issuer: null,
  claims: {},
  tenant: null,
  expiresAt: null,
  credential: null,
};

/** `identity.missing`, with what would be a credential (RFC 9110 15.5.2). */
function missing(providers: readonly IdentityProvider[]): IdentityRefusal {
  const challenge = providers.flatMap((provider) => provider.challenge ?? []).join(", ");
  return {
    verdict: "refuse",
    code: "identity.missing",
    detail: "no credential in any place that is looked at",
    ...(challenge === "" ? {} : { challenge }),
  };
}

/** Makes all of them, or none: what one that failed leaves behind is ended. @throws what the first that failed threw */
async function createAll(making: readonly Promise<TokenVerifier>[]): Promise<readonly TokenVerifier[]> {
  const settled = await Promise.allSettled(making);
  const failed = settled.find((result) => result.status === "rejected");
  const made = settled.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (failed === undefined) return made;
  for (const verifier of made) verifier.dispose();
  throw failed.reason;
}

/** Tokens that anybody on this machine can make, for themselves. @throws where there is no such issuer */
async function createDevelopment(services: GuardServices): Promise<IdentityProvider> {
  if (services.developmentKeys === undefined) throw new Error("there is no development issuer here");
  const rules = developmentRules(await services.developmentKeys());
  return onLoopback(createBearer([await createJwtVerifier(rules, services)]));
}

/** The ways in that are configured, in the order in which they are asked: tokens, certificates, sessions. */
async function createProviders(
  options: ProviderOptions,
  services: GuardServices,
): Promise<readonly IdentityProvider[]> {
  const { mutualTls, session } = options;
  return [
    ...(options.jwt === "development" ? [await createDevelopment(services)] : []),
    ...(await createTokens(options, services)),
    ...(mutualTls === undefined ? [] : [createMutualTls(mutualTls)]),
    ...(session === undefined ? [] : [createSession(session, services)]),
  ];
}

async function createTokens(
  options: ProviderOptions,
  services: GuardServices,
): Promise<readonly IdentityProvider[]> {
  const verifiers = await createAll([
    ...issuersOf(options).map(async (issuer) => await createJwtVerifier(issuer, services)),
    ...(options.introspection === undefined
      ? []
      : [createIntrospectionVerifier(options.introspection, services)]),
  ]);
  return verifiers.length === 0 ? [] : [createBearer(verifiers)];
}

/** One guard of several providers: the first that a credential was presented for decides. */
async function compose(options: ProviderOptions, services: GuardServices): Promise<Guard> {
  const providers = await createProviders(options, services);
  const providerOf = ({ provider }: Identity): IdentityProvider | undefined =>
    providers.find(({ names }) => names.includes(provider));
  const none = missing(providers);
  const identify = async (handshake: Handshake): Promise<Identified> => {
    for (const provider of providers) {
      const found = await provider.identify(handshake);
      if (found === null) continue;
      if ("verdict" in found) {
        if (found.code === "identity.invalid")
          noteClaim(handshake, { provider, detail: found.detail }, services);
        return found;
      }
      noteCredential(handshake, provider, services);
      if (!mentionsKey(handshake, found)) return found;
      const token = provider.tokenOf?.(handshake) ?? null;
      return (await checkPossession(handshake, { identity: found, token }, services)) ?? found;
    }
    return null;
  };
  return {
    name: "identity",
    mode: options.mode,
    ...tokensOf(providers),
    logouts: providers.flatMap(({ logouts = [] }) => logouts),
    async handshake(handshake) {
      for (const provider of providers) provider.strip?.(handshake);
      // A ticket said who it is: it was issued for a proof that was judged then.
      if (handshake.identity !== null) return pass;
      const found = (await identify(handshake)) ?? none;
      handshake.identity = "verdict" in found ? observed(options) : found;
      return "verdict" in found ? found : pass;
    },
    readmit(connection) {
      const { identity } = connection;
      const provider = providerOf(identity);
      if (provider === undefined && identity.provider === "anonymous") return none;
      const fault =
        provider === undefined
          ? `\`${identity.provider}\` is not configured any more`
          : (provider.readmit?.(connection) ?? null);
      return fault === null ? pass : { verdict: "refuse", code: "identity.invalid", detail: fault };
    },
    open: (facts, handle) => providerOf(facts.identity)?.open?.(facts, handle) ?? noPart,
    ready() {
      const states = providers.flatMap((provider) => provider.ready?.() ?? []);
      const problems = states.flatMap(({ problem }) => problem ?? []);
      return {
        ready: states.every(({ ready }) => ready),
        problem: problems.length === 0 ? null : problems.join("; "),
      };
    },
    dispose() {
      for (const provider of providers) provider.dispose?.();
    },
  };
}

/** By what the caller's credential is known again, where somebody asks. */
function noteCredential(
  handshake: Handshake,
  provider: IdentityProvider,
  { fingerprint }: Pick<GuardServices, "fingerprint">,
): void {
  if (fingerprint !== undefined) handshake.fingerprint = fingerprint(provider.credentialOf(handshake));
}

/** A user's id that is longer is nobody's. */
const LONGEST_CLAIM = 256;

/** Whose a credential is that was not valid, where somebody asks. A token that has only ended was tried by whoever it was issued to. */
function noteClaim(
  handshake: Handshake,
  { provider, detail }: { readonly provider: IdentityProvider; readonly detail: string },
  { fingerprint }: Pick<GuardServices, "fingerprint">,
): void {
  if (fingerprint === undefined || detail.startsWith(ENDED)) return;
  const claimed = provider.claimedUserOf?.(handshake) ?? null;
  if (claimed !== null && claimed !== "" && claimed.length <= LONGEST_CLAIM) handshake.claimedUser = claimed;
}

/** Tokens have one provider, whatever number of issuers. */
function tokensOf(providers: readonly IdentityProvider[]): Pick<Guard, "tokens"> {
  const tokens = providers.find((provider) => provider.tokens !== undefined)?.tokens;
  return tokens === undefined ? {} : { tokens };
}

/** Who a caller is that would be refused, where that is only recorded: nobody, and never whom they claim to be. */
function observed({ mode }: ProviderOptions): Identity | null {
  return mode === "observe" ? ANONYMOUS : null;
}

function createAnonymous(services: GuardServices): Guard {
  return {
    name: "identity",
    mode: "enforce",
    handshake(handshake) {
      if (handshake.identity !== null) return pass;
      handshake.identity = ANONYMOUS;
      if (!mentionsKey(handshake, ANONYMOUS)) return pass;
      return checkPossession(handshake, { identity: ANONYMOUS, token: null }, services).then(
        (refused) => refused ?? pass,
      );
    },
  };
}

/**
 * Refuses everyone unknown, before the upgrade. `anonymous` lets everyone through as nobody. Otherwise its providers are asked
 * in a fixed order (tokens, certificates, sessions), and the first that a credential was presented for decides: a credential that fails is
 * `identity.invalid` (401) and never falls through to the next, none at all is `identity.missing` (401), more than one token
 * `identity.ambiguous` (400), and what cannot be judged, because keys or an endpoint cannot be had, `identity.unavailable`
 * (503). With `mode: observe` a caller who would be refused goes on as anonymous. After a reload or a refresh, a connection
 * whose identity the options no longer accept is closed.
 */
export const identity: GuardDefinition<IdentityOptions> = {
  name: "identity",
  phases: ["handshake", "timer"],
  stops: "everyone unknown",
  options: identityOptions,
  create: (options, services) =>
    options === "anonymous" ? createAnonymous(services) : compose(options, services),
};
