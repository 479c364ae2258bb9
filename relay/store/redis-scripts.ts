import { createHash } from 'node:crypto'

/** A step that Redis runs as one. */
export interface RedisScript {
  readonly lua: string
  readonly sha: string
}

/**
 * `c:{id}` is the hash of a conversation, `e:{id}` the list of its entries; the id in braces puts both into one hash slot.
 * The keys of its owner follow from the hash, so scripts reach them undeclared: fine for one server and its replicas, not
 * for Redis Cluster (ADR 0007). Leases go by Redis's clock, which all instances share.
 */
const PRELUDE = `
local function conversationKey(id) return 'aside:c:{' .. id .. '}' end
local function entriesKey(id) return 'aside:e:{' .. id .. '}' end
local function ofOwner(owner) return 'aside:o:' .. owner end
local function heldBy(owner) return 'aside:h:' .. owner end
local function periodsOf(owner) return 'aside:p:' .. owner end
local function sumsKey(owner, period) return 'aside:u:' .. owner .. '\\n' .. period end
local ALL = 'aside:all'
local UNSWEPT = 'aside:unswept'
local function nowMs()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function forget(id, owner)
  redis.call('UNLINK', conversationKey(id), entriesKey(id))
  redis.call('ZREM', ofOwner(owner), id)
  redis.call('ZREM', heldBy(owner), id)
  redis.call('ZREM', ALL, id)
  redis.call('ZREM', UNSWEPT, id)
end
local function hold(id, owner, holder, leaseMs)
  local untilMs = nowMs() + leaseMs
  redis.call('HSET', conversationKey(id), 'holder', holder, 'until', untilMs)
  redis.call('ZADD', heldBy(owner), untilMs, id)
end
`

/** ARGV id, owner, holder, leaseMs, state → 1 or 0 when there is another */
export const CREATE = script(`
local id, owner, holder, leaseMs, state = unpack(ARGV)
local known = redis.call('HMGET', conversationKey(id), 'owner', 'holder', 'fence')
if known[1] then
  return known[1] == owner and known[2] == holder and known[3] == '1' and 1 or 0
end
local now = nowMs()
redis.call('HSET', conversationKey(id), 'owner', owner, 'started', now, 'active', now, 'seq', 0, 'title', '', 'fence', 1,
  'state', state)
hold(id, owner, holder, leaseMs)
redis.call('ZADD', ofOwner(owner), now, id)
redis.call('ZADD', ALL, now, id)
redis.call('ZADD', UNSWEPT, now, id)
return 1`)

/** ARGV id, owner → fence, seq, state, active, holder or '' */
export const LOOK = script(`
local id, owner = unpack(ARGV)
local kept = redis.call('HMGET', conversationKey(id), 'owner', 'fence', 'seq', 'state', 'active', 'holder', 'until')
if kept[1] ~= owner then return false end
local isHeld = tonumber(kept[7]) > nowMs()
return { kept[2], kept[3], kept[4], kept[5], isHeld and 1 or 0, kept[6] }`)

/** ARGV id, fence, holder, leaseMs → 1 or 0 */
export const CLAIM = script(`
local id, fence, holder, leaseMs = unpack(ARGV)
local kept = redis.call('HMGET', conversationKey(id), 'fence', 'owner')
if kept[1] ~= fence then return 0 end
redis.call('HINCRBY', conversationKey(id), 'fence', 1)
hold(id, kept[2], holder, leaseMs)
return 1`)

/** ARGV id, fence, leaseMs; a lease of 0 is released → 1 or 0 */
export const LEASE = script(`
local id, fence, leaseMs = unpack(ARGV)
local kept = redis.call('HMGET', conversationKey(id), 'fence', 'owner', 'holder')
if kept[1] ~= fence then return 0 end
if leaseMs == '0' then
  redis.call('HSET', conversationKey(id), 'until', 0)
  redis.call('ZREM', heldBy(kept[2]), id)
else
  hold(id, kept[2], kept[3], leaseMs)
end
return 1`)

