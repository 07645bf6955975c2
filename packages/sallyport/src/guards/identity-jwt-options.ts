import { z } from "zod";
import { providerUrlFault } from "./provider-url.ts";
import { aboveZero, duration } from "../quantity.ts";

/** Whose logout tokens of the issuer are taken. */
export interface BackchannelLogoutOptions {
  readonly clientId: string;
  readonly typ: "logout+jwt" | "any";
}

/** How a JSON Web Token proves who the caller is. Durations are in milliseconds. */
export interface JwtOptions {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly jwks?: string | undefined;
  readonly jwksFile?: string | undefined;
  readonly secretFile?: string | undefined;
  readonly algorithms?: readonly string[] | undefined;
  readonly typ?: string | undefined;
  readonly cookie?: string | undefined;
  readonly unsafeQueryParameter?: string | undefined;
  readonly strip: boolean;
  readonly clockTolerance: number;
  readonly maxLifetime?: number | undefined;
  readonly requiredClaims: readonly string[];
  readonly userClaim: string;
  readonly tenantClaim?: string | undefined;
  readonly keepKeys: number;
  readonly backchannelLogout?: BackchannelLogoutOptions | undefined;
  readonly unsafeAllowNoExpiry: boolean;
  readonly unsafeAllowPlaintextJwks: boolean;
}

/** Algorithms accepted when `algorithms` is not written: those that today's providers sign with. */
export const DEFAULT_ALGORITHMS: readonly string[] = ["RS256", "PS256", "ES256", "EdDSA"];
const HMAC = ["HS256", "HS384", "HS512"] as const;
const RSA_NAMES = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const;
const asymmetric = [...RSA_NAMES, "ES256", "ES384", "ES512", "EdDSA", "Ed25519"] as const;
/** Every algorithm whose public key verifies and does not sign. */
export const ASYMMETRIC: readonly string[] = asymmetric;

const isHmac = (name: string): boolean => HMAC.some((known) => known === name);

const algorithm = z.enum([...asymmetric, ...HMAC], {
  error: ({ input }) =>
    typeof input === "string" && input.toLowerCase() === "none"
      ? "`none` means an unsigned token, which anybody can write (RFC 8725 3.1): name the algorithm that your provider signs with"
      : `expected one of ${ASYMMETRIC.join(", ")} (or, with secretFile, ${HMAC.join(", ")})`,
});

/** What is wrong with the algorithms, given where the keys come from; or `null`. */
function algorithmsFault(options: JwtOptions): string | null {
  const names = options.algorithms ?? [];
  if (options.secretFile === undefined && names.some(isHmac))
    return "HS* needs `secretFile`: a public key used as a secret is known to everybody (RFC 8725 2.1)";
  if (options.secretFile !== undefined && !names.every(isHmac))
    return "with `secretFile` only HS256, HS384 and HS512 can be used: secrets and public keys are never mixed (RFC 8725 3.1)";
  return null;
}

