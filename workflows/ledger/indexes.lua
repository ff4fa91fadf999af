-- Where jobs are found by cluster, status and kind, and how old ones go: part of ledger.lua.
-- Each index is ordered by the moment at which a job was accepted, so that a page of any of them
-- costs what it shows, however many jobs there are.
local function index_keys(cluster, status)
  return {'cw:jobs:status:' .. status, 'cw:jobs:cluster:' .. cluster .. ':status:' .. status}
end

-- A job entered a status, and left another if it was in one.
local function index_job(id, from, to)
  local row = redis.call('HMGET', job_key(id), 'cluster', 'created', 'kind')
  local cluster, created = row[1] or '', row[2] or int(NOW)
  if from then
    for _, key in ipairs(index_keys(cluster, from)) do redis.call('ZREM', key, id) end
  else
    redis.call('ZADD', 'cw:jobs', created, id)
    redis.call('ZADD', 'cw:job-ids', '0', id)
    redis.call('ZADD', 'cw:jobs:cluster:' .. cluster, created, id)
    redis.call('ZADD', 'cw:jobs:cluster:' .. cluster .. ':kind:' .. (row[3] or ''), created, id)
  end
  for _, key in ipairs(index_keys(cluster, to)) do redis.call('ZADD', key, created, id) end
end

local function forget_job(id)
  local row = redis.call('HMGET', job_key(id), 'cluster', 'status', 'kind')
  for i = 0, steps_of(id) - 1 do redis.call('DEL', step_key(id, i), hosts_key(id, i)) end
  redis.call('DEL', job_key(id), job_key(id) .. ':events', reached_key(id), holds_key(id))
  redis.call('ZREM', 'cw:jobs', id)
  redis.call('ZREM', 'cw:job-ids', id)
  redis.call('HDEL', 'cw:set-aside', id)
  if not row[1] then return end
  redis.call('ZREM', 'cw:jobs:cluster:' .. row[1], id)
  redis.call('ZREM', 'cw:jobs:cluster:' .. row[1] .. ':kind:' .. (row[3] or ''), id)
  for _, key in ipairs(index_keys(row[1], row[2])) do redis.call('ZREM', key, id) end
end

-- A job that rests may still go on or back, unless another has changed its cluster since.
local MAY_GO_ON = {failed = true, cancelled = true, stuck = true}

local function may_go(id, keep, before)
  local row = redis.call('HMGET', job_key(id), 'status', 'finished', 'cluster')
  local status, finished, cluster = row[1] or '', number(row[2] or '0'), row[3] or ''
  if status == '' or UNFINISHED[status] then return false end
  if MAY_GO_ON[status] and not is_overtaken(id) then return false end
  -- Whose record it is, or who wrote it last, is told by name.
  if redis.call('HGET', 'cw:cluster:' .. cluster, 'made_by') == id then return false end
  if redis.call('HGET', revision_key(cluster), 'by') == id then return false end
  if finished < before then return true end
  local rank = redis.call('ZREVRANK', 'cw:jobs:cluster:' .. cluster, id)
  return rank and rank >= keep
end
