import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { GateEvent } from "../events.ts";
import type { RedisConfig } from "../policy/state-options.ts";
import type { GateState, MemoryState } from "./memory-state.ts";
import type { NodeTerms } from "./node-terms.ts";
import type { RedisPlace } from "./redis-client.ts";
import type { NodeOrders } from "./redis-orders.ts";
import type { RedisState } from "./redis-state.ts";
import type { NodeVault } from "./redis-vault.ts";
import { createStateSecret, type StateSecret } from "./state-secret.ts";

/** What state that is shared needs of its gate. */
export interface StateHooks {
  /** Takes what is to be told. */
  readonly emit: (event: GateEvent) => void;
  /** Bans came from another node: who is banned now and connected is to be closed. */
  readonly onBans: () => void;
  /** Since when copies may be out of date has changed. */
  readonly onOutage: () => void;
  /** The version that this node runs. */
  readonly version: string;
  /** How many connections it has. */
  readonly connections: () => number;
  /** The limits that nodes count together, as this one has them. */
  readonly limits: () => Readonly<Record<string, string>>;
}

/** State that is open. */
export interface OpenState {
  readonly state: GateState;
  /** The engine that it is shared through; `null`: it is this process's alone. */
  readonly engine: Pick<RedisState, "figures" | "problem"> | null;
  /** How to ask other nodes; `null`: there are none. */
  readonly orders: NodeOrders | null;
  /** What nodes keep for each other; `null`: there are none, or they have no secret to seal it with. */
  readonly vault: NodeVault | null;
  /** What nodes know and the engine does not; `null`: nothing. */
  readonly secret: StateSecret | null;
  /** Ends what runs for it. Never rejects. */
  close(): Promise<void>;
}

/** Makes state on top of what one process has in memory, which becomes the copies of what is shared. */
export type ShareState = (local: MemoryState, hooks: StateHooks) => OpenState;

/** State of one process for itself. */
export const alone: ShareState = (local) => ({
  state: local,
  engine: null,
  orders: null,
  vault: null,
  secret: null,
  close: async () => {},
});

/**
 * Prepares state as a configuration says. The library that speaks to an engine is loaded only where there is one; an engine that cannot be
 * reached is no failure: it is tried on and on.
 *
 * @throws when a file with a password, a CA or a key cannot be read
 */
export async function prepareState(config: RedisConfig | null): Promise<ShareState> {
  if (config === null) return alone;
  const [{ createRedisState }, place, secret] = await Promise.all([
    import("./redis-state.ts"),
    readPlace(config),
    readStateSecret(config),
  ]);
  const { prefix, timeoutMs, leaseMs, shown } = config;
  return (local, hooks) => {
    const { version, connections, limits, ...told } = hooks;
    const terms = (): NodeTerms => ({ key: secret?.id ?? null, leaseMs, limits: limits() });
    const node = { name: ownName(), version, connections, terms };
    const shared = createRedisState({
      place,
      prefix,
      timeoutMs,
      leaseMs,
      shown,
      local,
      node,
      secret,
      ...told,
    });
    const { state, orders, vault } = shared;
    return { state, engine: shared, orders, vault, secret, close: () => shared.close() };
  };
}

/** The machine's name and the process's number: several may run on one machine. */
function ownName(): string {
  return `${hostname()}:${process.pid}`;
}

/** Where an engine is, with the secrets that stand in files. */
export async function readPlace(config: RedisConfig): Promise<RedisPlace> {
  const { kind, hosts, primaryName, secure, username, database } = config;
  const [password, sentinelPassword, ca] = await Promise.all([
    readSecret(config.passwordFile),
    readSecret(config.sentinelPasswordFile),
    config.caFile === null ? null : readFile(config.caFile, "utf8"),
  ]);
  return {
    kind,
    hosts,
    primaryName,
    secure,
    ca,
    username,
    password: password ?? config.password,
    sentinelPassword,
    database,
  };
}

/** The key that nodes share; `null`: there is none. @throws when its file cannot be read or is no key; the error tells nothing of it */
export async function readStateSecret({ keyFile, key }: RedisConfig): Promise<StateSecret | null> {
  const text = keyFile === null ? key : await readFile(keyFile, "utf8");
  return text === null ? null : createStateSecret(text);
}

async function readSecret(file: string | null): Promise<string | null> {
  return file === null ? null : (await readFile(file, "utf8")).replace(/\r?\n$/, "");
}
