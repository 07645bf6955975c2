import { pass, type Guard, type GuardDefinition, type Identity } from "../guards/guard.ts";
import { builtInGuards } from "../policy/built-in-guards.ts";
import type { GivenIdentity } from "./policy-test-handshake.ts";

/** The identity that a case gives, as its proof would have told it at that moment. */
export function identityOf({ expires, ...given }: GivenIdentity, wallNow: number): Identity {
  return { ...given, expiresAt: expires === null ? null : wallNow + expires };
}

/**
 * The built-in guards, with one in place of `identity` that says who the caller is instead of asking for a proof. Where a
 * ticket is the credential it is the real `ticket` guard that says so. Routes with `identity: anonymous` know nobody, and keep
 * theirs. `null`: nobody is given, and the real guard decides.
 */
export function guardsGiven(identity: Identity | null): readonly GuardDefinition<unknown>[] {
  if (identity === null) return builtInGuards;
  return builtInGuards.map((definition) =>
    definition.name === "identity" ? withIdentity(definition, () => identity) : definition,
  );
}

/**
 * The `identity` guard, with one in its place that says who the caller is. @param given asked at each handshake; `null`: a caller
 * without any proof, whom the real guard is asked about
 */
export function withIdentity(
  definition: GuardDefinition<unknown>,
  given: () => Identity | null,
): GuardDefinition<unknown> {
  return {
    ...definition,
    async create(options, services): Promise<Guard> {
      const real = await definition.create(options, services);
      if (options === "anonymous") return real;
      return {
        ...real,
        async handshake(handshake) {
          const identity = given();
          if (identity === null || (handshake.identity === null && identity.credential === "ticket"))
            return (await real.handshake?.(handshake)) ?? pass;
          handshake.identity ??= identity;
          return pass;
        },
        // There is no credential that could be asked about again.
        readmit: () => pass,
        open: () => ({}),
      };
    },
  };
}
