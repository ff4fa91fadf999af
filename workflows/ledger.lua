-- The only writer of jobs and steps. One operation a call: ARGV[1] is a JSON object with "op".
-- The tables come from workflows/states.py; time is Redis' own clock, in milliseconds.
local STEP_TABLE = cjson.decode([==[@STEP_TABLE@]==])
local JOB_TABLE = cjson.decode([==[@JOB_TABLE@]==])
local a = cjson.decode(ARGV[1])
local clock = redis.call('TIME')
local NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)
local MAX_LOST = 5

local function int(number) return string.format('%d', number) end
local function job_key(id) return 'cw:job:' .. id end
local function step_key(id, i) return 'cw:job:' .. id .. ':step:' .. int(i) end
local function hosts_key(id, i) return 'cw:job:' .. id .. ':hosts:' .. int(i) end
local function holder_key(c) return 'cw:holder:' .. c end
local function queue_key(c) return 'cw:queue:' .. c end
local function job_get(id, field) return redis.call('HGET', job_key(id), field) or '' end
local function step_get(id, i, field) return redis.call('HGET', step_key(id, i), field) or '' end
local function number(text) return tonumber(text) or 0 end

-- Every event stands in the job's own stream, under its sequence number, and in the common one.
local function emit(id, kind, step, status, data)
  local seq = redis.call('HINCRBY', job_key(id), 'seq', 1)
  local index = step and int(step) or ''
  data = data or '{}'
  redis.call('XADD', job_key(id) .. ':events', int(seq) .. '-0', 'type', kind, 'at', int(NOW),
    'step', index, 'status', status or '', 'data', data)
  redis.call('XADD', 'cw:events', 'MAXLEN', '~', '20000', '*', 'job', id, 'seq', int(seq),
    'type', kind, 'at', int(NOW), 'step', index, 'status', status or '', 'data', data)
end

local function move_job(id, event, data)
  local from = job_get(id, 'status')
  local to = JOB_TABLE[from .. ' ' .. event]
  if not to then error('ILLEGAL cannot apply ' .. event .. ' to a job that is ' .. from) end
  redis.call('HSET', job_key(id), 'status', to)
  emit(id, 'job.' .. event, nil, to, data)
end

local function move_step(id, i, event, data)
  local from = step_get(id, i, 'status')
  local to = STEP_TABLE[from .. ' ' .. event]
  if not to then error('ILLEGAL cannot apply ' .. event .. ' to a step that is ' .. from) end
  redis.call('HSET', step_key(id, i), 'status', to)
  emit(id, 'step.' .. event, i, to, data)
end

local function due(id, at) redis.call('ZADD', 'cw:due', int(at), id) end

local function steps_of(id) return number(job_get(id, 'steps')) end

-- The steps that remain, in the order in which they are to run.
local function tail(id)
  local found = {}
  local n = steps_of(id)
  if job_get(id, 'direction') == 'undo' then
    for i = n - 1, 0, -1 do
      if step_get(id, i, 'status') ~= 'undone' and number(step_get(id, i, 'attempt')) > 0 then
        table.insert(found, i)
      end
    end
  else
    for i = 0, n - 1 do
      if step_get(id, i, 'status') ~= 'done' then table.insert(found, i) end
    end
  end
  return found
end

local function reserve(id)
  local cluster = job_get(id, 'cluster')
  local hosts = cjson.decode(job_get(id, 'reserves'))
  for _, host in ipairs(hosts) do
    local owner = redis.call('HGET', 'cw:host:' .. host, 'cluster')
    if not owner then return host .. ' ' end
    if owner ~= '' and owner ~= cluster then return host .. ' ' .. owner end
  end
  local took = cjson.decode(redis.call('HGET', job_key(id), 'took') or '[]')
  for _, host in ipairs(hosts) do
    local key = 'cw:host:' .. host
    if redis.call('HGET', key, 'cluster') == '' then
      redis.call('HSET', key, 'cluster', cluster)
      table.insert(took, host)
    end
  end
  redis.call('HSET', job_key(id), 'took', cjson.encode(took))
  if redis.call('EXISTS', 'cw:cluster:' .. cluster) == 0 then
    redis.call('HSET', 'cw:cluster:' .. cluster, 'spec', job_get(id, 'cluster_after'), 'formed', '0')
    redis.call('SADD', 'cw:clusters', cluster)
    redis.call('HSET', job_key(id), 'made_cluster', '1')
  end
  return nil
