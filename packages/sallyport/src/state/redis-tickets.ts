import { z } from "zod";
import type { IssuedTicket, Tickets } from "../guards/shared-state.ts";
import { jsonIn } from "./json-in.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { partOf, PARTS } from "./redis-parts.ts";
import { ENGINE_CLOCK, ENGINE_RUN, redisScript } from "./redis-script.ts";
import { redisUsedOnce } from "./redis-used-once.ts";

/** Room for tickets and for what is used once, and who is told of what is none of ours. */
export interface RedisTicketsOptions {
  /** Tickets that wait, and things of each kind noted as used, at most: in all nodes together. */
  readonly maxEntries: number;
  /** What tickets that wait may hold together, bytes. */
  readonly maxBytes: number;
  /** Is told whenever a ticket in the engine did not fit, and was refused. */
  readonly onMisfit: (kind: string) => void;
}

/** Ended ones that one call clears away, so that no call takes long. */
const SWEPT = 100;
/** What is kept beside tickets goes by itself so long after the last of them; longer than any ticket waits. */
const QUIET_MS = 600_000;

/**
 * KEYS: the ticket, when those of its part end, what they hold together. ARGV: its record, how long it waits, its key, and how many and how much
 * there may be in a part. The engine lets it end. The process that answers stands before each ticket, which is worth nothing at another one: a copy that was
 * promoted, or one that began anew from its disk, may have missed that it was redeemed.
 */
const putTicket = redisScript(
  "putTicket",
  `${ENGINE_CLOCK}
${ENGINE_RUN}
local ticket, ends, held = KEYS[1], KEYS[2], KEYS[3]
local record, life, key = server .. ' ' .. ARGV[1], tonumber(ARGV[2]), ARGV[3]
local known = redis.pcall('GET', held)
local bytes = type(known) == 'string' and tonumber(known) or -1
local isKnown = bytes >= 0 and bytes < 9007199254740992
for _, one in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, ${SWEPT})) do
  redis.call('ZREM', ends, one)
  bytes = bytes - (tonumber(string.match(one, '^%d+')) or 0)
end
local count = redis.call('ZCARD', ends)
if count == 0 or not isKnown then
  bytes = 0
  for _, one in ipairs(redis.call('ZRANGE', ends, 0, -1)) do bytes = bytes + (tonumber(string.match(one, '^%d+')) or 0) end
end
local isRoomy = count < tonumber(ARGV[4]) and bytes + #record <= tonumber(ARGV[5])
if isRoomy then
  redis.call('SET', ticket, record, 'PX', life)
  redis.call('ZADD', ends, now + life, #record .. ' ' .. key)
  bytes = bytes + #record
end
redis.call('SET', held, string.format('%.0f', math.max(0, bytes)), 'PX', ${QUIET_MS})
redis.call('PEXPIRE', ends, ${QUIET_MS})
return isRoomy and 1 or 0`,
);

/** KEYS as of `putTicket`. ARGV: its key, and how much a part may hold. Answers its record; an empty one where it is none of ours. */
const takeTicket = redisScript(
  "takeTicket",
  `local record = redis.call('GETDEL', KEYS[1])
if not record then return false end
if redis.call('ZREM', KEYS[2], #record .. ' ' .. ARGV[1]) == 1 then redis.pcall('DECRBY', KEYS[3], #record) end
${ENGINE_RUN}
local at, ticket = string.match(record, '^(%x*) (.*)$')
if not at or #record > tonumber(ARGV[2]) then return '' end
return at == server and ticket`,
);

const name = z.string().max(65_536);
const stored: z.ZodType<IssuedTicket> = z.object({
  identity: z.object({
    provider: z.enum(["anonymous", "jwt", "introspection", "session", "mutualTls"]),
    user: name.nullable(),
    issuer: name.nullable(),
    claims: z.record(z.string(), z.unknown()),
    tenant: name.nullable(),
    expiresAt: z.number().nullable(),
    credential: z
      .enum(["authorization", "subprotocol", "cookie", "query", "certificate", "ticket"])
      .nullable(),
  }),
  route: name,
  origin: name.nullable(),
  session: name,
  refreshHash: name,
  sealedProof: name.exactOptional(),
  keyThumbprint: name.nullable(),
  fingerprint: name.exactOptional(),
  expiresAt: z.number(),
});

/** Tickets in an engine: of any number of nodes that ask for one, one gets it. Lives are counted by the engine's clock alone. */
export function createRedisTickets(connection: RedisConnection, options: RedisTicketsOptions): Tickets {
  const maxEntries = Math.ceil(options.maxEntries / PARTS.length);
  const maxBytes = Math.ceil(options.maxBytes / PARTS.length);
  const keysOf = (key: string): readonly string[] => {
    const tag = `tickets-${partOf(key)}`;
    return [connection.key(tag, key), connection.key(tag, "ends"), connection.key(tag, "held")];
  };
  const parse = parsing(() => options.onMisfit("tickets"));
  return {
    async put(key, ticket, wallNow) {
      const life = Math.ceil(ticket.expiresAt - wallNow);
      if (life <= 0) return false;
      const values = [JSON.stringify(ticket), life, key, maxEntries, maxBytes];
      const answer = await connection.run(putTicket, keysOf(key), values).catch(() => 0);
      return answer === 1;
    },
    async take(key) {
      const record = await connection.run(takeTicket, keysOf(key), [key, maxBytes]);
      return typeof record === "string" ? parse(record) : null;
    },
    useOnce: redisUsedOnce(connection, options.maxEntries),
  };
}

/** What others planted is no ticket. */
function parsing(onMisfit: () => void): (record: string) => IssuedTicket | null {
  return (record) => {
    const parsed = stored.safeParse(jsonIn(record));
    if (parsed.success) return parsed.data;
    onMisfit();
    return null;
  };
}
