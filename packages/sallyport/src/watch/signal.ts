import type { Direction, LaneCounts, SallyportEvent } from "../events.ts";

/** What identifies a connection in signals. */
interface Of {
  readonly session: string;
  readonly route: string;
  readonly address: string;
  readonly user: string | null;
}

/**
 * What an open connection carried since the last signal of this kind about it, or since it opened. Told of every open connection
 * in turn, about every ten seconds, and once when it ends, before its `closed`.
 */
export interface TrafficSignal extends Of {
  readonly type: "traffic";
  readonly spanMs: number;
  readonly inbound: LaneCounts;
  readonly outbound: LaneCounts;
}

/** A message's name, as its dialect reads it, that this process had not seen on this route and in this direction before. */
export interface NameSignal extends Of {
  readonly type: "name";
  readonly direction: Direction;
  readonly name: string;
}

/** A connection was admitted by a credential of its caller's. Comes right after its `open`, or its `refresh`. */
export interface CredentialSignal extends Of {
  readonly type: "credential";
  /** The same for the same token, session cookie or certificate; of a keyed hash, so that it opens nothing and names nobody. */
  readonly fingerprint: string;
}

/** A credential was not valid, and said whose it is. Comes beside the `handshake` that refused it. */
export interface ClaimSignal {
  readonly type: "claim";
  readonly route: string;
  readonly address: string;
  /** At most 256 characters that a peer wrote: for counting, and to be told of to nobody. */
  readonly claimedUser: string;
}

/** Everything that the watch is told: what the gate tells everybody, and what is worth no event. */
export type WatchSignal = SallyportEvent | TrafficSignal | NameSignal | CredentialSignal | ClaimSignal;
