import { hash } from "node:crypto";
import type { Quotas, QuotaScopes } from "../guards/quotas.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { NODES_TAG, type RedisNodes } from "./redis-nodes.ts";
import { RedisPlaces, type PlaceKeys } from "./redis-places.ts";
import { RedisRates } from "./redis-rates.ts";

/** What quotas need of their surroundings. */
export interface RedisQuotasOptions {
  readonly connection: RedisConnection;
  readonly nodes: RedisNodes;
  /** Monotonic clock, milliseconds. Default: `performance.now`. */
  readonly now?: () => number;
}

/** Keys of counts and of rates that are remembered of a guard, and letters of what it calls one: who connects, connects again. Some 500 bytes each, and a MiB or two in all. */
const [MAX_REMEMBERED, MAX_KEY] = [4096, 256];
/** Letters of a name: 132 bits, so that no two keys are one. */
const NAME_LETTERS = 22;

/**
 * Quotas that all nodes of a gate share, kept by an engine: places are counted exactly, in one round trip (`RedisPlaces`); rates are
 * leased in chunks, so that no message waits (`RedisRates`). What guards call a key is hashed: addresses and users are not in the engine.
 */
export function createRedisQuotas({
  connection,
  nodes,
  now = () => performance.now(),
}: RedisQuotasOptions): QuotaScopes {
  const places = new RedisPlaces({ connection, nodes, now });
  const rates = new RedisRates({ connection, nodes: () => nodes.alive.length, now });
  const scopes = new Map<string, Quotas>();
  return {
    of(scope) {
      const known = scopes.get(scope);
      if (known !== undefined) return known;
      const keyOf = (kind: keyof PlaceKeys): ((key: string) => string) =>
        remembered((key) => connection.key(NODES_TAG, `${kind}:${nameOfAll(scope, key)}`));
      const keys: PlaceKeys = { places: keyOf("places"), rate: keyOf("rate") };
      const quotas: Quotas = {
        enter: (entry) => places.enter(entry, keys),
        room: (asked) => places.room(asked, keys),
        spender: (rate) => rates.spender(nameOfAll(scope, `${rate.perSecond}/${rate.burst}`, rate.key), rate),
      };
      scopes.set(scope, quotas);
      return quotas;
    },
  };
}

function nameOfAll(...parts: readonly string[]): string {
  return hash("sha256", JSON.stringify(parts), "base64url").slice(0, NAME_LETTERS);
}

/** What was made lately is not made again: a handshake asks for several, and each costs a digest. */
function remembered(make: (key: string) => string): (key: string) => string {
  const names = new Map<string, string>();
  return (key) => {
    const known = names.get(key);
    if (known !== undefined) return known;
    const name = make(key);
    if (names.size >= MAX_REMEMBERED) names.clear();
    if (key.length <= MAX_KEY) names.set(key, name);
    return name;
  };
}
