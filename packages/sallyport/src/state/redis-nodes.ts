import { z } from "zod";
import { jsonIn } from "./json-in.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { redisScript } from "./redis-script.ts";

/** A node of the gate, as all others see it. */
export interface RedisNode {
  /** Its name while its process lives. */
  readonly node: string;
  /** What operators call it, such as the name of its machine. */
  readonly name: string;
  readonly version: string;
  /** Wall clock of that node, milliseconds since the epoch. */
  readonly startedAt: number;
  /** Connections, when it was last heard of. */
  readonly connections: number;
}

/** What a node says of itself. */
export interface NodeFacts {
  /** What operators call it. */
  readonly name: string;
  readonly version: string;
  /** How many connections it has. */
  readonly connections: () => number;
}

/** What is needed to be one of the nodes of a gate. */
export interface RedisNodesOptions extends NodeFacts {
  readonly connection: Pick<RedisConnection, "run" | "key" | "every" | "watch" | "node" | "status">;
  readonly startedAt: number;
  /**
   * How long a node that is not heard of counts as alive, milliseconds: so late after its end its places are free again.
   * Default: 15,000. It is heard of three times as often.
   */
  readonly leaseMs?: number | undefined;
}

/** The tag of everything that is about nodes: which are alive is asked in the same step as what they have. */
export const NODES_TAG = "nodes";

const LEASE_MS = 15_000;
const BEATS_PER_LEASE = 3;
/** What is left of a gate whose last node has gone is gone after ten minutes. */
const LIST_LIFE_MS = 600_000;
const MAX_NAME = 128;

/** Answers whether the node was alive until now, and every node that is: pairs of name and what it says of itself. */
const beat = redisScript(
  "beat",
  `local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local nodes, said, node = KEYS[1], KEYS[2], ARGV[1]
local was = tonumber(redis.call('ZSCORE', nodes, node) or 0) > now
redis.call('ZADD', nodes, now + ARGV[2], node)
redis.call('HSET', said, node, ARGV[3])
for _, dead in ipairs(redis.call('ZRANGEBYSCORE', nodes, '-inf', now, 'LIMIT', 0, 100)) do
  redis.call('ZREM', nodes, dead)
  redis.call('HDEL', said, dead)
end
redis.call('PEXPIRE', nodes, ${LIST_LIFE_MS})
redis.call('PEXPIRE', said, ${LIST_LIFE_MS})
local answer = {was and 1 or 0}
for _, alive in ipairs(redis.call('ZRANGE', nodes, 0, -1)) do
  answer[#answer + 1] = alive
  answer[#answer + 1] = redis.call('HGET', said, alive) or ''
end
return answer`,
);

const leave = redisScript(
  "leave",
  `redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[3])`,
);

const saidShape = z.object({
  name: z.string().max(MAX_NAME),
  version: z.string().max(MAX_NAME),
  startedAt: z.number(),
  connections: z.number(),
});

/** Which nodes are alive: each says so three times in a lease, and is forgotten when it does not. */
export class RedisNodes {
  readonly node: string;
  readonly #options: RedisNodesOptions;
  readonly #onForgotten = new Set<() => unknown>();
  #alive: readonly RedisNode[] = [];
  #beating: Promise<void> | null = null;
  #left = false;

  constructor(options: RedisNodesOptions) {
    const { connection, leaseMs = LEASE_MS } = options;
    this.#options = options;
    this.node = connection.node;
    connection.every(leaseMs / BEATS_PER_LEASE, () => this.beat());
    connection.watch(({ up }) => up && void this.beat());
    if (connection.status().up) void this.beat();
  }

  /** Those that were alive when this one was last heard of, in the order of their names. At least this one. */
  get alive(): readonly RedisNode[] {
    return this.#alive.length === 0 ? [this.#own()] : this.#alive;
  }

  /** What operators call this one. */
  get name(): string {
    return this.#own().name;
  }

  /** Where it is said which nodes are alive, with the moment until when. */
  get key(): string {
    return this.#options.connection.key(NODES_TAG, "alive");
  }

  /** Where what others have for a node is put. */
  inboxOf(node: string): string {
    return this.#options.connection.key(NODES_TAG, `inbox:${node}`);
  }

  /** Has `listener` called whenever the others may have forgotten what this node has, and it is alive again. */
  watchForgotten(listener: () => unknown): void {
    this.#onForgotten.add(listener);
  }

  /** Says that this node is alive. Never rejects. */
  beat(): Promise<void> {
    this.#beating ??= this.#beat().finally(() => (this.#beating = null));
    return this.#beating;
  }

  /** Says that it is not: its places are free at once. Never rejects. */
  async leave(): Promise<void> {
    this.#left = true;
    await this.#beating;
    const { connection } = this.#options;
    const keys = [this.key, this.#saidKey(), this.inboxOf(this.node)];
    await connection.run(leave, keys, [this.node]).catch(() => {});
  }

  async #beat(): Promise<void> {
    if (this.#left) return;
    const { connection, leaseMs = LEASE_MS } = this.#options;
    const { node, ...said } = this.#own();
    try {
      const values = [node, leaseMs, JSON.stringify(said)];
      const answer = await connection.run(beat, [this.key, this.#saidKey()], values);
      const [was, ...pairs] = Array.isArray(answer) ? answer.map(String) : [];
      this.#alive = nodesIn(pairs);
      if (was === "0") for (const listener of this.#onForgotten) void listener();
    } catch {
      // Told by the connection's status; the next beat tries again.
    }
  }

  #own(): RedisNode {
    const { name, version, startedAt, connections } = this.#options;
    return { node: this.node, name: name.slice(0, MAX_NAME), version, startedAt, connections: connections() };
  }

  #saidKey(): string {
    return this.#options.connection.key(NODES_TAG, "said");
  }
}

/** What cannot be read is still a node: it counts, under its own name. */
function nodesIn(pairs: readonly string[]): readonly RedisNode[] {
  const nodes: RedisNode[] = [];
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    const [node = "", said = ""] = pairs.slice(index, index + 2);
    nodes.push({
      node,
      ...(saidShape.safeParse(jsonIn(said)).data ?? {
        name: node,
        version: "",
        startedAt: 0,
        connections: 0,
      }),
    });
  }
  return nodes.toSorted((one, other) => (one.name + one.node < other.name + other.node ? -1 : 1));
}