end

-- A change that never took effect, or was rolled back, gives the hosts free that it took.
local function release(id)
  local cluster = job_get(id, 'cluster')
  for _, host in ipairs(cjson.decode(job_get(id, 'took'))) do
    redis.call('HSET', 'cw:host:' .. host, 'cluster', '')
  end
  redis.call('HSET', job_key(id), 'took', '[]')
  if job_get(id, 'made_cluster') == '1'
    and redis.call('HGET', 'cw:cluster:' .. cluster, 'formed') == '0' then
    redis.call('DEL', 'cw:cluster:' .. cluster)
    redis.call('SREM', 'cw:clusters', cluster)
  end
end

local function start(id, delay)
  local cluster = job_get(id, 'cluster')
  redis.call('SET', holder_key(cluster), id)
  redis.call('HSET', job_key(id), 'fence', int(redis.call('INCR', 'cw:fence:' .. cluster)))
  redis.call('HSETNX', job_key(id), 'started', int(NOW))
  redis.call('HDEL', job_key(id), 'finished')
  move_job(id, job_get(id, 'direction') == 'undo' and 'rollback-started' or 'started')
  due(id, NOW + delay)
end

local function enqueue(id, delay)
  local cluster = job_get(id, 'cluster')
  if redis.call('EXISTS', holder_key(cluster)) == 1 then
    redis.call('RPUSH', queue_key(cluster), id)
  else
    start(id, delay)
  end
end

local function finish(id)
  local cluster = job_get(id, 'cluster')
  redis.call('ZREM', 'cw:due', id)
  redis.call('HSET', job_key(id), 'finished', int(NOW))
  if redis.call('GET', holder_key(cluster)) == id then
    redis.call('DEL', holder_key(cluster))
    local following = redis.call('LPOP', queue_key(cluster))
    if following then start(following, 0) end
  end
end

local function begun(id)
  for i = 0, steps_of(id) - 1 do
    if number(step_get(id, i, 'attempt')) > 0 then return true end
  end
  return false
end

local function cancelled(id)
  move_job(id, 'cancelled')
  if not begun(id) then release(id) end
  finish(id)
end

local function close_step(id, i)
  redis.call('HSET', step_key(id, i), 'finished', int(NOW))
  redis.call('HDEL', step_key(id, i), 'token', 'lease')
end

local function roll_back(id)
  redis.call('HINCRBY', job_key(id), 'epoch', 1)
  redis.call('HSET', job_key(id), 'direction', 'undo')
  for i = 0, steps_of(id) - 1 do
    redis.call('HSET', step_key(id, i), 'tries', '0')
    redis.call('DEL', hosts_key(id, i))
  end
end

local function advance(id)
  if #tail(id) > 0 then
    due(id, NOW + a.grace)
  elseif job_get(id, 'direction') == 'undo' then
    move_job(id, 'rolled-back')
    release(id)
    finish(id)
  else
    move_job(id, 'succeeded')
    redis.call('HSET', 'cw:cluster:' .. job_get(id, 'cluster'), 'spec', job_get(id, 'cluster_after'),
      'formed', '1')
    finish(id)
  end
end

local function give_up(id, i, error_json)
  redis.call('HSET', step_key(id, i), 'error', error_json)
  close_step(id, i)
  if job_get(id, 'direction') == 'undo' then
    move_step(id, i, 'undo-failed', error_json)
    move_job(id, 'stuck', error_json)
    finish(id)
    return
  end
  move_step(id, i, 'failed', error_json)
  if job_get(id, 'on_failure') == 'rollback' and job_get(id, 'status') == 'running' then
    roll_back(id)
    move_job(id, 'rollback-started', error_json)
    due(id, NOW)
  else
    move_job(id, 'failed', error_json)
    finish(id)
  end
end

local ops = {}

-- An unfinished job of the same cluster that asks for the same change.
local function twin(cluster, digest)
  local ids = redis.call('LRANGE', queue_key(cluster), 0, -1)
  local holder = redis.call('GET', holder_key(cluster))
  if holder then table.insert(ids, holder) end
  for _, id in ipairs(ids) do
    if job_get(id, 'digest') == digest and job_get(id, 'direction') == 'apply'
      and job_get(id, 'status') ~= 'cancelling' then return id end
  end
  return nil
