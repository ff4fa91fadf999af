-- What is asked of subscriptions and deliveries: events leave the outbox, one delivery for each
-- subscription that they fit. Part of ledger.lua. Of a subscription and a job only the first
-- delivery is due: those that follow wait for it in their lane.
do -- A chunk of Lua has 200 local names at most.
local DUE, DELIVERERS = 'cw:deliveries:due', 'cw:deliverers'
local MOST_WAITING, MOST_DONE, MOST_DEAD = 10000, 200, 1000
local AT_ONCE, MOST_ASKED = 100, 1000

local function delivery_key(id) return 'cw:delivery:' .. id end
local function lane_key(name, job) return 'cw:lane:' .. name .. ':' .. job end
local function kept_key(name, job) return 'cw:lane:' .. name .. ':' .. job .. ':kept' end
local function deliveries_key(name, state) return 'cw:deliveries:' .. state .. ':' .. name end
local function subscription_key(name) return 'cw:subscription:' .. name end
local function delivery_get(id, field) return redis.call('HGET', delivery_key(id), field) or '' end

@WISHES@

local function be_due(id, at)
  redis.call('HSET', delivery_key(id), 'due', int(at))
  redis.call('ZADD', DUE, int(at), id)
end

-- Puts a delivery at the end of its lane; the first of a lane is due.
local function queue_delivery(id, at)
  local name, job = delivery_get(id, 'subscription'), delivery_get(id, 'job')
  redis.call('SADD', deliveries_key(name, 'waiting'), id)
  if redis.call('RPUSH', lane_key(name, job), id) == 1 then be_due(id, at) end
end

local function deliver(name, wish, event)
  local state = subscription_key(name)
  if redis.call('SCARD', deliveries_key(name, 'waiting')) >= MOST_WAITING then
    redis.call('HINCRBY', state, 'dropped', 1)
    return tally('delivery|dropped')
  end
  local what = table.concat({name, redis.call('HGET', state, 'created') or '', event.job, event.seq,
    event.type}, ' ')
  local id = 'msg_' .. string.sub(redis.sha1hex(what), 1, 24)
  redis.call('HSET', delivery_key(id), 'id', id, 'subscription', name, 'job', event.job,
    'seq', event.seq, 'type', event.type, 'at', event.at, 'state', 'waiting', 'attempts', '0',
    'token', '0', 'created', int(NOW))
  queue_delivery(id, NOW)
  if wish.once then redis.call('HSET', state, 'spent', '1') end
end

local function fields(entry)
  local found = {}
  for i = 1, #entry, 2 do found[entry[i]] = entry[i + 1] end
  return found
end

