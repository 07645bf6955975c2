import type { AdminRole } from "../../policy/admin-options.ts";

/** The answer to `POST /dashboard/session`: who has signed in. */
export interface SignedIn {
  /** The name of the token, or who the OpenID provider says it is. */
  readonly name: string;
  readonly role: AdminRole;
  /** By what. */
  readonly by: SignInProvider;
  /** When the session ends, ISO 8601. */
  readonly expiresAt: string;
  /** What ends it then: its own life, or that the provider cannot be asked any more who that is. */
  readonly bound: "life" | "provider";
}

/** The ways to sign in. */
export type SignInProvider = "token" | "oidc";

/** What everybody may know before signing in: the 401 of `GET /dashboard/session`. */
export interface SignedOut {
  readonly error: string;
  /** What there is to sign in with; empty: nothing, until the configuration names a token. */
  readonly providers: readonly SignInProvider[];
}

/** The answer to `GET /dashboard/session`. */
export interface WhoAmI extends SignedIn {
  /** Of the package. */
  readonly version: string;
  readonly providers: readonly SignInProvider[];
}
