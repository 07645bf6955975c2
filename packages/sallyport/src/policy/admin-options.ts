import { z } from "zod";
import { isLoopback } from "../guards/loopback.ts";
import { aboveZero } from "../quantity.ts";
import { networkAddress, type NetworkAddress } from "./network-address.ts";

/** What the admin API and the dashboard let somebody do, from the least to the most. */
export const adminRoles = ["viewer", "operator", "investigator", "admin"] as const;

/** `viewer` reads, `operator` also ends, bans and revokes, `investigator` also reads what the journal kept of contents, `admin` all. */
export type AdminRole = (typeof adminRoles)[number];

/** One token of the admin API. */
export interface AdminTokenConfig {
  /** Who holds it, for the log. */
  readonly name: string;
  readonly role: AdminRole;
  readonly tokenFile: string;
}

/** Sign-in to the dashboard by an OpenID provider. */
export interface AdminOidcConfig {
  readonly issuer: string;
  readonly clientId: string;
  /** A file with the client's secret; `null`: it is a public client, which proves itself by PKCE alone. */
  readonly clientSecretFile: string | null;
  /** The claim of the ID token that says what somebody is: a string, or a list of strings. */
  readonly roleClaim: string;
  /** The role for each value of that claim; of several, the highest. Whoever has none is not let in. */
  readonly roles: Readonly<Record<string, AdminRole>>;
  /** Beside `openid`, what is asked for. */
  readonly scope: readonly string[];
  /** How long a session lasts, milliseconds. */
  readonly life: number;
  /** Between two questions to the provider about a session, milliseconds. */
  readonly recheck: number;
}

/** The admin endpoint. */
export interface AdminConfig extends NetworkAddress {
  /** A file with the token of the role `admin`; `null`: none. */
  readonly tokenFile: string | null;
  /** Further tokens, each with its role. Without any token the endpoint stands on loopback only. */
  readonly tokens: readonly AdminTokenConfig[];
  /** The origin by which browsers call it, such as `https://gate.example.com`; `null`: its own address. */
  readonly url: string | null;
  /** `null`: people sign in to the dashboard with a token. */
  readonly oidc: AdminOidcConfig | null;
}

/** Every one is compared with what a caller presents. */
const MAX_ADMIN_TOKENS = 100;

const adminToken = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/, {
      error: "expected a name of letters, digits and . _ @ -, at most 64 characters",
    })
    .describe(
      "Who holds the token: it stands in the log beside what they did. `admin` is that of `admin.tokenFile`.",
    ),
  role: z
    .enum(adminRoles)
    .describe(
      "`viewer` reads; `operator` also ends connections, bans and revokes; `investigator` also reads what the journal kept of contents; `admin` also reloads and drains.",
    ),
  tokenFile: z
    .string()
    .min(1)
    .describe("A file with the token; made, for its owner alone, where it is not there."),
});

/** More says nothing of a person's role. */
const MAX_OIDC_ROLES = 100;
/** The longest session, whoever signs in. */
const MAX_SESSION_MS = 8 * 3_600_000;

const origin = z
  .string()
  .refine(isPageOrigin, {
    error:
      "expected an origin such as https://gate.example.com, without a path; http only for a loopback address, where alone browsers keep the session's cookie",
  })
  .describe(
    "The origin by which browsers call the dashboard where a proxy with TLS stands in front, such as https://gate.example.com. Default: the address, on loopback; elsewhere there is no dashboard without it.",
  );

const oidc: z.ZodType<AdminOidcConfig> = z
  .strictObject({
    issuer: z
      .string()
      .refine((text) => isProviderUrl(text), {
        error: "expected the provider's https URL; http only on loopback",
      })
      .describe("The provider's issuer; the rest stands in its discovery document."),
    clientId: z.string().min(1).describe("As which the gate is registered at the provider."),
    clientSecretFile: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A file with the client's secret. Absent: a public client, which proves itself by PKCE alone.",
      ),
    roleClaim: z
      .string()
      .min(1)
      .default("groups")
      .describe("The claim of the ID token that says what somebody is: a string, or a list of strings."),
    roles: z
      .record(z.string().min(1), z.enum(adminRoles))
      .refine((roles) => Object.keys(roles).length > 0, { error: "expected at least one value and its role" })
      .refine((roles) => Object.keys(roles).length <= MAX_OIDC_ROLES, {
        error: "expected at most 100 values",
      })
      .describe(
        "The role for each value of the claim; of several, the highest. Whoever has none of them is not let in. At most 100.",
      ),
    scope: z
      .array(z.string().regex(/^[!#-[\]-~]+$/, "expected a scope (RFC 6749 3.3)"))
      .max(20)
      .default([])
      .describe("What is asked for beside `openid`, such as [profile, groups]."),
    life: aboveZero
      .refine((ms) => ms <= MAX_SESSION_MS, { error: "expected 8h at most" })
      .prefault("1h")
      .describe(
        "How long a session lasts; then the provider is asked anew who it is, and what role that is. At most 8h.",
      ),
    recheck: aboveZero
      .refine((ms) => ms >= 1000, { error: "expected 1s at least" })
      .refine((ms) => ms <= MAX_SESSION_MS, { error: "expected 8h at most" })
      .prefault("60s")
      .describe(
        "How often the provider's UserInfo endpoint is asked who a signed-in person is now, where it has one: whoever it does not know any more is signed out, and a role that was lowered there is lowered here. From 1s to 8h.",
      ),
  })
  .transform((written) => ({ ...written, clientSecretFile: written.clientSecretFile ?? null }))
  .describe("People sign in to the dashboard at an OpenID provider, and its claims say in which role.");

/** Whether a text is the origin of pages that a browser keeps a Secure cookie for. */
function isPageOrigin(text: string): boolean {
  const parsed = URL.parse(text);
  return parsed !== null && parsed.origin === text && (parsed.protocol === "https:" || isNearHttp(parsed));
}

function isProviderUrl(text: string): boolean {
  const parsed = URL.parse(text);
  if (parsed === null || parsed.username !== "" || parsed.password !== "" || parsed.hash !== "") return false;
  return parsed.protocol === "https:" || isNearHttp(parsed);
}

function isNearHttp({ protocol, hostname }: URL): boolean {
  return protocol === "http:" && isLoopback(hostname.replace(/^\[(.*)\]$/, "$1"));
}

/** `admin`: metrics, the admin API and the dashboard. */
export const adminOptions: z.ZodType<AdminConfig | undefined> = z
  .strictObject({
    address: networkAddress.describe(
      "HOST:PORT of metrics, the admin API and the dashboard; a loopback address unless a token is given.",
    ),
    tokenFile: z
      .string()
      .min(1)
      .optional()
      .describe(
        "A file with the token of the role `admin`; made, for its owner alone, where it is not there.",
      ),
    tokens: z
      .array(adminToken)
      .min(1)
      .max(MAX_ADMIN_TOKENS)
      .optional()
      .describe("Tokens of other people and programs, each with its role; at most 100."),
    url: origin.optional(),
    oidc: oidc.optional(),
  })
  .transform(({ address: { host, port }, tokenFile, tokens, url, oidc: provider }) => ({
    host,
    port,
    tokenFile: tokenFile ?? null,
    tokens: tokens ?? [],
    url: url ?? null,
    oidc: provider ?? null,
  }))
  .optional()
  .describe("Metrics, the admin API and the dashboard. Absent: none.");
