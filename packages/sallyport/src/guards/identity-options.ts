import { z } from "zod";
import type { Mode } from "./guard.ts";
import { jwtOptions, type JwtOptions } from "./identity-jwt-options.ts";
import { mode } from "./quantity.ts";

/** The ways in that are open on a route, in the order in which they are asked. */
export interface ProviderOptions {
  readonly mode: Mode;
  /** One issuer, or several with different `issuer`s. */
  readonly jwt?: JwtOptions | readonly JwtOptions[] | undefined;
}

/** Who the caller must be: nobody in particular, or whoever a provider knows. */
export type IdentityOptions = "anonymous" | ProviderOptions;

/** Every issuer of JSON Web Tokens, whether one was written or a list. */
export function issuersOf({ jwt }: ProviderOptions): readonly JwtOptions[] {
  if (jwt === undefined) return [];
  return Array.isArray(jwt) ? (jwt as readonly JwtOptions[]) : [jwt as JwtOptions];
}

const PROVIDERS = ["jwt"] as const;

function checkTogether(options: ProviderOptions, context: z.RefinementCtx): void {
  if (PROVIDERS.every((name) => options[name] === undefined))
    context.addIssue({ code: "custom", message: `expected at least one of ${PROVIDERS.join(", ")}` });
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
            .union([jwtOptions, z.array(jwtOptions).min(1, "expected at least one issuer")])
            .optional()
            .describe(
              "A JSON Web Token proves who the caller is (RFC 7519, RFC 8725): its issuer, or a list of several.",
            ),
        })
        .superRefine(checkTogether),
    ],
    { error: "expected `anonymous`, or `jwt` with issuer, audience and jwks" },
  )
  .describe(
    "Who the caller must be. It must be chosen: `anonymous`, or `jwt` with issuer, audience and jwks.",
  );
