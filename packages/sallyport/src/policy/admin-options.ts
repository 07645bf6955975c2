import { z } from "zod";
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

/** The admin endpoint. */
export interface AdminConfig extends NetworkAddress {
  /** A file with the token of the role `admin`; `null`: none. */
  readonly tokenFile: string | null;
  /** Further tokens, each with its role. Without any token the endpoint stands on loopback only. */
  readonly tokens: readonly AdminTokenConfig[];
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

/** `admin`: metrics and the admin API. */
export const adminOptions: z.ZodType<AdminConfig | undefined> = z
  .strictObject({
    address: networkAddress.describe(
      "HOST:PORT of metrics and the admin API; a loopback address unless a token is given.",
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
  })
  .transform(({ address: { host, port }, tokenFile, tokens }) => ({
    host,
    port,
    tokenFile: tokenFile ?? null,
    tokens: tokens ?? [],
  }))
  .optional()
  .describe("Metrics and the admin API. Absent: none.");
