import type { LaneCounts } from "../events.ts";

/** An open session, as operators see it. Plain data, and no secret. */
export interface SessionView {
  /** What operators call the node that carries it; absent: there is one node. */
  readonly node?: string | undefined;
  readonly session: string;
  readonly route: string;
  readonly user: string | null;
  readonly issuer: string | null;
  readonly tenant: string | null;
  /** The provider that knew the user. */
  readonly provider: string;
  readonly address: string;
  readonly host: string;
  readonly path: string;
  readonly origin: string | null;
  readonly subprotocol: string | null;
  /** ISO 8601. */
  readonly openedAt: string;
  /** When its proof ends, ISO 8601; `null` when it does not. */
  readonly expiresAt: string | null;
  /** Whether its proof can be renewed in place. */
  readonly refreshable: boolean;
  readonly inbound: LaneCounts;
  readonly outbound: LaneCounts;
  /** Bytes that wait for the client to read them. */
  readonly waitingBytes: number;
  /** The version of the policy that judges its next message. */
  readonly policy: string;
  /** Compression in force, and the bytes that its windows take; `null`: none. */
  readonly compression: { readonly extension: string; readonly windowBytes: number } | null;
}
