import type {
  ConnectionFacts,
  ConnectionGuard,
  ConnectionHandle,
  Handshake,
  HandshakeVerdict,
  Identity,
  LogoutReceiver,
  TokenJudging,
} from "./guard.ts";

/** Why a caller is not let in. */
export type IdentityRefusal = Exclude<HandshakeVerdict, { verdict: "pass" }>;

/** Who the caller is, why that is not believed, or `null`: no credential of this kind was presented. */
export type Identified = Identity | IdentityRefusal | null;

/** One way in, with its options in force on one route: what the `identity` guard is composed of. */
export interface IdentityProvider {
  /** What `Identity.provider` is for callers that it let in. */
  readonly names: readonly Identity["provider"][];
  /**
   * Asked in the order of the providers until one does not answer `null`. A credential that was presented and is not valid is a
   * refusal, never `null`: the next provider is not asked about it.
   */
  identify(handshake: Handshake): Identified | Promise<Identified>;
  /** The token by which `identify` named the caller, for proofs of possession; absent, or `null`: it is no token. */
  tokenOf?(handshake: Handshake): string | null;
  /** The credential by which `identify` named the caller, to be known again by its fingerprint; empty: it named nobody. */
  credentialOf(handshake: Handshake): string;
  /** Whom a credential that was refused names, by its own words: never believed; absent, or `null`: it names nobody. */
  claimedUserOf?(handshake: Handshake): string | null;
  /** Takes its credentials out of what goes on to the application. Asked of every provider, whoever decides. */
  strip?(handshake: Handshake): void;
  /** Why an open connection that a provider of one of these names let in would not be let in now, or `null`. */
  readmit?(connection: ConnectionFacts): string | null;
  /** Its part in a connection that a provider of one of these names let in. What it needs of the credential: `proofOf`. */
  open?(connection: ConnectionFacts, handle: ConnectionHandle): ConnectionGuard;
  /** How it judges tokens that come after the handshake; absent: its credentials are no tokens. */
  readonly tokens?: TokenJudging;
  /** Who may tell it that users have signed out; absent: nobody. */
  readonly logouts?: readonly LogoutReceiver[];
  /** The scheme that a 401 asks for (RFC 9110 11.6.1); absent: none. */
  readonly challenge?: string;
  /** Whether it can decide yet, and what stands in its way or went wrong since; absent: always. */
  ready?(): { readonly ready: boolean; readonly problem: string | null };
  /** Stops what it started. */
  dispose?(): void;
}

/** Seconds after which a client may ask again when a provider cannot be reached. */
const RETRY_AFTER_S = 10;

/** RFC 6750 3.1: it makes a client fetch a new token. */
const INVALID_TOKEN = 'Bearer error="invalid_token"';

/** `identity.invalid`. @param detail for the operator: no secret. @param challenge what to present instead (RFC 9110 11.6.1) */
export function invalid(detail: string, challenge: string = INVALID_TOKEN): IdentityRefusal {
  return { verdict: "refuse", code: "identity.invalid", detail, challenge };
}

/** `identity.unavailable`: nobody can say whether the credential is good. @param detail for the operator: no secret */
export function unavailable(detail: string): IdentityRefusal {
  return { verdict: "refuse", code: "identity.unavailable", detail, retryAfterS: RETRY_AFTER_S };
}