end

function ops.twin() return twin(a.cluster, a.digest) or '' end

function ops.create()
  local same = twin(a.cluster, a.digest)
  if same then return {'same', same} end
  local id = a.id
  redis.call('HSET', job_key(id), 'id', id, 'cluster', a.cluster, 'kind', a.kind,
    'params', a.params, 'plan', a.plan, 'digest', a.digest, 'reason', a.reason,
    'on_failure', a.on_failure, 'accept', a.accept, 'reserves', a.reserves,
    'cluster_after', a.cluster_after, 'site', a.site, 'steps', int(#a.step_names), 'status', 'queued',
    'direction', 'apply', 'epoch', '1', 'seq', '0', 'created', int(NOW))
  local taken = reserve(id)
  if taken then
    redis.call('DEL', job_key(id))
    return {'taken', taken}
  end
  for i, name in ipairs(a.step_names) do
    redis.call('HSET', step_key(id, i - 1), 'name', name, 'status', 'pending', 'attempt', '0',
      'tries', '0', 'lost', '0')
  end
  redis.call('ZADD', 'cw:jobs', int(NOW), id)
  emit(id, 'job.accepted', nil, 'queued', nil)
  enqueue(id, a.grace)
  return {'created', id}
end

-- Answers: run / undo (with the attempt), done, stale, busy, cancelled.
function ops.claim()
  local id, i = a.job, a.index
  local status = job_get(id, 'status')
  if status == '' or job_get(id, 'epoch') ~= int(a.epoch) then return {'stale', 0} end
  local undo = job_get(id, 'direction') == 'undo'
  local step = step_get(id, i, 'status')
  if undo and status ~= 'rolling-back' then return {'stale', 0} end
  if not undo and status ~= 'running' and status ~= 'cancelling' then return {'stale', 0} end
  if step == (undo and 'undone' or 'done') then return {'done', 0} end
  if tail(id)[1] ~= i then return {'stale', 0} end
  if number(step_get(id, i, 'lease')) > NOW then return {'busy', 0} end
  if number(step_get(id, i, 'due')) > NOW and status ~= 'cancelling' then return {'busy', 0} end
  if status == 'cancelling' then
    if step == 'running' then move_step(id, i, 'interrupted') close_step(id, i) end
    cancelled(id)
    return {'cancelled', 0}
  end
  if step_get(id, i, 'token') ~= '' then
    local lost = redis.call('HINCRBY', step_key(id, i), 'lost', 1)
    redis.call('HINCRBY', 'cw:counters', 'lease_expired', 1)
    if lost >= MAX_LOST then
      give_up(id, i, a.lost_error)
      return {'stale', 0}
    end
  end
  local attempt = redis.call('HINCRBY', step_key(id, i), 'attempt', 1)
  local tries = redis.call('HINCRBY', step_key(id, i), 'tries', 1)
  redis.call('HSET', step_key(id, i), 'token', a.token, 'lease', int(NOW + a.lease), 'owner', a.owner)
  redis.call('HSETNX', step_key(id, i), 'started', int(NOW))
  redis.call('HDEL', step_key(id, i), 'due', 'finished', 'error')
  move_step(id, i, undo and 'undo-started' or 'started',
    cjson.encode({attempt = attempt, owner = a.owner}))
  due(id, NOW + a.lease)
  return {undo and 'undo' or 'run', tries}
end

local function fenced_out() return step_get(a.job, a.index, 'token') ~= a.token end

function ops.beat()
  if fenced_out() then return 'lost' end
  redis.call('HSET', step_key(a.job, a.index), 'lease', int(NOW + a.lease))
  due(a.job, NOW + a.lease)
  if job_get(a.job, 'status') == 'cancelling' then return 'cancel' end
  return 'ok'
end

function ops.host()
  if fenced_out() then return 'lost' end
  redis.call('HSET', hosts_key(a.job, a.index), a.host, a.row)
  emit(a.job, 'host.' .. a.status, a.index, a.status, a.row)
  return 'ok'
end

function ops.observe()
  if fenced_out() then return 'lost' end
  redis.call('HSET', 'cw:cluster:' .. job_get(a.job, 'cluster'), 'observation', a.observation,
    'observed_at', int(NOW))
  emit(a.job, 'cluster.observed', a.index, '', a.summary)
  return 'ok'
end

function ops.done()
  if fenced_out() then return 'lost' end
  local id, i = a.job, a.index
  close_step(id, i)
  redis.call('HSET', step_key(id, i), 'output', a.output)
  redis.call('HDEL', step_key(id, i), 'error')
  move_step(id, i, job_get(id, 'direction') == 'undo' and 'undo-succeeded' or 'succeeded')
  advance(id)
  return 'ok'
end

-- delay < 0: no further attempt.
function ops.failed()
  if fenced_out() then return 'lost' end
  local id, i = a.job, a.index
  if a.delay < 0 then give_up(id, i, a.error) return 'ok' end
  close_step(id, i)
  redis.call('HSET', step_key(id, i), 'error', a.error, 'due', int(NOW + a.delay))
  move_step(id, i, job_get(id, 'direction') == 'undo' and 'undo-retried' or 'retried', a.error)
  due(id, NOW + a.delay)
  return 'ok'
end

function ops.interrupted()
  if fenced_out() then return 'lost' end
  close_step(a.job, a.index)
  move_step(a.job, a.index, 'interrupted')
  cancelled(a.job)
  return 'ok'
end

function ops.cancel()
  local id = a.job
  if job_get(id, 'status') == 'queued' then
    redis.call('LREM', queue_key(job_get(id, 'cluster')), 0, id)
    cancelled(id)
    return 'ok'
  end
  move_job(id, 'cancel-requested')
  local current = tail(id)[1]
  if current and number(step_get(id, current, 'lease')) <= NOW then due(id, NOW) end
  return 'ok'
end

function ops.retry()
  local id = a.job
  if JOB_TABLE[job_get(id, 'status') .. ' retry-requested'] then
    local taken = reserve(id)
    if taken then return 'taken ' .. taken end
  end
  move_job(id, 'retry-requested')
  redis.call('HINCRBY', job_key(id), 'epoch', 1)
  for i = 0, steps_of(id) - 1 do
    redis.call('HSET', step_key(id, i), 'tries', '0', 'lost', '0')
    redis.call('HDEL', step_key(id, i), 'due', 'token', 'lease')
    local status = step_get(id, i, 'status')
    if status == 'failed' or status == 'retrying' then move_step(id, i, 'reopened') end
  end
  enqueue(id, a.grace)
  return 'ok'
end

function ops.rollback()
  local id = a.job
  move_job(id, 'rollback-requested')
  roll_back(id)
  for i = 0, steps_of(id) - 1 do redis.call('HDEL', step_key(id, i), 'due', 'token', 'lease') end
  enqueue(id, a.grace)
  -- Nothing was begun: there is nothing to undo.
  if job_get(id, 'status') == 'rolling-back' and #tail(id) == 0 then advance(id) end
  return 'ok'
end

-- What is to be published now. Moving the score makes the answer safe with many reconcilers.
function ops.due()
  local ids = redis.call('ZRANGEBYSCORE', 'cw:due', '-inf', int(NOW), 'LIMIT', '0', '100')
  local found = {}
  for _, id in ipairs(ids) do
    due(id, NOW + a.grace)
    redis.call('HINCRBY', 'cw:counters', 'republished', 1)
    if #tail(id) == 0 then
      advance(id)
    else
      table.insert(found, id)
    end
  end
  return found
end

function ops.tail()
  local indexes = tail(a.job)
  return {job_get(a.job, 'epoch'), job_get(a.job, 'site'), job_get(a.job, 'status'), indexes}
end

function ops.view()
  local id = a.job
  if redis.call('EXISTS', job_key(id)) == 0 then return nil end
  local steps, hosts = {}, {}
  for i = 0, steps_of(id) - 1 do
    table.insert(steps, redis.call('HGETALL', step_key(id, i)))
    table.insert(hosts, redis.call('HGETALL', hosts_key(id, i)))
  end
  local cluster = job_get(id, 'cluster')
  local place = redis.call('LPOS', queue_key(cluster), id)
  local seen = redis.call('HGET', 'cw:cluster:' .. cluster, 'observation') or ''
  return {redis.call('HGETALL', job_key(id)), steps, hosts, place and place + 1 or 0, int(NOW),
    redis.call('GET', holder_key(cluster)) or '', seen}
end

return ops[a.op]()
