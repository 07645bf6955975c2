import type { AnnouncedHeartbeat } from "./announced-heartbeat.ts";
import type { Identity } from "./guard.ts";

/** What a one-time ticket stands for, kept where every node finds it. Plain JSON. */
export interface IssuedTicket {
  readonly identity: Identity;
  /** The id of the route that it opens. */
  readonly route: string;
  /** The page's origin, which must present it; `null` where a client without one asked. */
  readonly origin: string | null;
  /** The id that the session will have. */
  readonly session: string;
  /** SHA-256, in hex, of the secret that refreshes the session. */
  readonly refreshHash: string;
  /** The credential behind the identity, where its provider asks again while a connection is open: only the ticket opens it. */
  readonly sealedProof?: string;
  /** The RFC 7638 thumbprint of the client's key, where it asked for a ticket bound to one; `null` elsewhere. */
  readonly keyThumbprint: string | null;
  /** `Handshake.fingerprint` of the request that it was issued for. */
  readonly fingerprint?: string;
  /** Wall clock, milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** One-time tickets, kept by the shared state. A key is the SHA-256 of a ticket, so that what is kept opens nothing. */
export interface Tickets {
  /** Keeps a ticket until it ends. `false`: there is no room, or the state cannot be reached. */
  put(key: string, ticket: IssuedTicket, wallNow: number): Promise<boolean>;
  /**
   * Takes a ticket away: of any number of callers, one gets it. `null`: unknown, redeemed or ended.
   *
   * @throws when the state cannot be reached: nobody is let in then
   */
  take(key: string, wallNow: number): Promise<IssuedTicket | null>;
  /**
   * Notes that something that may be used once was used: a DPoP proof, a logout token. `false`: it was used before, or there is
   * no room to note it. Each kind has room of its own, so that none can be used to crowd out another.
   *
   * @throws when it cannot be known: the state cannot be reached, or has lost what was used when this one was
   */
  useOnce(use: SingleUse, wallNow: number): Promise<boolean>;
}

/** Something that may be used once. */
export interface SingleUse {
  /** What kind it is, in a word of ours; a space; and the SHA-256 of what names it. */
  readonly key: string;
  /**
   * When its maker says that it was made, milliseconds since the epoch; `null`: it does no harm when it is taken once more after the state has lost
   * what was used.
   */
  readonly issuedAt: number | null;
  /** Wall clock, milliseconds since the epoch; from then on it would be refused for its age. */
  readonly until: number;
}

/** How tickets of a route are issued. */
export interface Ticketing {
  /** How long one may wait until it is redeemed, milliseconds. */
  readonly lifeMs: number;
  /** A heartbeat of the application's own, announced beside the ticket; `null`: none. */
  readonly heartbeat: AnnouncedHeartbeat | null;
  /** Keeps a ticket until then. `false`: it cannot be kept. */
  issue(ticket: string, issued: IssuedTicket, wallNow: number): Promise<boolean>;
}

/** Whom a revocation names. Every field that is written must match; at least one is. */
export interface RevocationTarget {
  /** The `jti` of a token. */
  readonly tokenId?: string | undefined;
  /** The id of a connection's session at the gate. */
  readonly session?: string | undefined;
  /** The provider's own session: the claim `sid` (OpenID Connect Back-Channel Logout 2.1). */
  readonly providerSession?: string | undefined;
  readonly user?: string | undefined;
  /** The claim `sub`, where another one names the user. */
  readonly subject?: string | undefined;
  /** Only proofs that name no session of the provider: those that do are revoked by it. */
  readonly withoutProviderSession?: true | undefined;
  readonly issuer?: string | undefined;
  readonly tenant?: string | undefined;
  /** Only proofs issued before this moment (`iat`, or when the connection opened), milliseconds since the epoch. */
  readonly issuedBefore?: number | undefined;
}

/** A revocation in force. */
export interface Revocation extends RevocationTarget {
  readonly id: string;
  /** For the operator. */
  readonly reason: string;
  /** Whether open connections end too. `false` where a token was replaced by a newer one of the same session. */
  readonly closes: boolean;
  /** Wall clock, milliseconds since the epoch. */
  readonly createdAt: number;
  /** When nothing that it names can be valid any more, milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** A proof, in the terms of revocations. */
export interface RevocableProof {
  readonly identity: Identity;
  /** `null` before there is one. */
  readonly session: string | null;
  /** When the proof was issued; where the provider does not say, when it was first seen. Milliseconds since the epoch. */
  readonly issuedAt: number;
}

/** What was revoked, kept by the shared state; a copy is in memory, so that looking is synchronous. */
export interface Revocations {
  /** The revocation that covers this proof, one that closes before one that does not; or `null`. */
  find(proof: RevocableProof, wallNow: number): Revocation | null;
  /** Has `listener` called with every new revocation that closes connections. Returns how to stop. */
  watch(listener: (revocation: Revocation) => void): () => void;
  /** Puts a revocation in force everywhere. `false`: there is no room, or the state cannot be reached. */
  add(revocation: Revocation): boolean | Promise<boolean>;
  /** Since when the copy may be out of date, and why; `null`: it is not. */
  outage(): { readonly since: number; readonly problem: string } | null;
}

/** Bans in force, kept by the shared state. */
export interface Bans {
  /** The ban that covers this address, or `null`. */
  find(address: string, wallNow: number): { readonly reason: string; readonly until: number | null } | null;
}
