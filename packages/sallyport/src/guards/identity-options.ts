import { z } from "zod";
import type { Mode } from "./guard.ts";
import { introspectionOptions, type IntrospectionOptions } from "./identity-introspection-options.ts";
import { jwtOptions, type JwtOptions } from "./identity-jwt-options.ts";
import { mutualTlsOptions, type MutualTlsOptions } from "./identity-mutual-tls.ts";
import { sessionOptions, type SessionOptions } from "./identity-session.ts";
import { mode } from "../quantity.ts";

/** The ways in that are open on a route, in the order in which they are asked. */
export interface ProviderOptions {
  readonly mode: Mode;
  /** One issuer, several with different `issuer`s, or the development issuer. */
  readonly jwt?: "development" | JwtOptions | readonly JwtOptions[] | undefined;
  readonly mutualTls?: MutualTlsOptions | undefined;
  readonly session?: SessionOptions | undefined;
  readonly introspection?: IntrospectionOptions | undefined;
}

/** Who the caller must be: nobody in particular, or whoever a provider knows. */
export type IdentityOptions = "anonymous" | ProviderOptions;

/** Every issuer of JSON Web Tokens that was written, whether one or a list; not the development issuer. */
export function issuersOf({ jwt }: ProviderOptions): readonly JwtOptions[] {
  if (jwt === undefined || jwt === "development") return [];
  return "issuer" in jwt ? [jwt] : jwt;
}

const PROVIDERS = ["jwt", "introspection", "mutualTls", "session"] as const;

function checkTogether(options: ProviderOptions, context: z.RefinementCtx): void {
  if (PROVIDERS.every((name) => options[name] === undefined))
    context.addIssue({ code: "custom", message: `expected at least one of ${PROVIDERS.join(", ")}` });
  if (options.jwt === "development" && options.introspection !== undefined)
    context.addIssue({
      code: "custom",
      path: ["introspection"],
      message: "expected nothing beside `jwt: development`, to which every token goes",
    });
  const issuers = issuersOf(options).map(({ issuer }) => issuer);
  for (const [index, issuer] of issuers.entries())
    if (issuers.indexOf(issuer) !== index)
      context.addIssue({
        code: "custom",
        path: ["jwt", index, "issuer"],
        message: "is written twice: what a token must be would depend on the order",
      });
}

/** The options of `identity`: `anonymous`, or its providers. There is no default: it must be chosen. */
export const identityOptions: z.ZodType<IdentityOptions> = z
  .union(
    [
      z.literal("anonymous").describe("Nobody needs to be known on this route."),
      z
        .strictObject({
          mode,
          jwt: z
            .union([
              z.literal("development").describe("The development issuer of this machine."),
              jwtOptions,
              z.array(jwtOptions).min(1, "expected at least one issuer"),
            ])
            .optional()
            .describe(
              "A JSON Web Token proves who the caller is (RFC 7519, RFC 8725): its issuer, or a list of several. `development`: tokens of `sallyport dev-token`, on loopback addresses alone.",
            ),
          mutualTls: mutualTlsOptions
            .optional()
            .describe("A client certificate proves it (RFC 8446 4.4.2), on listeners with `tls.clientCa`."),
          session: sessionOptions
            .optional()
            .describe("The application's own session proves it: the application is shown the cookie."),
          introspection: introspectionOptions
            .optional()
            .describe(
              "The provider is asked what a token is worth (RFC 7662): every token, or beside `jwt` those that none of its issuers issued.",
            ),
        })
        .superRefine(checkTogether),
    ],
    { error: "expected `anonymous`, or `jwt` with issuer, audience and jwks, or another provider" },
  )
  .describe(
    "Who the caller must be. It must be chosen: `anonymous`, or one or more providers, of which the first that a credential is presented for decides.",
  );
