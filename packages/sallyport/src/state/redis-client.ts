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

/**
 * Makes a client for a place. It never keeps commands for later: what cannot be sent now fails now.
 *
 * @param silentMs after so long without a byte a connection is made anew: a dead one may look alive for minutes
 * @param onProblem is told of every failure of the connection
 */
export function createRedisClient(
  place: RedisPlace,
  { silentMs, onProblem }: { readonly silentMs: number; readonly onProblem: (error: unknown) => void },
): RedisClient {
  const { kind, hosts, username, password, database } = place;
  const socket = {
    connectTimeout: silentMs,
    socketTimeout: silentMs,
    reconnectStrategy: (retries: number) =>
      Math.min(LATEST_MS, SOONEST_MS * 2 ** Math.min(retries, 10)) * (0.5 + Math.random() / 2),
    ...(place.secure && { tls: true as const, ...(place.ca !== null && { ca: place.ca }) }),
  };
  const shared = {
    socket,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_WAITING,
    maintNotifications: "disabled" as const,
  };
  const credentials = { ...(username !== null && { username }), ...(password !== null && { password }) };
  const [first = { host: "127.0.0.1", port: 6379 }] = hosts;
  switch (kind) {
    case "single": {
      const client = createClient({ ...shared, ...credentials, database, socket: { ...socket, ...first } });
      client.on("error", onProblem);
      return {
        send: (_key, command) => client.sendCommand([...command]),
        connect: () => client.connect(),
        destroy: () => client.destroy(),
      };
    }
    case "cluster": {
      const rootNodes = hosts.map((host) => ({ socket: { ...socket, ...host } }));
      const cluster = createCluster({ rootNodes, defaults: { ...shared, ...credentials } });
      cluster.on("error", onProblem);
      return {
        send: (key, command) => cluster.sendCommand(key, false, [...command]),
        connect: () => cluster.connect(),
        destroy: () => cluster.destroy(),
      };
    }
    case "sentinel": {
      const sentinel = createSentinel({
        name: place.primaryName,
        sentinelRootNodes: [...hosts],
        nodeClientOptions: { ...shared, ...credentials, database },
        sentinelClientOptions: {
          ...shared,
          ...(place.sentinelPassword !== null && { password: place.sentinelPassword }),
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
  }
}

/** Answers by which an engine says that it does not do its work at all, whatever the command. */
const NO_SERVICE =
  /^(LOADING|MASTERDOWN|CLUSTERDOWN|READONLY|OOM|MISCONF|NOREPLICAS|NOAUTH|WRONGPASS|BUSY|TRYAGAIN|NOPROTO)\b/;

/** Whether the engine answered, and works: it just does not do this one thing. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ErrorReply && !NO_SERVICE.test(error.message);
}
