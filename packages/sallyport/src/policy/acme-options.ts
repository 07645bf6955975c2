import { z } from "zod";
import { networkAddress, type NetworkAddress } from "./network-address.ts";

/** What is asked of an ACME authority (RFC 8555), and how. Paths may be relative until loaded. */
export interface AcmeOptions {
  /** Lower case; the first is what the certificate is told by. */
  readonly domains: readonly string[];
  /** Whom the authority may write to; `null`: nobody. */
  readonly email: string | null;
  /** The URL of its directory (RFC 8555 7.1.1). */
  readonly directory: string;
  /** A file with the CA (PEM) that the authority's own server must come from; `null`: the system's. */
  readonly directoryCa: string | null;
  readonly challenge: "http-01" | "tls-alpn-01";
  /** Where challenges of `http-01` are answered. */
  readonly challengeAddress: NetworkAddress;
  /** Where account and certificates are kept; `null`: in this user's own data directory. */
  readonly storage: string | null;
}

/** Let's Encrypt's directories. */
const DIRECTORIES = {
  production: "https://acme-v02.api.letsencrypt.org/directory",
  staging: "https://acme-staging-v02.api.letsencrypt.org/directory",
} as const;

/** What one certificate of Let's Encrypt may hold. */
const MAX_DOMAINS = 100;
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i;
const EMAIL = /^[^\s@,]+@[^\s@,]+$/;

const domain = z
  .string({ error: "expected a domain name such as chat.example.com" })
  .max(253)
  .refine((name) => !name.startsWith("*."), {
    error:
      "a wildcard needs a challenge in the DNS, which is not built: list the names, or use certificate files",
  })
  .refine((name) => name.startsWith("*.") || (DOMAIN.test(name) && !/^[0-9.]+$/.test(name)), {
    error: "expected a domain name such as chat.example.com, without scheme, port or path",
  })
  .transform((name) => name.toLowerCase());

const directory = z
  .string({ error: "expected `production`, `staging` or the https URL of a directory" })
  .refine((text) => Object.hasOwn(DIRECTORIES, text) || isHttpsUrl(text), {
    error: "expected `production`, `staging` or the https URL of a directory",
  })
  .transform((text) => (isShorthand(text) ? DIRECTORIES[text] : text));

function isShorthand(text: string): text is keyof typeof DIRECTORIES {
  return Object.hasOwn(DIRECTORIES, text);
}

function isHttpsUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === "https:" && url.username === "" && url.password === "";
}

/** `tls.acme` of a listener. */
export const acmeOptions: z.ZodType<AcmeOptions> = z
  .strictObject({
    domains: z
      .array(domain)
      .min(1)
      .max(MAX_DOMAINS)
      .transform((names) => [...new Set(names)])
      .describe(
        "The names of the certificate. All of them must lead to this gate, where the authority looks. No wildcards.",
      ),
    email: z
      .string()
      .regex(EMAIL, { error: "expected an e-mail address" })
      .optional()
      .describe("Whom the authority may write to about the account."),
    directory: directory
      .prefault("production")
      .describe(
        "The authority: `production` or `staging` of Let's Encrypt, or the URL of another one's directory. Whoever names an authority agrees to its terms of service.",
      ),
    directoryCa: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A file with the CA (PEM) that the authority's own server must come from, for an authority of your own.",
      ),
    challenge: z
      .enum(["http-01", "tls-alpn-01"])
      .default("tls-alpn-01")
      .describe(
        "How the authority sees that the names are yours: `tls-alpn-01` connects to port 443, which must lead to this listener; `http-01` to port 80, which must lead to `challengeAddress`.",
      ),
    challengeAddress: networkAddress
      .prefault("0.0.0.0:80")
      .describe("HOST:PORT on which challenges of `http-01` are answered, and nothing else."),
    storage: z
      .string()
      .min(1)
      .optional()
      .describe(
        "The directory of the account's key and the certificates, for its owner alone; made where it is not there. Default: `sallyport/acme` in the user's data directory.",
      ),
  })
  .transform(({ email = null, directoryCa = null, storage = null, ...rest }): AcmeOptions => ({
    ...rest,
    email,
    directoryCa,
    storage,
  }))
  .describe("Has the certificate from an ACME authority, and renews it.");
