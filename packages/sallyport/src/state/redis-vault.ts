import type { RedisConnection } from "./redis-connection.ts";
import { NODES_TAG, type RedisNodes } from "./redis-nodes.ts";
import { ENGINE_CLOCK, redisScript } from "./redis-script.ts";
import type { StateSecret } from "./state-secret.ts";

/** Who keeps others out, and until when. */
export interface VaultLock {
  /** Keeps them out for so much longer, milliseconds from now. Never rejects. */
  keep(forMs: number): Promise<void>;
  /** Lets them in. Never rejects. */
  release(): Promise<void>;
}

/** Texts that the nodes of a gate keep for each other, and nobody else can read or make. Names are ours: short, of `a-z`, `0-9` and `-`. */
export interface NodeVault {
  /** The text of that name; `null`: there is none, or none of ours. Rejects when the engine cannot be asked. */
  load(name: string): Promise<string | null>;
  /** Keeps a text. Rejects when the engine does not have it. @param forMs how long at most; default: 400 days */
  save(name: string, text: string, forMs?: number): Promise<void>;
  remove(name: string): Promise<void>;
  /** Keeps other nodes from the same for so long, or until this node is not heard of; `null`: another one does it. */
  lock(name: string, forMs: number): Promise<VaultLock | null>;
}

/** What a vault is made of. */
export interface RedisVaultOptions {
  readonly connection: Pick<RedisConnection, "run" | "command" | "key" | "status" | "watch" | "after">;
  readonly nodes: Pick<RedisNodes, "node" | "keys" | "beat">;
  readonly secret: StateSecret;
  /** Is told whenever something in the engine was not sealed by a node of this gate, and was left out. */
  readonly onMisfit: (kind: string) => void;
  /** How long a call waits for the first connection, milliseconds. Default: 2,000. */
  readonly firstWithinMs?: number;
}

/** Longer than any certificate: what is not kept anew is gone one day. */
const LIFE_MS = 400 * 86_400_000;
/** Characters of a sealed text: a chain of ten long certificates has less than half of it. */
const MAX_SEALED = 600_000;
const FIRST_WITHIN_MS = 2000;

/** Answers the text; nothing where there is none; 0 where it cannot be one of ours. */
const loadText = redisScript(
  "loadText",
  `local length = redis.pcall('STRLEN', KEYS[1])
if type(length) == 'table' or length > ${MAX_SEALED} then return 0 end
if length == 0 then return false end
return redis.call('GET', KEYS[1])`,
);

/** Takes a lock that nobody has, or whoever has it is not alive. KEYS: which nodes are alive, the lock. ARGV: node, milliseconds. */
const takeLock = redisScript(
  "takeLock",
  `${ENGINE_CLOCK}
local holder = redis.pcall('GET', KEYS[2])
if type(holder) == 'string' and holder ~= ARGV[1] then
  local alive = redis.pcall('ZSCORE', KEYS[1], holder)
  if type(alive) == 'string' and tonumber(alive) > now then return 0 end
end
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[2])
return 1`,
);

/** Keeps a lock, or gives it back (0 milliseconds), where this node still has it. */
const changeLock = redisScript(
  "changeLock",
  `if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[2] == '0' then redis.call('DEL', KEYS[1]) else redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1`,
);

/**
 * A vault in an engine. Texts are sealed with what nodes know and the engine does not, and each for its own name: whoever can write there can take
 * one away, or put back an older one of the same name, and neither read nor make one. A lock is its holder's while that is alive, by the lease of nodes.
 * What is sealed with another secret is under other keys: such nodes share nothing.
 */
export function openRedisVault(options: RedisVaultOptions): NodeVault {
  const { connection, nodes, secret } = options;
  const keyOf = (kind: "vault" | "vault-lock", name: string): string =>
    connection.key(NODES_TAG, `${kind}:${secret.id}:${name}`);
  const misfit = (): null => {
    options.onMisfit("certificates and keys");
    return null;
  };
  const begun = whenFirstUp(options);
  const change = async (name: string, forMs: number): Promise<void> => {
    const values = [nodes.node, Math.ceil(forMs)];
    await connection.run(changeLock, [keyOf("vault-lock", name)], values).catch(() => {});
  };
  return {
    async load(name) {
      await begun();
      const key = keyOf("vault", name);
      const found = await connection.run(loadText, [key], []);
      if (found === null) return null;
      return (typeof found === "string" ? secret.open(found, key) : null) ?? misfit();
    },
    async save(name, text, forMs = LIFE_MS) {
      await begun();
      const key = keyOf("vault", name);
      const sealed = secret.seal(text, key);
      if (sealed.length > MAX_SEALED) throw new RangeError("what is to be kept is too long");
      await connection.command(key, ["SET", key, sealed, "PX", String(Math.ceil(forMs))]);
    },
    async remove(name) {
      await begun();
      const key = keyOf("vault", name);
      await connection.command(key, ["DEL", key]);
    },
    async lock(name, forMs) {
      await begun();
      // Who is not alive yet keeps nobody out.
      await nodes.beat();
      const [alive] = nodes.keys;
      const keys = [alive, keyOf("vault-lock", name)];
      if ((await connection.run(takeLock, keys, [nodes.node, Math.ceil(forMs)])) !== 1) return null;
      return { keep: (longerMs) => change(name, longerMs), release: () => change(name, 0) };
    },
  };
}

/** Waits a moment for the first connection, so that a node that starts is not told that there is none yet. Later nobody waits. */
function whenFirstUp({
  connection,
  firstWithinMs = FIRST_WITHIN_MS,
}: RedisVaultOptions): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  if (connection.status().up) resolve();
  const stopWatching = connection.watch(({ up }) => up && resolve());
  const stopWaiting = connection.after(firstWithinMs, resolve);
  void promise.then(() => {
    stopWatching();
    stopWaiting();
  });
  return () => promise;
}