/** ARGV id, fence, seq, entry, active, title, and the state where one is given → result */
export const APPEND = script(`
local id, fence, seq, entry, active, title, state = unpack(ARGV)
local kept = redis.call('HMGET', conversationKey(id), 'fence', 'seq', 'owner')
if not kept[1] then return 'gone' end
if kept[1] ~= fence then return 'fenced' end
local place = tonumber(seq)
if place <= tonumber(kept[2]) then
  local same = place >= 1 and redis.call('LINDEX', entriesKey(id), place - 1) == entry
  return same and 'appended' or 'conflict'
end
if place ~= kept[2] + 1 then return 'conflict' end
redis.call('RPUSH', entriesKey(id), entry)
redis.call('HSET', conversationKey(id), 'seq', seq, 'active', active)
if place == 1 then redis.call('HSET', conversationKey(id), 'title', title) end
if state then redis.call('HSET', conversationKey(id), 'state', state) end
redis.call('ZADD', ofOwner(kept[3]), active, id)
redis.call('ZADD', ALL, active, id)
redis.call('ZADD', UNSWEPT, active, id)
return 'appended'`)

/** ARGV id, fence, state → result */
export const SAVE_STATE = script(`
local id, fence, state = unpack(ARGV)
local kept = redis.call('HMGET', conversationKey(id), 'fence', 'active')
if not kept[1] then return 'gone' end
if kept[1] ~= fence then return 'fenced' end
redis.call('HSET', conversationKey(id), 'state', state)
redis.call('ZADD', UNSWEPT, kept[2], id)
return 'appended'`)

/** ARGV owner, highest score, offset, count → how many were looked at, then rows of id, started, active, seq, title */
export const LIST = script(`
local owner, highest, offset, count = unpack(ARGV)
local ids = redis.call('ZREVRANGEBYSCORE', ofOwner(owner), highest, '-inf', 'LIMIT', offset, count)
local rows = { #ids }
for _, id in ipairs(ids) do
  local kept = redis.call('HMGET', conversationKey(id), 'started', 'active', 'seq', 'title')
  if kept[1] and kept[3] ~= '0' then rows[#rows + 1] = { id, unpack(kept) } end
end
return rows`)

/** ARGV owner, id that does not count → number */
export const COUNT_HELD = script(`
local owner, except = unpack(ARGV)
redis.call('ZREMRANGEBYSCORE', heldBy(owner), '-inf', nowMs())
local held = redis.call('ZCARD', heldBy(owner))
return redis.call('ZSCORE', heldBy(owner), except) and held - 1 or held`)

/** ARGV id, owner → 1 or 0 */
export const DELETE = script(`
local id, owner = unpack(ARGV)
if redis.call('HGET', conversationKey(id), 'owner') ~= owner then return 0 end
forget(id, owner)
return 1`)

/** ARGV owner → ids */
export const DELETE_ALL = script(`
local owner = ARGV[1]
local ids = redis.call('ZRANGE', ofOwner(owner), 0, -1)
for _, id in ipairs(ids) do forget(id, owner) end
for _, period in ipairs(redis.call('SMEMBERS', periodsOf(owner))) do redis.call('UNLINK', sumsKey(owner, period)) end
redis.call('UNLINK', periodsOf(owner))
return ids`)

/**
 * One page of a clean-up: of those silent since `before`. ARGV `idle` (takes the state, deletes the wordless) or `delete`,
 * before, how many to skip, how many to look at → how many were looked at, how many of them stay in the list
 */
export const SWEEP = script(`
local task, before, skip, count = unpack(ARGV)
local list = task == 'idle' and UNSWEPT or ALL
local ids = redis.call('ZRANGEBYSCORE', list, '-inf', '(' .. before, 'LIMIT', skip, count)
local now = nowMs()
local stay = 0
for _, id in ipairs(ids) do
  local kept = redis.call('HMGET', conversationKey(id), 'owner', 'until', 'seq')
  if not kept[1] then
    redis.call('ZREM', list, id)
  elseif tonumber(kept[2]) > now then
    stay = stay + 1
  elseif task == 'delete' or kept[3] == '0' then
    forget(id, kept[1])
  else
    redis.call('HSET', conversationKey(id), 'state', 'null')
    redis.call('ZREM', UNSWEPT, id)
  end
end
return { #ids, stay }`)

/** ARGV owner, period, ttlMs, then names and amounts → names and sums */
export const ADD_UP = script(`
local owner, period, ttlMs = unpack(ARGV)
local sums = sumsKey(owner, period)
for index = 4, #ARGV, 2 do redis.call('HINCRBYFLOAT', sums, ARGV[index], ARGV[index + 1]) end
if #ARGV > 3 then
  redis.call('PEXPIRE', sums, ttlMs)
  redis.call('SADD', periodsOf(owner), period)
  if redis.call('PTTL', periodsOf(owner)) < tonumber(ttlMs) then redis.call('PEXPIRE', periodsOf(owner), ttlMs) end
end
return redis.call('HGETALL', sums)`)

function script(body: string): RedisScript {
  const lua = PRELUDE + body
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}
