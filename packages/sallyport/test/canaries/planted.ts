import { SignJWT } from "jose";
import { randomBytes } from "node:crypto";
import type { AdminRole } from "../../src/policy/admin-options.ts";
import type { Canaries } from "./canary.ts";

/** Everything that is secret about a gate and those who use it, each a canary. */
export interface Planted {
  /** The configuration's own secrets. */
  readonly jwtSecret: string;
  readonly clientSecret: string;
  readonly journalKey: string;
  /** A token for each role of the admin API. */
  readonly adminTokens: Readonly<Record<AdminRole, string>>;
  /** Of the gate at the provider by which people sign in to the dashboard. */
  readonly dashboardSecret: string;
  readonly leakCanary: string;
  readonly unusable: string;
  /** A token that is good, of a user; its claims and its signature are canaries of their own. */
  readonly token: (
    where: string,
    parts?: { readonly expiresIn?: number; readonly secret?: string },
  ) => Promise<string>;
  /** A new canary. */
  readonly plant: (name: string) => string;
}

/** Makes them. */
export function plantSecrets(canaries: Canaries): Planted {
  const plant = (name: string): string => canaries.plant(name);
  const jwtSecret = plant("config: JWT secret");
  return {
    jwtSecret,
    clientSecret: plant("config: client secret of introspection"),
    journalKey: canaries.adopt("config: journal key", randomBytes(32).toString("base64")),
    adminTokens: {
      viewer: plant("config: viewer token"),
      operator: plant("config: operator token"),
      investigator: plant("config: investigator token"),
      admin: plant("config: admin token"),
    },
    dashboardSecret: plant("config: client secret of the dashboard"),
    leakCanary: plant("config: a canary of leak"),
    unusable: plant("config: a secret where none is expected"),
    plant,
    async token(where, { expiresIn = 600, secret = jwtSecret } = {}) {
      const now = Math.floor(Date.now() / 1000);
      const token = await new SignJWT({ secret: plant(`${where}: claim of a token`) })
        .setProtectedHeader({ alg: "HS256" })
        .setIssuer("https://id.example.com")
        .setAudience("chat")
        .setSubject("ada")
        .setJti(plant(`${where}: id of a token`))
        .setIssuedAt(now - 1000)
        .setExpirationTime(now + expiresIn)
        .sign(Buffer.from(secret));
      canaries.adopt(`${where}: signature of a token`, token.split(".")[2] ?? "");
      return token;
    },
  };
}
