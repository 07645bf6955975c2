import type { Tickets } from "../guards/shared-state.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { partOf, PARTS } from "./redis-parts.ts";
import { ENGINE_CLOCK, ENGINE_RUN, redisScript } from "./redis-script.ts";

/**
 * How far apart the clocks of nodes may be. One that is behind takes a proof of possession for fresh when others do not any more: what was used is
 * remembered for so much longer.
 */
const CLOCKS_APART_MS = 120_000;
/**
 * How far what is used may be ahead of the engine's clock: 5 s of its node's, which may be another 5 s from the engine's. What is further ahead is not
 * taken; so what was made so long after an engine began to note cannot have been used before.
 */
const AHEAD_MS = 10_000;
/** How often nodes look whether the engine still knows since when it has noted everything. */
const LOOK_MS = 60_000;
/** How long that is known after the last node has gone. */
const SINCE_LIFE_MS = 30 * 86_400_000;
/** Of which kind it matters that it was used before the engine lost it: the others have no `issuedAt`. */
const KIND = "dpop";

/**
 * `sinceOf(used)`: since when everything that was used is noted here, by the engine's clock. It stands among what was used, as one that does not end, so
 * that neither is lost without the other: an engine that is full may drop one key and keep the next. From now on, where nothing says so, or another process of
 * the engine does: one that began anew, empty or from its disk, or a copy that was promoted may have missed the last uses.
 */
const SINCE = `${ENGINE_CLOCK}
${ENGINE_RUN}
local function sinceOf(used)
  local found = redis.pcall('ZRANGEBYSCORE', used, 'inf', 'inf', 'LIMIT', 0, 1)
  local run, since = string.match(found[1] or '', '^(%x*) (%d+)$')
  since = tonumber(since)
  if run == server and since <= now then return since end
  redis.call('DEL', used)
  redis.call('ZADD', used, 'inf', server .. ' ' .. string.format('%.0f', now))
  redis.call('PEXPIRE', used, ${SINCE_LIFE_MS})
  return now
end`;

/** KEYS: what was used in a part. */
const lookSince = redisScript(
  "lookSince",
  `${SINCE}
sinceOf(KEYS[1])
redis.call('PEXPIRE', KEYS[1], ${SINCE_LIFE_MS})`,
);

/**
 * Answers 1 for the first, 0 for any other, -1 where it was made when something may have been used that is not noted, and -2 where it is too far ahead.
 * KEYS: what was used of a kind in a part. ARGV: its key, how long it is remembered, how many there may be, and when it was made; empty: no matter.
 */
const useOnce = redisScript(
  "useOnce",
  `${SINCE}
local used, key, life, most, issued = KEYS[1], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if issued then
  if issued > now + ${AHEAD_MS} then return -2 end
  if issued <= sinceOf(used) + ${AHEAD_MS} then return -1 end
  most = most + 1
end
local swept = redis.pcall('ZREMRANGEBYSCORE', used, '-inf', now)
if type(swept) == 'table' then redis.call('DEL', used) end
if redis.call('ZSCORE', used, key) or redis.call('ZCARD', used) >= most then return 0 end
redis.call('ZADD', used, now + life, key)
redis.call('PEXPIRE', used, life, 'NX')
redis.call('PEXPIRE', used, life, 'GT')
return 1`,
);

/**
 * Notes in an engine what may be used once. **An engine that has lost what was used** (it began anew, a copy was promoted, somebody emptied it, it dropped it to make room) takes no proof for
 * new that could have been used before: those made until ten seconds after that moment are refused as what cannot be known.
 *
 * @param maxEntries noted of each kind at most, in all nodes together
 */
export function redisUsedOnce(connection: RedisConnection, maxEntries: number): Tickets["useOnce"] {
  const keyOf = (kind: string, part: string): string => connection.key(`used-${kind}-${part}`, "used");
  // As soon as the engine is there, not when the first proof comes, which would be refused then.
  const look = async (): Promise<void> => {
    const looks = PARTS.map((part) => connection.run(lookSince, [keyOf(KIND, part)], []));
    await Promise.allSettled(looks);
  };
  connection.watch(({ up }) => up && void look());
  connection.about(LOOK_MS, look);
  if (connection.status().up) void look();
  return async ({ key, issuedAt, until }, wallNow) => {
    const space = key.indexOf(" ");
    const [kind, hash] = [key.slice(0, Math.max(0, space)), key.slice(space + 1)];
    const life = Math.max(1, Math.ceil(until - wallNow)) + CLOCKS_APART_MS;
    const values = [hash, life, Math.ceil(maxEntries / PARTS.length), issuedAt ?? ""];
    const answer = await connection.run(useOnce, [keyOf(kind, partOf(hash))], values);
    if (answer === -1) throw new Error("whether it was used before the engine lost that is not known");
    if (answer === -2) throw new Error("it is further ahead of the engine's clock than clocks may be apart");
    return answer === 1;
  };
}
