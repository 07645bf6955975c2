import type { GateEvent } from "../events.ts";
import { memoryWarning, type EngineMemory } from "./engine-memory.ts";
import type { GateState, MemoryState } from "./memory-state.ts";
import { banKind, shareBans } from "./redis-bans.ts";
import type { RedisPlace } from "./redis-client.ts";
import type { Disagreement } from "./node-terms.ts";
import { watchAgreement } from "./redis-agreement.ts";
import { openRedis, type RedisConnection, type RedisConnectionOptions } from "./redis-connection.ts";
import { openRedisLog, RING, type LogFigures } from "./redis-log.ts";
import { RedisNodes, type NodeFacts, type RedisNode } from "./redis-nodes.ts";
import { RedisOrders, type NodeOrders } from "./redis-orders.ts";
import { createRedisQuotas } from "./redis-quotas.ts";
import { revocationKind, shareRevocations } from "./redis-revocations.ts";
import { createRedisTickets } from "./redis-tickets.ts";
import { openRedisVault, type NodeVault } from "./redis-vault.ts";
import type { StateSecret } from "./state-secret.ts";

/** What state in an engine is made of. */
export interface RedisStateOptions extends Pick<
  RedisConnectionOptions,
  "prefix" | "timeoutMs" | "probeMs" | "wallNow"
> {
  readonly place: RedisPlace;
  /** Where the engine is, without any secret. */
  readonly shown: string;
  /** What this process has in memory: its copies. */
  readonly local: MemoryState;
  readonly emit: (event: GateEvent) => void;
  /** Bans of another node were taken. */
  readonly onBans: () => void;
  /** Since when the copies may be out of date has changed. */
  readonly onOutage: () => void;
  /** What this node says of itself to the others. Default: a name of its own, and nothing else. */
  readonly node?: NodeFacts | undefined;
  /** What nodes know and the engine does not. Default: nothing, and no vault. */
  readonly secret?: StateSecret | null;
  /** How long a node that is not heard of counts as alive, milliseconds. Default: as of the nodes. */
  readonly leaseMs?: number;
  /** How often it is looked whether nodes agree, milliseconds. Default: as of `watchAgreement`. */
  readonly agreeMs?: number;
  /** How often other nodes' changes are looked for, milliseconds. Default: as of the log. */
  readonly readMs?: number;
  /** How long a log of changes that began anew may lack what other nodes know, milliseconds. Default: 3,000. */
  readonly settleMs?: number;
}

/** What is counted of an engine. */
export interface StateFigures extends LogFigures {
  /** Where it is, without any secret. */
  readonly shown: string;
  readonly up: boolean;
  /** How often it was lost so far. */
  readonly outages: number;
  readonly clockAheadMs: number;
  /** Since when it is up, or away: wall clock, milliseconds since the epoch. */
  readonly since: number;
  /** Why it is away, without any secret; `null`: it is up. */
  readonly problem: string | null;
  /** This node. */
  readonly node: string;
  /** What operators call it. */
  readonly name: string;
  /** The nodes that are alive, as last heard of; this one among them. */
  readonly nodes: readonly RedisNode[];
  /** What nodes do not have alike. */
  readonly disagreements: readonly Disagreement[];
}

/** What nodes share through an engine. */
export interface RedisState {
  readonly state: GateState;
  readonly connection: RedisConnection;
  readonly nodes: RedisNodes;
  /** How to ask other nodes. */
  readonly orders: NodeOrders;
  /** What nodes keep for each other; `null`: they have no secret to seal it with. */
  readonly vault: NodeVault | null;
  figures(): StateFigures;
  /** What is wrong with the engine; `null`: nothing is. */
  problem(): string | null;
  /** Tells the others that this node is gone, and ends. Never rejects. */
  close(): Promise<void>;
}

/** Entries of each kind in the engine, and tickets that wait: of all nodes together. */
const MAX_ENTRIES = 100_000;
const MAX_TICKET_BYTES = 64 * 1024 * 1024;
/** Clocks that are so far apart make bans and revocations end early or late where they come from tokens' own times. */
const CLOCKS_APART_MS = 5000;