-- Entries leave the outbox in the same run in which their deliveries are made: once, by anybody. The
-- more subscriptions there are, the fewer entries in one run, which nothing else interrupts.
local function fan_out()
  local rows = redis.call('HGETALL', 'cw:subscriptions')
  local most = math.max(math.floor(MOST_ASKED / math.max(#rows / 2, 1)), 1)
  local entries = redis.call('XRANGE', 'cw:outbox', '-', '+', 'COUNT', int(math.min(most, AT_ONCE)))
  local wishes = {}
  for i = 1, #entries > 0 and #rows or 0, 2 do wishes[rows[i]] = cjson.decode(rows[i + 1]).wish end
  for _, entry in ipairs(entries) do
    local event = fields(entry[2])
    local facts = facts_of(event)
    for name, wish in pairs(wishes) do
      if is_wanted(wish, event, facts) then
        local off = redis.call('HMGET', subscription_key(name), 'spent', 'disabled')
        if not off[1] and not off[2] then deliver(name, wish, event) end
      end
    end
    redis.call('XDEL', 'cw:outbox', entry[1])
  end
end

-- Makes deliveries of what has happened; answers whether one more deliverer is wanted. Each has a
-- ticket, which ends by itself where its deliverer does.
function ops.hand_out()
  fan_out()
  if redis.call('ZCOUNT', DUE, '-inf', int(NOW)) == 0 then return 0 end
  local queued = redis.pcall('LLEN', a.queue)
  if type(queued) ~= 'number' or queued > 0 then return 0 end
  redis.call('ZREMRANGEBYSCORE', DELIVERERS, '-inf', int(NOW))
  if redis.call('ZCARD', DELIVERERS) >= a.most then return 0 end
  redis.call('ZADD', DELIVERERS, int(NOW + a.patience), a.ticket)
  return 1
end

function ops.deliverer_left()
  redis.call('ZREM', DELIVERERS, a.ticket)
  return 'ok'
end

-- Ends a delivery in one of the states done and dead, of which so many are kept to be shown.
local function close_delivery(id, state, most)
  local name, job = delivery_get(id, 'subscription'), delivery_get(id, 'job')
  local lane = lane_key(name, job)
  redis.call('ZREM', DUE, id)
  redis.call('LREM', lane, 1, id)
  redis.call('SREM', deliveries_key(name, 'waiting'), id)
  redis.call('HSET', delivery_key(id), 'state', state, 'ended', int(NOW))
  redis.call('HDEL', delivery_key(id), 'due', 'lease')
  redis.call('LPUSH', deliveries_key(name, state), id)
  if redis.call('LLEN', deliveries_key(name, state)) > most then
    redis.call('DEL', delivery_key(redis.call('RPOP', deliveries_key(name, state))))
  end
  local following = redis.call('LINDEX', lane, 0)
  if following and not redis.call('ZSCORE', DUE, following) then be_due(following, NOW) end
end

local function give_up_delivery(id, error)
  redis.call('HSET', delivery_key(id), 'error', error)
  tally('delivery|dead')
  close_delivery(id, 'dead', MOST_DEAD)
end

-- A receiver that asks to be left alone is, whatever it is to be told.
local function is_left_alone(id)
  local till = number(redis.call('HGET', subscription_key(delivery_get(id, 'subscription')), 'quiet'))
  if till <= NOW then return false end
  be_due(id, till)
  return true
end

-- A claimed delivery is due again when its lease ends: whoever claimed it may have been killed.
local function claim_delivery(id)
  local name, job = delivery_get(id, 'subscription'), delivery_get(id, 'job')
  redis.call('HINCRBY', delivery_key(id), 'token', 1)
  redis.call('HINCRBY', delivery_key(id), 'attempts', 1)
  redis.call('HSET', delivery_key(id), 'lease', int(NOW + a.lease))
  redis.call('ZADD', DUE, int(NOW + a.lease), id)
  return {redis.call('HGETALL', delivery_key(id)), redis.call('HGET', 'cw:subscriptions', name),
    redis.call('HGETALL', kept_key(name, job))}
end

-- Of a receiver that shows a job as it is now, only the newest news is told: those before it have
-- nothing more to say. What was tried before counts for the one that is tried in their place.
local function newest_of(id)
  local name = delivery_get(id, 'subscription')
  local record = cjson.decode(redis.call('HGET', 'cw:subscriptions', name) or '{}')
  local lane = lane_key(name, delivery_get(id, 'job'))
  local last = redis.call('LINDEX', lane, -1)
  if last == id or not last or not a.merging[record.notifier] then return id end
  redis.call('HSET', delivery_key(last), 'attempts', delivery_get(id, 'attempts'))
  for _, former in ipairs(redis.call('LRANGE', lane, 0, -2)) do
    redis.call('HSET', delivery_key(former), 'error', 'told by the news that followed it')
    close_delivery(former, 'done', MOST_DONE)
  end
  return last
end

function ops.next_delivery()
  redis.call('ZADD', DELIVERERS, 'XX', int(NOW + a.lease), a.ticket)
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', DUE, '-inf', int(NOW), 'LIMIT', 0, AT_ONCE)) do
    if number(delivery_get(id, 'attempts')) >= a.most then
      give_up_delivery(id, a.lost)
    elseif not is_left_alone(id) then
      return claim_delivery(newest_of(id))
    end
  end
  return nil
end

local KEPT_SECONDS = 30 * 24 * 3600

local function keep_for_next(name, job)
  for field, text in pairs(a.keep) do redis.call('HSET', kept_key(name, job), field, text) end
  redis.call('EXPIRE', kept_key(name, job), KEPT_SECONDS)
end

-- Those that wait will not be sent to a receiver that wants nothing any more; each can be replayed.
local function disable(name, why)
  redis.call('HSET', subscription_key(name), 'disabled', why, 'disabled_at', int(NOW))
  for _, id in ipairs(redis.call('SMEMBERS', deliveries_key(name, 'waiting'))) do
    give_up_delivery(id, why)
  end
end

-- What became of an attempt; only the claim that was made last may tell.
function ops.attempted()
  local id = a.delivery
  if delivery_get(id, 'token') ~= a.token or delivery_get(id, 'state') ~= 'waiting' then
    return 'stale'
  end
  local name, job = delivery_get(id, 'subscription'), delivery_get(id, 'job')
  redis.call('HSET', subscription_key(name), 'last_error', a.error)
  keep_for_next(name, job)
  if a.quiet then redis.call('HSET', subscription_key(name), 'quiet', int(NOW + a.quiet)) end
  if a.outcome == 'done' then
    redis.call('HSET', subscription_key(name), 'last_done', int(NOW))
    redis.call('HDEL', delivery_key(id), 'error')
    tally('delivery|done')
    close_delivery(id, 'done', MOST_DONE)
  elseif a.outcome == 'gone' then
    disable(name, a.error)
  elseif a.outcome == 'dead' then
    give_up_delivery(id, a.error)
  else
    redis.call('HSET', delivery_key(id), 'error', a.error)
    redis.call('HDEL', delivery_key(id), 'lease')
    tally('delivery|failed')
    be_due(id, NOW + a.after)
  end
  return 'ok'
end

function ops.add_subscription()
  if redis.call('HEXISTS', 'cw:subscriptions', a.name) == 1 then return 'known' end
  if redis.call('HLEN', 'cw:subscriptions') >= a.most then return 'full' end
  redis.call('HSET', 'cw:subscriptions', a.name, a.record)
  redis.call('HSET', subscription_key(a.name), 'created', int(NOW))
  return 'ok'
end

-- What was read is replaced, or nothing.
function ops.change_subscription()
  if redis.call('HGET', 'cw:subscriptions', a.name) ~= a.former then return 'moved' end
  redis.call('HSET', 'cw:subscriptions', a.name, a.record)
  return 'ok'
end

function ops.remove_subscription()
  if redis.call('HDEL', 'cw:subscriptions', a.name) == 0 then return 'unknown' end
  for _, id in ipairs(redis.call('SMEMBERS', deliveries_key(a.name, 'waiting'))) do
    redis.call('ZREM', DUE, id)
    redis.call('DEL', lane_key(a.name, delivery_get(id, 'job')),
      kept_key(a.name, delivery_get(id, 'job')), delivery_key(id))
  end
  for _, state in ipairs({'done', 'dead'}) do
    for _, id in ipairs(redis.call('LRANGE', deliveries_key(a.name, state), 0, -1)) do
      redis.call('DEL', delivery_key(id), kept_key(a.name, delivery_get(id, 'job')))
    end
    redis.call('DEL', deliveries_key(a.name, state))
  end
  redis.call('DEL', deliveries_key(a.name, 'waiting'), subscription_key(a.name))
  return 'ok'
end

function ops.enable_subscription()
  if redis.call('HEXISTS', 'cw:subscriptions', a.name) == 0 then return 'unknown' end
  redis.call('HDEL', subscription_key(a.name), 'disabled', 'disabled_at', 'spent', 'quiet')
  return 'ok'
end

-- A dead delivery begins anew, under its id, after those that wait in its lane.
function ops.replay()
  local id, state = a.delivery, delivery_get(a.delivery, 'state')
  if state == '' then return 'unknown' end
  if state ~= 'dead' then return state end
  local name = delivery_get(id, 'subscription')
  if redis.call('HEXISTS', subscription_key(name), 'disabled') == 1 then return 'disabled' end
  redis.call('LREM', deliveries_key(name, 'dead'), 1, id)
  redis.call('HSET', delivery_key(id), 'state', 'waiting', 'attempts', '0')
  redis.call('HDEL', delivery_key(id), 'ended')
  queue_delivery(id, NOW)
  return 'ok'
end

end
