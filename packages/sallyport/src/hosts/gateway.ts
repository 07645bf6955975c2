import type { Emit } from "../events.ts";
import type { Bans } from "../guards/shared-state.ts";
import type { Policy } from "../policy/policy.ts";
import { AcmeBoard, putOn, type AcmeState } from "./acme/acme-board.ts";
import { acmeFor } from "./acme/acme-for.ts";
import type { Acme } from "./acme/open-acme.ts";
import type { AcmeSharing } from "./acme/share-certificates.ts";
import { closeBanned } from "./ban-open.ts";
import { closeSessions, DEFAULT_DRAIN, delay, type DrainOptions } from "./drain.ts";
import type { GateJournal } from "./gate-journal.ts";
import { createGate, type Gate, type GateOfSeveral, type SessionsElsewhere } from "./gate.ts";
import { putPolicyInForce, type Reloaded } from "./reevaluate.ts";
import type { Meter } from "./meter.ts";
import type { StatementKey, StatementKeys } from "./statement-keys.ts";
import { upstreamServing } from "./serving.ts";
import { certificateFor } from "./listener-certificate.ts";
import { openListener, type Listener } from "./listener.ts";
import type { WatchPost } from "./watch-post.ts";
import { readinessProblems } from "./well-known.ts";

/** What several processes have in common that are one gateway. Plain data. */
export interface SharedGateway {
  /** The real port of every listener, in the order of the policy. */
  readonly ports: readonly number[];
  /** Those of the start; newer ones are told. */
  readonly statementKeys: readonly StatementKey[];
  /** 32 secret bytes, in base64: credentials have the same fingerprint in whatever process. */
  readonly fingerprintKey: string;
  /** 48 secret bytes, in base64: a TLS session is resumed in whatever process (RFC 8446 2.2). */
  readonly ticketKeys: string;
  /** Certificates from authorities, and challenges that are open, as they stand at the start; what changes is told. */
  readonly acme: AcmeState;
}

/** What a gateway is made of. */
export interface GatewayOptions {
  readonly policy: Policy;
  readonly emit: Emit;
  /** Where the development CA keeps its keys. */
  readonly developmentDirectory: string;
  /** What records messages; it outlives the gateway. Absent: nothing does. */
  readonly journal?: GateJournal | null;
  /** The watch's post in this process. Absent: nobody watches. */
  readonly watch?: WatchPost | null;
  /** Takes what is measured. Absent: nobody does. */
  readonly meter?: Meter;
  /** Where this process is one of several. */
  readonly shared?: (Omit<SharedGateway, "statementKeys" | "acme"> & GateOfSeveral) | undefined;
  /** The sessions of other nodes, where this process is the only one of its node. Absent: there are none. */
  readonly elsewhere?: SessionsElsewhere | null | undefined;
  /** The keys of statements that all nodes have, where this process is the only one of its node. Absent: keys of its own. */
  readonly statementKeys?: StatementKeys | undefined;
  /** How its node has certificates in common with others. Absent or `null`: it has not. */
  readonly sharing?: AcmeSharing | null | undefined;
}

/** The first host: listeners in front of applications in any language. */
export interface Gateway {
  readonly gate: Gate;
  /** The URLs of the listeners, with their real ports. */
  readonly urls: readonly string[];
  /** The development CA's certificate file, where a listener uses it; `null` elsewhere. */
  readonly developmentCaFile: string | null;
  /** Why it is not ready; empty when it is. */
  problems(): readonly string[];
  /** Puts another policy in force, for new connections and the open ones. Its listeners must be those of the one before. */
  setPolicy(policy: Policy): Promise<Reloaded>;
  /** Ends the open connections whose address is banned now (4529). Answers how many. */
  closeBanned(bans: Bans): number;
  /** No new connections; the open ones are closed with 1012 in batches. Resolves when all are gone. */
  drain(options?: DrainOptions): Promise<void>;
}

/** Opens every listener of the policy. Rejects, with nothing left open, when one cannot be opened. */
export async function openGateway(options: GatewayOptions): Promise<Gateway> {
  const { policy, emit, shared, elsewhere = null, statementKeys, journal, watch, meter } = options;
  const several = shared ?? {
    ...(elsewhere !== null && { elsewhere }),
    ...(statementKeys !== undefined && { statementKeys }),
  };
  const gate = await createGate(policy, emit, { several, journal, watch, meter });
  const listeners: Listener[] = [];
  let developmentCaFile: string | null = null;
  const board = shared?.acme ?? new AcmeBoard();
  let acme: Acme | null = null;
  try {
    if (shared === undefined)
      acme = await acmeFor({ ...policy, emit, publish: putOn(board), sharing: options.sharing });
    for (const [index, listener] of policy.listeners.entries()) {
      const made = await certificateFor(listener, { ...options, acme: board });
      developmentCaFile ??= made.caFile;
      const port = shared?.ports[index] ?? listener.port;
      const ticketKeys = shared === undefined ? undefined : Buffer.from(shared.ticketKeys, "base64");
      const { certificate } = made;
      listeners.push(
        await openListener(
          gate,
          { ...listener, port },
          { certificate, ticketKeys, serving: upstreamServing },
        ),
      );
    }
    acme?.start();
  } catch (error) {
    await Promise.all([acme?.close(), ...listeners.map((listener) => listener.close())]);
    watch?.end();
    throw error;
  }
  return {
    gate,
    urls: listeners.map(({ url }) => url),
    developmentCaFile,
    problems: () => readinessProblems(gate),
    setPolicy: (next) => putPolicyInForce(gate, next),
    closeBanned: (bans) => closeBanned(gate, bans),
    async drain(drainOptions = DEFAULT_DRAIN) {
      gate.draining = true;
      const closed = Promise.all(listeners.map((listener) => listener.close()));
      await Promise.all([closeSessions(gate, drainOptions), acme?.close()]);
      await Promise.race([closed, delay(1000)]);
      watch?.end();
      gate.policy.release();
    },
  };
}
