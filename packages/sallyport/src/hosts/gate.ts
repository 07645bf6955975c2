import type { Emit, LaneCounts } from "../events.ts";
import type { AdmissionServices } from "../session/admission.ts";
import type { ConnectionFacts, Denial, Identity, ListenerFacts } from "../guards/guard.ts";
import type { ForwardedHeader } from "../guards/client-address.ts";
import type { Policy } from "../policy/policy.ts";
import { InflateTurns } from "../protocol/inflate-turns.ts";
import { DeadlineWheel } from "./deadline-wheel.ts";
import type { Driver } from "./driver.ts";
import { createMemoryWatch, type MemoryWatch } from "./memory-watch.ts";
import { createIdentityStatements, type IdentityStatements } from "./identity-statement.ts";
import type { GateJournal } from "./gate-journal.ts";
import type { AcmeBoard } from "./acme/acme-board.ts";
import type { Meter } from "./meter.ts";
import type { FindPeer } from "./peer.ts";
import { CompressionWindows, type OpenCompression } from "./compression.ts";
import { createRandomPool } from "./random-pool.ts";
import type { SessionJournal } from "./session-journal.ts";
import type { SessionNames } from "./session-names.ts";
import type { StatementKeys } from "./statement-keys.ts";
import type { WatchPost } from "./watch-post.ts";

/** What every part of a running host shares. */
export interface Gate extends AdmissionServices {
  /** The policy in force for new connections. */
  policy: Policy;
  readonly statements: IdentityStatements;
  readonly wheel: DeadlineWheel;
  /** Whether there is memory for more connections. */
  readonly memory: MemoryWatch;
  /** What compression may take on open connections. */
  readonly windows: CompressionWindows;
  /** What inflating messages shares its time with. */
  readonly inflateTurns: InflateTurns;
  /** What records messages; `null`: nothing does. Events are told it by whoever emits them. */
  readonly journal: GateJournal | null;
  /** The watch's post in this process; `null`: nobody watches. */
  readonly watch: WatchPost | null;
  /** Open connections, by session id. */
  readonly sessions: Map<string, OpenSession>;
  /** Its listeners, by URL. */
  readonly listeners: Map<string, OpenListener>;
  /** Takes what is measured; `null`: nobody does. */
  readonly meter: Meter | null;
  /** Those of the other processes of this gate; `null`: there is one process. */
  readonly elsewhere: SessionsElsewhere | null;
  /** No new connections: the gate is shutting down. */
  draining: boolean;
  /** Monotonic clock, milliseconds. */
  readonly now: () => number;
  /** Wall clock, milliseconds since the epoch. */
  readonly wallNow: () => number;
}

/** What a listener says of itself. */
export interface OpenListener {
  /** Why nobody can connect there; `null`: nothing is in the way. */
  problem(): string | null;
  /** When its certificate ends, milliseconds since the epoch; `null`: it has none. */
  notAfter(): number | null;
  /** Sockets that it has accepted, and that are open: connections, and those that only began. */
  sockets(): Promise<number>;
  /** Sockets that were dropped because there were too many. */
  dropped(): number;
}

/** A connection that the gate carries. */
export interface OpenSession {
  readonly driver: Driver;
  /** The route's label; another one where a reload renamed it. */
  route: string;
  /** The policy whose guards are asked, and which it holds. */
  under: Policy;
  /** The policy that it is about to be put under, and holds, too; `null`: there is none. */
  next: Policy | null;
  /** What is known of it; another object once its identity was refreshed. */
  facts: ConnectionFacts;
  /** SHA-256, in hex, of the secret that refreshes it; `null`: it was opened without a ticket and cannot be refreshed. */
  readonly refreshHash: string | null;
  /** The thumbprint of the key that its ticket was bound to, and that a refresh must prove; `null`: none. */
  readonly keyThumbprint: string | null;
  /** Compression in force, whatever a reload says: it is negotiated once; `null`: none. */
  readonly compression: OpenCompression | null;
  /** What records its messages; `null`: nothing does. */
  readonly messages: SessionJournal | null;
  /** A keyed hash of the credential that is in force; `null`: none is, or nobody watches. */
  fingerprint: string | null;
  /** What of its traffic the watch was told; `null`: nothing yet. */
  told: ToldTraffic | null;
  /** Who is told how its messages are called; `null`: nobody. */
  readonly names: SessionNames | null;
  /** Whether it is held to a rate that the watch ordered. */
  slowed: boolean;
}

/** What of a connection's traffic was told. */
export interface ToldTraffic {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly inbound: LaneCounts;
  readonly outbound: LaneCounts;
}

/** What names a session and proves the right to refresh it. */
export interface RefreshKey {
  readonly session: string;
  /** SHA-256, in hex, of the secret that was presented. */
  readonly refreshHash: string;
  /** The thumbprint of the key that was proved with the request (RFC 9449); `null`: none was, or not yet. */
  readonly keyThumbprint: string | null;
  /** A keyed hash of the credential that renews it; `null`: nobody asked for one, or it is not known yet. */
  readonly fingerprint: string | null;
}

/** What a refresh came to. */
export type RefreshAnswer =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  | ({ readonly ok: false } & Denial);

/** The open sessions of other processes. All rejects when they cannot be asked. */
export interface SessionsElsewhere {
  /** The route's label and the path of a session that another process carries; `null`: none does, or the secret is not its own. */
  find(key: RefreshKey): Promise<{ readonly route: string; readonly path: string } | null>;
  /** Has the process that carries it refresh it; `null`: none does. */
  refresh(key: RefreshKey, identity: Identity): Promise<RefreshAnswer | null>;
}

/** What several processes of one gate have in common. */
export interface GateOfSeveral {
  readonly statementKeys: StatementKeys;
  /** The certificates from authorities, which another process keeps. */
  readonly acme: AcmeBoard;
  readonly elsewhere: SessionsElsewhere;
}

/** What a gate has that others have not. */
export interface GateParts {
  /** What it has in common with other processes; absent or `null`: it is the only one. */
  readonly several?: Partial<GateOfSeveral> | null | undefined;
  /** Absent or `null`: nothing is recorded. */
  readonly journal?: GateJournal | null | undefined;
  /** Absent or `null`: nobody watches. */
  readonly watch?: WatchPost | null | undefined;
  /** Absent or `null`: nothing is measured. */
  readonly meter?: Meter | null | undefined;
}

/** One listener, as what arrives there needs it. */
export interface ListenerContext {
  readonly facts: ListenerFacts;
  readonly peerOf: FindPeer;
  readonly forwardedHeader: ForwardedHeader;
}

const monotonicNow = (): number => performance.now();
const wallNow = (): number => Date.now();

/** Makes the state that every part of a host shares: clocks, a CSPRNG, a signing key, one timer for all connections. */
export async function createGate(
  policy: Policy,
  emit: Emit,
  { several = null, journal = null, watch = null, meter = null }: GateParts = {},
): Promise<Gate> {
  const gate: Gate = {
    policy,
    emit,
    random: createRandomPool(),
    statements: createIdentityStatements(wallNow, several?.statementKeys),
    wheel: new DeadlineWheel(monotonicNow),
    memory: createMemoryWatch(emit),
    windows: new CompressionWindows(),
    inflateTurns: new InflateTurns((run) => void setImmediate(run)),
    journal,
    watch,
    sessions: new Map(),
    listeners: new Map(),
    meter,
    elsewhere: several?.elsewhere ?? null,
    draining: false,
    now: monotonicNow,
    wallNow,
  };
  watch?.begin(gate);
  return gate;
}
