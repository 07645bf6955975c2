import { jwtOptions, type JwtOptions } from "./identity-jwt-options.ts";
import { invalid, type IdentityProvider } from "./identity-provider.ts";

/** The `iss` of the development issuer's tokens. A URN, so that no server can be meant (RFC 8141). */
export const DEVELOPMENT_ISSUER = "urn:sallyport:development";

/** The `aud` that each of its tokens has, whatever else stands there. */
export const DEVELOPMENT_AUDIENCE = "sallyport";

/** The algorithm that it signs with. */
export const DEVELOPMENT_ALGORITHM = "ES256";

/** The rules for its tokens. @param jwksFile the file with its public keys */
export function developmentRules(jwksFile: string): JwtOptions {
  return jwtOptions.parse({
    issuer: DEVELOPMENT_ISSUER,
    audience: DEVELOPMENT_AUDIENCE,
    algorithms: [DEVELOPMENT_ALGORITHM],
    jwksFile,
  });
}

/**
 * The same provider for callers on loopback listeners alone: the policy is refused where a listener is exposed, and an
 * application's own server, to which the gate is attached, may begin to listen anywhere after that.
 */
export function onLoopback(provider: IdentityProvider): IdentityProvider {
  return {
    ...provider,
    identify(handshake) {
      if (handshake.request.listener.loopback) return provider.identify(handshake);
      return invalid("tokens of the development issuer count on loopback addresses alone");
    },
  };
}
