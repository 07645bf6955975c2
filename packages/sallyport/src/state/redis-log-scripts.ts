import { ENGINE_CLOCK, redisScript, type RedisScript } from "./redis-script.ts";

// What is kept of a kind: a hash of entries by name, a sorted set of when they end, and the log of all changes of all kinds, which
// nodes follow. An entry is text: when it ends by the engine's clock in milliseconds (0: never), a space, and its value as JSON; without a
// value it was taken back, which is kept as long as the entry would have been: who has been away learns it, and puts nothing back. One entry without a
// name, that says nothing, is in each hash for good: where it is missing, the engine has lost the hash.

/** Ended entries that one change clears away, so that no change takes long. */
const SWEPT = 100;
/** Changes that the log keeps; a node that missed more reads everything anew. */
export const LOG_LENGTH: number = 10_000;

/**
 * Changes one entry. Answers 1, or 0 where there is no room. KEYS: entries, ends, log. ARGV: kind, name, value (empty: taken back), how long it
 * holds in milliseconds (0: for good), how many entries there may be, and `put`, or `restore`: only where nothing is known of it.
 */
export const changeEntry: RedisScript = redisScript(
  "changeEntry",
  `local entries, ends, log = KEYS[1], KEYS[2], KEYS[3]
local kind, name, value, life, most, how = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
${ENGINE_CLOCK}
local ended = redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, ${SWEPT})
for _, one in ipairs(ended) do
  redis.call('HDEL', entries, one)
  redis.call('ZREM', ends, one)
end
local known = redis.call('HEXISTS', entries, name)
if known == 1 and how == 'restore' then return 1 end
local roomy = known == 1 or redis.call('HLEN', entries) <= most
if not roomy and value ~= '' then return 0 end
local stop = '0'
if life > 0 then stop = string.format('%.0f', now + life) end
local entry = stop .. ' ' .. value
if roomy then
  redis.call('HSET', entries, name, entry)
  if life > 0 then redis.call('ZADD', ends, stop, name) else redis.call('ZREM', ends, name) end
end
redis.call('XADD', log, 'MAXLEN', '~', ${LOG_LENGTH}, '*', 'kind', kind, 'name', name, 'entry', entry)
return 1`,
);

/** Bytes of a text in an entry: ours have 16,384 letters at most. What is longer is none of ours, and stays in the engine. */
const MAX_BYTES = 65_536;
/** Bytes of one reading, as far as changes allow. */
const MAX_READ_BYTES = 4 * 1024 * 1024;
/** Entries of one page. */
const PAGE = 100;

/** Lua that keeps what is none of ours out of an answer: whoever can write here may plant any length. */
const FITTING = `local function fitting(text)
  return #text <= ${MAX_BYTES} and text or ''
end`;

/**
 * Reads the log on from a place. Answers 0 where nothing changed, which is nearly always. Else 1 where the place is not there any more, and everything
 * has to be read anew, 2 where there is more behind these changes, or 0; the last place; the changes; and, where everything has to be read, how many
 * milliseconds ago the log began, or -1: that is so long ago that nobody knows. KEYS: log, and the entries of each kind. ARGV: the place, and how many
 * changes at most.
 *
 * Where entries are lost and the log is not (an engine that is full may drop one key and keep the next), the log begins anew: every node reads everything,
 * and puts back what it knows.
 */
export const readLog: RedisScript = redisScript(
  "readLog",
  `${FITTING}
local log, place, most = KEYS[1], ARGV[1], tonumber(ARGV[2])
local isLost = redis.call('XLEN', log) == 0
for i = 2, #KEYS do
  local found = redis.pcall('HEXISTS', KEYS[i], '')
  if found ~= 1 then
    if found ~= 0 then redis.call('DEL', KEYS[i]) end
    redis.call('HSET', KEYS[i], '', '0 ')
    isLost = true
  end
end
if isLost then redis.call('XADD', log, 'MAXLEN', 1, '*', 'kind', 'begun') end
if place ~= '' and #redis.call('XRANGE', log, place, place) == 1 then
  local changes, bytes = {}, 0
  local found = redis.call('XRANGE', log, '(' .. place, '+', 'COUNT', most)
  if #found == 0 then return 0 end
  for _, one in ipairs(found) do
    local fields = {}
    for i = 1, math.min(6, #one[2]) do
      fields[i] = fitting(one[2][i])
      bytes = bytes + #fields[i]
    end
    changes[#changes + 1] = {one[1], fields}
    if bytes > ${MAX_READ_BYTES} then break end
  end
  return {(#found == most or #changes < #found) and 2 or 0, place, changes, -1}
end
local first, age = redis.call('XRANGE', log, '-', '+', 'COUNT', 1)[1], -1
if first[2][2] == 'begun' then
  ${ENGINE_CLOCK}
  age = now - tonumber(string.match(first[1], '^%d+'))
end
return {1, redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1][1], {}, age}`,
);

/**
 * Reads a page of entries: where the next begins, and pairs of name and entry. 0: there are so many that nodes cannot have put them there. KEYS: entries.
 * ARGV: where the page begins, and how many entries nodes put there at most.
 */
export const readEntries: RedisScript = redisScript(
  "readEntries",
  `${FITTING}
if redis.call('HLEN', KEYS[1]) > 2 * tonumber(ARGV[2]) then return 0 end
local page = redis.call('HSCAN', KEYS[1], ARGV[1], 'COUNT', ${PAGE})
for i, text in ipairs(page[2]) do page[2][i] = fitting(text) end
return page`,
);
