import { NODES_PRELUDE } from "./redis-node-scripts.ts";
import { redisScript, type RedisScript } from "./redis-script.ts";

// What is kept of a count: a hash of how many each node has, by its name, with their sum as `#`, and as `@` the mark of the nodes that held when they
// were added up. While that is the mark, everybody in the hash is alive, and what an entry costs does not depend on how many nodes there are; when
// it is another one, the sum is made anew, of those that are alive. So it is where a sum makes no sense, where an entry would be refused for
// a sum of few, and wherever a node writes its number anew.

/** A count that its node does not write anew for so long is gone, milliseconds; it counts no more as soon as its node is gone. */
export const COUNT_LIFE_MS = 600_000;
/** Sums of so few are made anew before anybody is refused for them. */
const FEW = 16;

/**
 * KEYS begin with who is alive, what they say, and the mark; ARGV with the node. `counted(key, anew)` answers the sum of a count, what the
 * node itself has of it, and whether it was added up anew; `keep(key, sum, own)` writes them.
 */
const PLACES_PRELUDE = `${NODES_PRELUDE}
local node = ARGV[1]
local mark = sweep(KEYS[1], KEYS[2], KEYS[3])
local known = redis.call('ZSCORE', KEYS[1], node)
-- What it has counts until somebody else looks, who finds it dead unless it has said by then that it is not.
if not known then redis.call('ZADD', KEYS[1], now - 1, node) end
local alive = {[node] = true}
local function isAlive(name)
  if alive[name] == nil then alive[name] = redis.call('ZSCORE', KEYS[1], name) ~= false end
  return alive[name]
end
local function whole(text)
  local number = tonumber(text)
  if number and number > 0 and number < 9007199254740992 then return math.floor(number) end
  return 0
end
local function counted(key, anew)
  local found = redis.pcall('HMGET', key, '#', '@', node)
  if found.err then
    redis.call('DEL', key)
    return 0, 0, true
  end
  local sum, own = whole(found[1]), whole(found[3])
  if not anew and found[2] == mark and sum > 0 and sum >= own then return sum, own, false end
  sum = 0
  local counts = redis.call('HGETALL', key)
  for i = 1, #counts, 2 do
    local name, count = counts[i], whole(counts[i + 1])
    if name ~= '#' and name ~= '@' then
      if count > 0 and isAlive(name) then sum = sum + count else redis.call('HDEL', key, name) end
    end
  end
  return sum, own, true
end
local function keep(key, sum, own)
  if sum <= 0 then return redis.call('DEL', key) end
  if own > 0 then redis.call('HSET', key, '#', sum, '@', mark, node, own)
  else
    redis.call('HSET', key, '#', sum, '@', mark)
    redis.call('HDEL', key, node)
  end
  redis.call('PEXPIRE', key, ${COUNT_LIFE_MS})
end
`;

/**
 * Asks for an entry. KEYS go on with the counts, and the rate where there is one. ARGV goes on with whether the places are taken in any case, tokens of
 * the rate a millisecond (0: there is none) and its burst, the limit of each place, how many of it the node gave back, and how many it has
 * at least. Answers 1 where nothing was full and this node counts as alive; else the index of the first place that was full, or -1; how many had it; milliseconds until there is a token of the
 * rate; and whether this node counts as alive.
 */
export const enterPlaces: RedisScript = redisScript(
  "enter",
  `${PLACES_PRELUDE}
local even, perMs, burst = ARGV[2] == '1', tonumber(ARGV[3]), tonumber(ARGV[4])
local places = (#ARGV - 4) / 3
local wait = 0
if perMs > 0 then
  local at = time[1] * 1000 + time[2] / 1000
  local key = KEYS[#KEYS]
  local found = redis.pcall('GET', key)
  local full = type(found) == 'string' and tonumber(found) or at
  if not (full >= at and full <= at + burst / perMs) then full = at end
  local tokens = burst - (full - at) * perMs
  if tokens < 1 - 1e-6 then wait = math.ceil((1 - tokens) / perMs)
  else redis.call('SET', key, string.format('%.3f', full + 1 / perMs), 'PX', math.ceil(full + 1 / perMs - at) + 1) end
end
local first, taken = -1, 0
local sums, owns, isChanged = {}, {}, {}
for i = 1, places do
  local key, limit, left = KEYS[3 + i], tonumber(ARGV[4 + i]), tonumber(ARGV[4 + places + i])
  local held = tonumber(ARGV[4 + 2 * places + i])
  local sum, own, isAnew = counted(key, false)
  if not isAnew and sum - math.min(own, left) >= limit and redis.call('HLEN', key) <= ${FEW} then
    sum, own, isAnew = counted(key, true)
  end
  isChanged[i] = isAnew
  if left > 0 then
    local given = math.min(own, left)
    sum, own, isChanged[i] = sum - given, own - given, true
  end
  if own < held then sum, own, isChanged[i] = sum - own + held, held, true end
  if first < 0 and wait == 0 and sum >= limit then first, taken = i - 1, sum end
  sums[i], owns[i] = sum, own
end
local isTaken = (first < 0 and wait == 0) or even
for i = 1, places do
  local more = isTaken and 1 or 0
  if isTaken or isChanged[i] then keep(KEYS[3 + i], sums[i] + more, owns[i] + more) end
end
if first < 0 and wait == 0 and known then return 1 end
return {first, taken, wait, known and 1 or 0}`,
);

/**
 * Tells what a node has. KEYS go on with the counts; ARGV, for each, with `-` and how many it gave back, or `=` and how many it has. Counts of
 * nobody are gone.
 */
export const tellPlaces: RedisScript = redisScript(
  "tell",
  `${PLACES_PRELUDE}
for i = 1, #KEYS - 3 do
  local key, how, count = KEYS[3 + i], ARGV[2 * i], tonumber(ARGV[2 * i + 1])
  local sum, own = counted(key, how == '=')
  local has = how == '=' and count or math.max(0, own - count)
  keep(key, sum - own + has, has)
end`,
);
