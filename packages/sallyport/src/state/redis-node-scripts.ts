import { ENGINE_CLOCK, redisScript, type RedisScript } from "./redis-script.ts";

// What is kept of nodes: a sorted set of who is alive, with the moment until when; a hash of what each says of itself; and a mark, which is another
// one, and never one that was before, whenever somebody is alive no more. Who has added up what nodes hold, and notes the mark with the sum, knows by it whether the sum still holds.

/** What is left of a gate whose last node has gone is gone after ten minutes. */
const LIST_LIFE_MS = 600_000;
/** Dead nodes that one call takes out. More than that at once were never nodes. */
const SWEPT = 1000;
/** Nodes that one call tells of, and bytes of what they say, which is some kilobytes each. */
const [MAX_TOLD, MAX_SAID_BYTES] = [10_000, 16 * 1024 * 1024];
/** Names have 22 letters. */
const MAX_NAME_BYTES = 64;

/** Lua that tells of every node that is alive: pairs of name and what it says of itself, as far as there is room. Whoever can write here may plant any number, of any length. */
const TELL_ALIVE = `local function tellAlive(answer, nodes, said)
  local room = ${MAX_SAID_BYTES}
  local from = '(' .. string.format('%.0f', now)
  for _, alive in ipairs(redis.call('ZRANGEBYSCORE', nodes, from, '+inf', 'LIMIT', 0, ${MAX_TOLD})) do
    if #alive <= ${MAX_NAME_BYTES} then
      local text = redis.call('HGET', said, alive) or ''
      if #text > room then text = '' end
      room = room - #text
      answer[#answer + 1] = alive
      answer[#answer + 1] = text
    end
  end
  return answer
end`;

/**
 * The beginning of every script that is about nodes. It has, by the engine's clock, `time`, and `now` in milliseconds; `sweep(alive, said, mark)`
 * takes out who is alive no more and answers the mark.
 */
export const NODES_PRELUDE: string = `${ENGINE_CLOCK}
local function newMark(key)
  local last = redis.pcall('GET', key)
  last = type(last) == 'string' and tonumber(last) or 0
  local mark = time[1] * 1000000 + time[2]
  if last >= mark and last < 9007199254740991 then mark = last + 1 end
  mark = string.format('%.0f', mark)
  redis.call('SET', key, mark, 'PX', ${LIST_LIFE_MS})
  return mark
end
local function sweep(alive, said, key)
  local dead = redis.call('ZRANGEBYSCORE', alive, '-inf', now, 'LIMIT', 0, ${SWEPT})
  for _, one in ipairs(dead) do
    redis.call('ZREM', alive, one)
    redis.call('HDEL', said, one)
  end
  local mark = redis.pcall('GET', key)
  if #dead > 0 or type(mark) ~= 'string' or not string.find(mark, '^%d+$') or #mark > 16 then return newMark(key) end
  return mark
end
`;

/**
 * Says that a node is alive. Answers whether it was until now, and every node that is: pairs of name and what it says of itself. KEYS: who is
 * alive, what they say, the mark. ARGV: the node, for how many milliseconds, what it says.
 */
export const beatNode: RedisScript = redisScript(
  "beat",
  `${NODES_PRELUDE}
${TELL_ALIVE}
local nodes, said, node = KEYS[1], KEYS[2], ARGV[1]
local was = tonumber(redis.call('ZSCORE', nodes, node) or 0) > now
sweep(nodes, said, KEYS[3])
redis.call('ZADD', nodes, now + ARGV[2], node)
redis.call('HSET', said, node, ARGV[3])
for _, key in ipairs(KEYS) do redis.call('PEXPIRE', key, ${LIST_LIFE_MS}) end
return tellAlive({was and 1 or 0}, nodes, said)`,
);

/** Answers every node that is alive, as `beatNode`. KEYS: who is alive, what they say. */
export const lookAtNodes: RedisScript = redisScript(
  "lookAtNodes",
  `${ENGINE_CLOCK}
${TELL_ALIVE}
return tellAlive({}, KEYS[1], KEYS[2])`,
);

/** Says that a node is gone. KEYS: who is alive, what they say, the mark, what waits for it. ARGV: the node. */
export const leaveNode: RedisScript = redisScript(
  "leave",
  `${NODES_PRELUDE}
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then newMark(KEYS[3]) end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('DEL', KEYS[4])`,
);
