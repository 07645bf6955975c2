import type { Entered, Spend } from "../../packages/sallyport/src/guards/quotas.ts";
import { openRedis, type RedisConnection } from "../../packages/sallyport/src/state/redis-connection.ts";
import { openRedisLog, RING } from "../../packages/sallyport/src/state/redis-log.ts";
import { RedisNodes } from "../../packages/sallyport/src/state/redis-nodes.ts";
import { RedisOrders } from "../../packages/sallyport/src/state/redis-orders.ts";
import { createRedisQuotas } from "../../packages/sallyport/src/state/redis-quotas.ts";

/** What all virtual nodes of a run asked of the engine besides scripts, which it counts itself. */
export class Asked {
  commands = 0;

  /** A connection that counts what goes through it. */
  counted(connection: RedisConnection): RedisConnection {
    return {
      node: connection.node,
      key: (tag, name) => connection.key(tag, name),
      run: (script, keys, values) => connection.run(script, keys, values),
      command: (key, words) => {
        this.commands += 1;
        return connection.command(key, words);
      },
      status: () => connection.status(),
      watch: (listener) => connection.watch(listener),
      every: (ms, task) => connection.every(ms, task),
      after: (ms, task) => connection.after(ms, task),
      about: (ms, task) => connection.about(ms, task),
      close: () => connection.close(),
    };
  }
}

/** A gate without sockets: its state, and nothing else. */
export interface VirtualNode {
  readonly name: string;
  readonly nodes: RedisNodes;
  readonly orders: RedisOrders;
  /** Asks for the places of one connection more. Answers what it took, milliseconds; `null`: it was refused. */
  connect(user: string): Promise<number | null>;
  /** Connections that it has. */
  readonly open: () => number;
  /** Lets every connection send one message. How many had to wait. */
  send(now: number): number;
  /** Ends as by `kill -9`. */
  close(): void;
}

/** What a virtual node is made of. */
export interface VirtualNodeOptions {
  readonly name: string;
  readonly port: number;
  readonly asked: Asked;
  readonly leaseMs: number;
  /** An order of another node has reached it. */
  readonly onOrder: () => void;
}

const ROUTE_LIMIT = 10_000_000;
const USER_LIMIT = 100;
const RATE = { perSecond: 200, burst: 400 };

/** Makes a node whose state is the gate's own, on a connection of its own. */
export function createVirtualNode({ name, port, asked, leaseMs, onOrder }: VirtualNodeOptions): VirtualNode {
  const connection = asked.counted(
    openRedis({
      place: {
        kind: "single",
        hosts: [{ host: "127.0.0.1", port }],
        primaryName: "",
        secure: false,
        ca: null,
        username: null,
        password: null,
        sentinelPassword: null,
        database: 0,
      },
      prefix: "bench",
      timeoutMs: 10_000,
    }),
  );
  const entries: Entered[] = [];
  const spenders: Spend[] = [];
  const startedAt = Date.now();
  const nodes = new RedisNodes({
    connection,
    name,
    version: "bench",
    startedAt,
    connections: () => entries.length,
    leaseMs,
  });
  const log = openRedisLog({
    connection,
    kinds: [],
    onMisfit: () => {},
    onTaken: (kinds) => void (kinds.has(RING) && orders.look().catch(() => {})),
  });
  const orders: RedisOrders = new RedisOrders({ connection, nodes, ring: () => log.ring() });
  orders.serve(onOrder);
  const scopes = createRedisQuotas({ connection, nodes });
  const [limits, rates] = [scopes.of("connectionLimit of /"), scopes.of("messageRate of /")];
  return {
    name,
    nodes,
    orders,
    async connect(user) {
      const began = performance.now();
      const entered = await limits.enter(
        {
          rate: { key: user, perSecond: 20, burst: 100 },
          places: [
            { key: "all", limit: ROUTE_LIMIT },
            { key: user, limit: USER_LIMIT },
          ],
          evenIfRefused: false,
        },
        began,
      );
      if (entered.refusal !== null) return null;
      entries.push(entered);
      spenders.push(rates.spender({ key: user, ...RATE }, performance.now()));
      return performance.now() - began;
    },
    open: () => entries.length,
    send(now) {
      let waited = 0;
      for (const spend of spenders) if (spend(1, now) > 0) waited += 1;
      return waited;
    },
    close: () => connection.close(),
  };
}
