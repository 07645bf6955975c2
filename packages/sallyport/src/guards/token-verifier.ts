import type {
  ConnectionFacts,
  ConnectionGuard,
  ConnectionHandle,
  Handshake,
  LogoutReceiver,
} from "./guard.ts";
import type { IdentityRefusal } from "./identity-provider.ts";
import type { TokenPlaces } from "./token-sources.ts";
import type { VerifiedToken } from "./verified-tokens.ts";

/** What a token that was verified says, and who issued it. */
export interface ProvenToken extends VerifiedToken {
  readonly issuer: string | null;
}

/** The clocks of a judgement: `now` monotonic, `wallNow` since the epoch, both in milliseconds. */
export type Clocks = Pick<Handshake, "now" | "wallNow">;

/** One authority that says what a bearer token is worth: a `jwt` issuer with its keys, or an introspection endpoint. */
export interface TokenVerifier {
  readonly name: "jwt" | "introspection";
  /** Whose tokens it judges; `null`: any that no other verifier is for. */
  readonly issuer: string | null;
  /** Where its tokens may stand, besides `Authorization` and a subprotocol entry. */
  readonly places: TokenPlaces;
  /** Whether its tokens are taken out of what goes on to the application. */
  readonly strip: boolean;
  /** What the token says, or why it is not believed. Never rejects. */
  judge(token: string, clocks: Clocks): Promise<ProvenToken | IdentityRefusal>;
  /** What a token says that was judged before and is known to hold still; absent, or `null`: `judge` must say. */
  recall?(token: string, clocks: Clocks): ProvenToken | null;
  /** Whose a token says it is, by its own words, of which nothing is verified; absent, or `null`: it does not say. */
  claimedUser?(token: string): string | null;
  /** Why an open connection that such a token proved would not be let in now, or `null`. */
  readmit(connection: ConnectionFacts): string | null;
  /** Its part in a connection that one of its tokens opened. */
  open?(connection: ConnectionFacts, handle: ConnectionHandle): ConnectionGuard;
  /** Who may tell it that users have signed out; `null`: nobody. */
  readonly logout: LogoutReceiver | null;
  ready(): { readonly ready: boolean; readonly problem: string | null };
  dispose(): void;
}
