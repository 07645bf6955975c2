import { createClient, createCluster, createSentinel, ErrorReply } from "@redis/client";

/** Where an engine is and how it is spoken to: Redis 7 or later, or Valkey. Made by `readRedisPlace` of the configuration. */
export interface RedisPlace {
  /** `single`: one server. `sentinel`: the primary that the sentinels name. `cluster`: whichever node has the key. */
  readonly kind: "single" | "sentinel" | "cluster";
  /** The server; the sentinels; or some nodes of the cluster. At least one. */
  readonly hosts: readonly { readonly host: string; readonly port: number }[];
  /** What the sentinels call the primary; empty elsewhere. */
  readonly primaryName: string;
  /** Whether TLS is spoken, to the sentinels too. */
  readonly secure: boolean;
  /** PEM; `null`: the system's CAs. */
  readonly ca: string | null;
  readonly username: string | null;
  readonly password: string | null;
  /** Of the sentinels, where they want one. */
  readonly sentinelPassword: string | null;
  /** The number of the database; 0 in a cluster. */
  readonly database: number;
}

/** A client of an engine, before anything is known of its state. */
export interface RedisClient {
  /** Sends a command to the server that has this key. Rejects with what the server or the network says. */
  send(key: string, command: readonly string[]): Promise<unknown>;
  /** Connects, and connects again by itself from then on. Rejects where that has to be asked for once more, with a new client. */
  connect(): Promise<unknown>;
  /** Ends at once. */
  destroy(): void;
}

/** Commands without an answer at a time; what is more is refused at once. */
const MAX_WAITING = 10_000;
const [SOONEST_MS, LATEST_MS] = [50, 1000];

/** How a client is made. */
export interface RedisClientOptions {
  /** After so long without a byte a connection is made anew: a dead one may look alive for minutes. Milliseconds. */
  readonly silentMs: number;
  /** Is told of every failure of the connection. */
  readonly onProblem: (error: unknown) => void;
}

/** Makes a client for a place. It never keeps commands for later: what cannot be sent now fails now. */
export function createRedisClient(place: RedisPlace, options: RedisClientOptions): RedisClient {
  if (place.kind === "cluster") return clientOfCluster(place, options);
  return place.kind === "sentinel" ? clientOfSentinel(place, options) : clientOfServer(place, options);
}

/** Who sends a command has a bound of time of its own; another one by the library costs each command a signal and a listener. */
const commandOptions = { timeout: 0 } as const;

function socketOf({ secure, ca }: RedisPlace, silentMs: number) {
  return {
    connectTimeout: silentMs,
    socketTimeout: silentMs,
    reconnectStrategy: (retries: number): number =>
      Math.min(LATEST_MS, SOONEST_MS * 2 ** Math.min(retries, 10)) * (0.5 + Math.random() / 2),
    ...(secure && { tls: true as const, ...(ca !== null && { ca }) }),
  };
}

function sharedOptions(place: RedisPlace, silentMs: number) {
  return {
    socket: socketOf(place, silentMs),
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_WAITING,
    maintNotifications: "disabled" as const,
    commandOptions,
  };
}

function credentialsOf({ username, password }: RedisPlace) {
  return { ...(username !== null && { username }), ...(password !== null && { password }) };
}

function clientOfServer(place: RedisPlace, { silentMs, onProblem }: RedisClientOptions): RedisClient {
  const [first] = place.hosts;
  const client = createClient({
    ...sharedOptions(place, silentMs),
    ...credentialsOf(place),
    database: place.database,
    socket: { ...socketOf(place, silentMs), ...first },
  });
  client.on("error", onProblem);
  return {
    send: (_key, command) => client.sendCommand(command),
    connect: () => client.connect(),
    destroy: () => client.destroy(),
  };
}

function clientOfCluster(place: RedisPlace, { silentMs, onProblem }: RedisClientOptions): RedisClient {
  const cluster = createCluster({
    rootNodes: place.hosts.map((host) => ({ socket: { ...socketOf(place, silentMs), ...host } })),
    defaults: { ...sharedOptions(place, silentMs), ...credentialsOf(place) },
  });
  cluster.on("error", onProblem);
  return {
    send: (key, command) => cluster.sendCommand(key, false, [...command]),
    connect: () => cluster.connect(),
    destroy: () => cluster.destroy(),
  };
}

function clientOfSentinel(place: RedisPlace, { silentMs, onProblem }: RedisClientOptions): RedisClient {
  const { sentinelPassword, database } = place;
  const sentinel = createSentinel({
    name: place.primaryName,
    sentinelRootNodes: [...place.hosts],
    nodeClientOptions: { ...sharedOptions(place, silentMs), ...credentialsOf(place), database },
    sentinelClientOptions: {
      ...sharedOptions(place, silentMs),
      ...(sentinelPassword !== null && { password: sentinelPassword }),
    },
    // One connection that commands share; without it each would wait for the answer of the one before.
    reserveClient: true,
    scanInterval: LATEST_MS,
    passthroughClientErrorEvents: true,
  });
  sentinel.on("error", onProblem);
  return {
    send: (_key, command) => sentinel.sendCommand(false, [...command]),
    connect: () => sentinel.connect(),
    destroy: () => void sentinel.destroy().catch(onProblem),
  };
}

/** Answers by which an engine says that it does not do its work at all, whatever the command. */
const NO_SERVICE =
  /^(LOADING|MASTERDOWN|CLUSTERDOWN|READONLY|OOM|MISCONF|NOREPLICAS|NOAUTH|WRONGPASS|BUSY|TRYAGAIN|NOPROTO)\b/;

/** Whether the engine answered, and works: it just does not do this one thing. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ErrorReply && !NO_SERVICE.test(error.message);
}
