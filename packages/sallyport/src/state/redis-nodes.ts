import { z } from "zod";
import { jsonIn } from "./json-in.ts";
import { nodeTermsShape, type NodeTerms } from "./node-terms.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { beatNode, leaveNode } from "./redis-node-scripts.ts";

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
  /** What it has that all must have alike; `null`: it does not say. */
  readonly terms: NodeTerms | null;
}

/** What a node says of itself. */
export interface NodeFacts {
  /** What operators call it. */
  readonly name: string;
  readonly version: string;
  /** How many connections it has. */
  readonly connections: () => number;
  /** What it has that all must have alike. Default: it does not say. */
  readonly terms?: (() => NodeTerms) | undefined;
}

/** What is needed to be one of the nodes of a gate. */
export interface RedisNodesOptions extends NodeFacts {
  readonly connection: Pick<RedisConnection, "run" | "key" | "about" | "watch" | "node" | "status">;
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
const MAX_NAME = 128;

const saidShape = z.object({
  name: z.string().max(MAX_NAME),
  version: z.string().max(MAX_NAME),
  startedAt: z.number(),
  connections: z.number(),
  terms: nodeTermsShape.nullable().catch(null),
});

/** Which nodes are alive: each says so three times in a lease, and is forgotten when it does not. */
export class RedisNodes {
  readonly node: string;
  readonly #options: RedisNodesOptions;
  readonly #onForgotten = new Set<() => unknown>();
  readonly #keys: readonly [string, string, string];
  #alive: readonly RedisNode[] = [];
  #beating: Promise<void> | null = null;
  #left = false;

  constructor(options: RedisNodesOptions) {
    const { connection, leaseMs = LEASE_MS } = options;
    this.#options = options;
    this.node = connection.node;
    const key = (name: string): string => connection.key(NODES_TAG, name);
    this.#keys = [key("alive"), key("said"), key("mark")];
    connection.about(leaseMs / BEATS_PER_LEASE, () => this.beat());
    connection.watch(({ up }) => up && void this.beat());
    if (connection.status().up) void this.beat();
  }

  /** Those that were alive when this one was last heard of, in the order of their names. At least this one. */
  get alive(): readonly RedisNode[] {
    return this.#alive.length === 0 ? [this.own] : this.#alive;
  }

  /** This one, as it is now. */
  get own(): RedisNode {
    const { name, version, startedAt, connections, terms } = this.#options;
    return {
      node: this.node,
      name: name.slice(0, MAX_NAME),
      version,
      startedAt,
      connections: connections(),
      terms: terms?.() ?? null,
    };
  }

  /** What operators call this one. */
  get name(): string {
    return this.own.name;
  }

  /** What scripts that are about nodes begin with: who is alive, what they say of themselves, and the mark that changes when somebody is gone. */
  get keys(): readonly [alive: string, said: string, mark: string] {
    return this.#keys;
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
    await connection.run(leaveNode, [...this.keys, this.inboxOf(this.node)], [this.node]).catch(() => {});
  }

  async #beat(): Promise<void> {
    if (this.#left) return;
    const { connection, leaseMs = LEASE_MS } = this.#options;
    const { node, ...said } = this.own;
    try {
      const values = [node, leaseMs, JSON.stringify(said)];
      const answer = await connection.run(beatNode, this.keys, values);
      const [was, ...pairs] = Array.isArray(answer) ? answer.map(String) : [];
      this.#alive = nodesIn(pairs);
      if (was === "0") for (const listener of this.#onForgotten) void listener();
    } catch {
      // Told by the connection's status; the next beat tries again.
    }
  }
}

/** As connections name themselves: whatever else somebody wrote is no node, asked for nothing and counted nowhere. */
const NODE_NAME = /^[\w-]{22}$/;

/** The nodes in pairs of name and what it says of itself. What a node says and cannot be read leaves it a node: it counts, under its own name. */
export function nodesIn(pairs: readonly string[]): readonly RedisNode[] {
  const nodes: RedisNode[] = [];
  for (let index = 0; index + 1 < pairs.length; index += 2) {
    const [node = "", said = ""] = pairs.slice(index, index + 2);
    if (!NODE_NAME.test(node)) continue;
    nodes.push({
      node,
      ...(saidShape.safeParse(jsonIn(said)).data ?? {
        name: node,
        version: "",
        startedAt: 0,
        connections: 0,
        terms: null,
      }),
    });
  }
  return nodes.toSorted((one, other) => (one.name + one.node < other.name + other.node ? -1 : 1));
}