/** Opens what nodes share through an engine. Returns before there is a connection: until then it is an outage. */
export function createRedisState(options: RedisStateOptions): RedisState {
  const { place, prefix, timeoutMs, shown, local, emit, onBans, onOutage } = options;
  const { probeMs, wallNow, readMs, settleMs, leaseMs, secret = null } = options;
  const connection = openRedis({
    place,
    prefix,
    timeoutMs,
    ...(probeMs !== undefined && { probeMs }),
    ...(wallNow !== undefined && { wallNow }),
  });
  const misfits = countMisfits({ shown, emit });
  const bans = banKind(local.bans, MAX_ENTRIES);
  const revocations = revocationKind(local.revocations, MAX_ENTRIES);
  const log = openRedisLog({
    connection,
    kinds: [bans, revocations],
    onMisfit: misfits.tell,
    onTaken: (kinds) => {
      if (kinds.has(bans.kind)) onBans();
      if (kinds.has(RING)) void orders.look().catch(() => {});
    },
    onMemory: tellDrops({ shown, emit }),
    ...(readMs !== undefined && { readMs }),
    ...(settleMs !== undefined && { settleMs }),
    ...(wallNow !== undefined && { wallNow }),
  });
  const told = tellOutages(connection, { shown, emit });
  watchOutage(connection, () => log.outage(), onOutage);
  const nodes = new RedisNodes({
    connection,
    startedAt: (wallNow ?? Date.now)(),
    leaseMs,
    ...(options.node ?? { name: connection.node, version: "", connections: () => 0 }),
  });
  const agreement = watchAgreement({ connection, nodes, shown, emit, lookMs: options.agreeMs });
  const orders = new RedisOrders({
    connection,
    nodes,
    ring: () => log.ring(),
    ...(wallNow !== undefined && { wallNow }),
  });
  return {
    connection,
    nodes,
    vault: secret === null ? null : openRedisVault({ connection, nodes, secret, onMisfit: misfits.take }),
    orders,
    state: {
      bans: shareBans(local.bans, log, bans),
      revocations: shareRevocations(local.revocations, log, revocations),
      tickets: createRedisTickets(connection, {
        maxEntries: MAX_ENTRIES,
        maxBytes: MAX_TICKET_BYTES,
        onMisfit: misfits.take,
      }),
      quotas: createRedisQuotas({ connection, nodes }),
    },
    figures() {
      const figures = log.figures();
      return {
        shown,
        ...connection.status(),
        outages: told.outages(),
        ...figures,
        misfits: figures.misfits + misfits.count(),
        node: nodes.node,
        name: nodes.name,
        nodes: nodes.alive,
        disagreements: agreement.list(),
      };
    },
    problem() {
      const outage = log.outage();
      return outage === null ? null : `shared state (${shown}): ${outage.problem}`;
    },
    async close() {
      await nodes.leave();
      connection.close();
    },
  };
}

/** Counts what is none of ours, and tells of each kind once: whoever plants one may plant a million. */
function countMisfits({ shown, emit }: Pick<RedisStateOptions, "shown" | "emit">): {
  /** Tells of a kind that is counted elsewhere. */
  readonly tell: (kind: string) => void;
  readonly take: (kind: string) => void;
  readonly count: () => number;
} {
  const told = new Set<string>();
  let count = 0;
  const tell = (kind: string): void => {
    if (told.has(kind)) return;
    told.add(kind);
    const detail = `among the ${kind} in ${shown}; it was left out, and so is any more of it without a word`;
    emit({ type: "gate", level: "error", message: "shared state holds what is none of ours", detail });
  };
  const take = (kind: string): void => {
    count++;
    tell(kind);
  };
  return { tell, take, count: () => count };
}

/** Tells once of an engine that drops what it likes: which proofs were used, who was revoked. */
function tellDrops({
  shown,
  emit,
}: Pick<RedisStateOptions, "shown" | "emit">): (memory: EngineMemory) => void {
  let isTold = false;
  return (memory) => {
    const warning = memory.drops === null || isTold ? null : memoryWarning(memory);
    if (warning === null) return;
    isTold = true;
    const detail = `${shown}: ${warning.found}`;
    emit({ type: "gate", level: "warn", message: "shared state may be lost", detail });
  };
}

/** Tells when the engine goes and comes back, and of a clock that is far from its own. */
function tellOutages(
  connection: RedisConnection,
  { shown, emit }: Pick<RedisStateOptions, "shown" | "emit">,
): { readonly outages: () => number } {
  let outages = 0;
  let toldOfClock = false;
  let downSince = connection.status().since;
  connection.watch(({ up, since, problem, clockAheadMs }) => {
    if (!up) {
      outages++;
      downSince = since;
      const detail = `${shown}: ${problem ?? "down"}`;
      return emit({ type: "gate", level: "error", message: "shared state cannot be reached", detail });
    }
    const detail = `${shown}, after ${((since - downSince) / 1000).toFixed(1)} s`;
    emit({ type: "gate", level: "info", message: "shared state is reached", detail });
    if (toldOfClock || Math.abs(clockAheadMs) < CLOCKS_APART_MS) return;
    toldOfClock = true;
    const apart = `the engine's is ${Math.round(clockAheadMs / 1000)} s ahead of this process's`;
    emit({ type: "gate", level: "warn", message: "clocks are apart", detail: `${shown}: ${apart}` });
  });
  return { outages: () => outages };
}

const LOOK_MS = 250;

/** Tells whenever an outage begins or ends, for who has a copy of it. */
function watchOutage(
  connection: RedisConnection,
  outage: () => { readonly since: number } | null,
  onChange: () => void,
): void {
  let before = outage()?.since ?? null;
  const look = (): void => {
    const now = outage()?.since ?? null;
    if (now === before) return;
    before = now;
    onChange();
  };
  connection.about(LOOK_MS, look);
  connection.watch(look);
  onChange();
}
