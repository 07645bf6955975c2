import { z } from "zod";
import { cookieName } from "./identity-jwt-options.ts";
import { providerUrlFault } from "./provider-url.ts";
import { aboveZero, duration } from "../quantity.ts";

/** How an introspection endpoint is asked what a token is worth. Durations in milliseconds. */
export interface IntrospectionOptions {
  readonly endpoint?: string | undefined;
  readonly issuer?: string | undefined;
  readonly clientId: string;
  readonly clientSecretFile: string;
  readonly audience?: readonly string[] | undefined;
  readonly cache: number;
  /** `null`: open connections are not asked about again. */
  readonly recheck: number | null;
  readonly userClaim: string;
  readonly tenantClaim?: string | undefined;
  readonly cookie?: string | undefined;
  readonly unsafeQueryParameter?: string | undefined;
  readonly strip: boolean;
}

function checkTogether({ endpoint, issuer }: IntrospectionOptions, context: z.RefinementCtx): void {
  const complain = (key: string, message: string | null): void => {
    if (message !== null) context.addIssue({ code: "custom", path: [key], message });
  };
  if (endpoint !== undefined) return complain("endpoint", providerUrlFault(endpoint));
  if (issuer === undefined) return complain("endpoint", "expected `endpoint`, or `issuer` to find it by");
  complain("issuer", /[?#]/.test(issuer) ? "an issuer has no query (RFC 8414 2)" : providerUrlFault(issuer));
}

const name = z.string().min(1);

/** The options of `introspection`. */
export const introspectionOptions: z.ZodType<IntrospectionOptions> = z
  .strictObject({
    endpoint: name
      .optional()
      .describe(
        "URL of the introspection endpoint; https, or http to a loopback address. Default: what the metadata of `issuer` say.",
      ),
    issuer: name
      .optional()
      .describe("Who issues the tokens: an `iss` in the answer must be this, character by character."),
    clientId: name.describe("How the gate is known at the provider: the `client_id` that may introspect."),
    clientSecretFile: name.describe(
      "File with the secret of that client; read anew for each question. The line break at its end is not part of it.",
    ),
    audience: z
      .union([name, z.array(name).min(1, "expected at least one audience")], {
        error: "expected an audience, or a list of at least one",
      })
      .transform((value) => (typeof value === "string" ? [value] : value))
      .optional()
      .describe("One of these must stand in the answer's `aud`. Default: any token of the provider is good."),
    cache: duration
      .prefault("30s")
      .describe(
        "How long an answer may be used again for a new connection; never longer than the token lives, and 5s at most where it was refused.",
      ),
    recheck: z
      .union([z.literal(["off", false]).transform(() => null), aboveZero])
      .prefault("60s")
      .describe(
        "How often the provider is asked about the token of an open connection; it is closed (4540) when it is not active any more. `off`: never.",
      ),
    userClaim: name.default("sub").describe("The member of the answer that names the user; a string."),
    tenantClaim: name
      .optional()
      .describe(
        "The member that names the user's tenant; a string, and refused without. Default: no tenant.",
      ),
    cookie: cookieName
      .optional()
      .describe("Name of a cookie that may carry the token. Default: cookies are not looked at."),
    unsafeQueryParameter: name
      .optional()
      .describe(
        "Name of a query parameter that may carry the token. Unsafe: URLs end in logs and histories.",
      ),
    strip: z
      .boolean()
      .default(false)
      .describe("Takes the token's header, cookie or query parameter out of what goes to the application."),
  })
  .superRefine(checkTogether);