/** With the issuer alone, its metadata say where the keys are. */
function discoveryFault(issuer: string, unsafeAllowPlaintext: boolean): string | null {
  if (providerUrlFault(issuer, null, true) !== null || /[?#]/.test(issuer))
    return "where it is no URL, the keys must be named: expected one of `jwks`, `jwksFile` and `secretFile`";
  return providerUrlFault(issuer, "unsafeAllowPlaintextJwks", unsafeAllowPlaintext);
}

function checkTogether(options: JwtOptions, context: z.RefinementCtx): void {
  const complain = (key: string, message: string | null): void => {
    if (message !== null) context.addIssue({ code: "custom", path: [key], message });
  };
  const { issuer, jwks, jwksFile, secretFile, unsafeAllowPlaintextJwks: unsafe } = options;
  const sources = [jwks, jwksFile, secretFile].filter((source) => source !== undefined);
  if (sources.length > 1) complain("jwks", "expected at most one of `jwks`, `jwksFile` and `secretFile`");
  if (jwks !== undefined) complain("jwks", providerUrlFault(jwks, "unsafeAllowPlaintextJwks", unsafe));
  if (sources.length === 0) complain("issuer", discoveryFault(issuer, unsafe));
  complain("algorithms", algorithmsFault(options));
  if (options.backchannelLogout !== undefined && secretFile !== undefined)
    complain(
      "backchannelLogout",
      "needs the provider's public keys: with a shared secret a token proves no provider",
    );
  if (options.maxLifetime !== undefined && options.unsafeAllowNoExpiry)
    complain("maxLifetime", "`maxLifetime` needs tokens that end: remove it, or `unsafeAllowNoExpiry`");
}

const name = z.string().min(1);
const flag = z.boolean().default(false);
/** The name of a cookie that carries a credential. */
export const cookieName: z.ZodString = z
  .string()
  .regex(/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/, "expected the name of a cookie (RFC 6265 4.1.1)");

/** The options of one issuer of JSON Web Tokens. */
export const jwtOptions: z.ZodType<JwtOptions> = z
  .strictObject({
    issuer: name.describe("The `iss` that a token must have, character by character."),
    audience: z
      .union([name, z.array(name).min(1, "expected at least one audience")], {
        error: "expected an audience, or a list of at least one",
      })
      .transform((value) => (typeof value === "string" ? [value] : value))
      .describe("One of these must stand in the token's `aud`."),
    jwks: name
      .optional()
      .describe(
        "URL of the provider's JSON Web Key Set; https, or http to a loopback address. Default, without `jwksFile` and `secretFile`: what the issuer's metadata say (OpenID Connect Discovery, RFC 8414).",
      ),
    jwksFile: name.optional().describe("File with a JSON Web Key Set; read again when it changes."),
    secretFile: name
      .optional()
      .describe(
        "File with a shared secret for HS*, of at least 32 bytes; the line break at the end of a text is not part of it.",
      ),
    algorithms: z
      .array(algorithm)
      .min(1)
      .optional()
      .describe(
        `Accepted signature algorithms. Default: ${DEFAULT_ALGORITHMS.join(", ")}; with secretFile: HS256.`,
      ),
    typ: name
      .optional()
      .describe("The `typ` that a token must have, such as at+jwt. Default: JWT, at+jwt or none."),
    cookie: cookieName
      .optional()
      .describe("Name of a cookie that may carry the token. Default: cookies are not looked at."),
    unsafeQueryParameter: name
      .optional()
      .describe(
        "Name of a query parameter that may carry the token. Unsafe: URLs end in logs and histories.",
      ),
    strip: flag.describe(
      "Takes the token's header, cookie or query parameter out of what goes to the application, which then has `Sallyport-Identity` alone.",
    ),
    clockTolerance: duration
      .prefault("5s")
      .describe("How far the issuer's clock may be ahead, for `nbf` and `iat`. `exp` is strict."),
    maxLifetime: duration.optional().describe("Longest time from `iat` to `exp`. Default: any."),
    requiredClaims: z
      .array(name)
      .default([])
      .describe("Claims that a token must have besides the standard ones."),
    userClaim: name.default("sub").describe("The claim that names the user; a string."),
    tenantClaim: name
      .optional()
      .describe("The claim that names the user's tenant; a string, and refused without. Default: no tenant."),
    keepKeys: aboveZero
      .prefault("24h")
      .describe(
        "How long keys that are known go on verifying tokens while their source fails. Then nobody new is let in.",
      ),
    backchannelLogout: z
      .strictObject({
        clientId: name.describe(
          "The application's `client_id` at the provider: the `aud` of its logout tokens.",
        ),
        typ: z
          .enum(["logout+jwt", "any"])
          .default("logout+jwt")
          .describe(
            "The `typ` of a logout token; `any` also takes JWT or none, which older providers write.",
          ),
      })
      .optional()
      .describe(
        "Lets the provider end connections: it posts logout tokens to /.sallyport/logout (OpenID Connect Back-Channel Logout 1.0). Needs the `revocation` guard. Default: it cannot.",
      ),
    unsafeAllowNoExpiry: flag.describe("Accepts tokens without `exp`. Unsafe: a stolen one works forever."),
    unsafeAllowPlaintextJwks: flag.describe(
      "Accepts an http JWKS that is not on loopback. Unsafe: whoever is on the way can replace the keys.",
    ),
  })
  .superRefine(checkTogether);
