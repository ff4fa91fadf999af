-- What can be asked of the ledger: the second part of ledger.lua, and its only way in.
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
    'direction', 'apply', 'epoch', '1', 'seq', '0', 'created', int(NOW),
    'trace_id', a.trace_id or '')
  local changed = note_reached(id, a.reached or {})
  local taken = not changed and reserve(id)
  if changed or taken then
    redis.call('DEL', job_key(id), reached_key(id))
    return changed and {'changed', changed} or {'taken', taken}
  end
  for i, name in ipairs(a.step_names) do
    redis.call('HSET', step_key(id, i - 1), 'name', name, 'status', 'pending', 'attempt', '0',
      'tries', '0', 'lost', '0')
  end
  redis.call('ZADD', 'cw:jobs', int(NOW), id)
  redis.call('ZADD', 'cw:job-ids', '0', id)
  tally_job(id, nil, 'queued')
  emit(id, 'job.accepted', nil, 'queued', nil)
  enqueue(id)
  return {'created', id}
end

-- Answers: run / undo (with the tries, and what the Celery worker has to know), done, stale, busy,
-- cancelled.
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
    local lease = number(step_get(id, i, 'lease'))
    work_ended(step_key(id, i), lease) -- nobody knows of more
    tally_end(id, i, 'lost')
    tally_failure(id, i, 'lost')
    if lost >= MAX_LOST then
      give_up(id, i, a.lost_error)
      return {'stale', 0}
    end
    local told = {reason = 'lease-ended', owner = step_get(id, i, 'owner'), lost = lost,
      lease_ended = lease / 1000}
    local why = step_get(id, i, 'why')
    if why ~= '' then told.reason, told.said = 'killed', why end
    emit(id, 'step.resumed', i, step, cjson.encode(told))
  end
  local attempt = redis.call('HINCRBY', step_key(id, i), 'attempt', 1)
  local tries = redis.call('HINCRBY', step_key(id, i), 'tries', 1)
  redis.call('HSET', step_key(id, i), 'token', a.token, 'lease', int(NOW + a.lease), 'owner', a.owner,
    'running_since', int(NOW))
  redis.call('HSETNX', step_key(id, i), 'started', int(NOW))
  redis.call('HDEL', step_key(id, i), 'due', 'finished', 'error', 'why', 'ends_by', 'limit')
  redis.call('HDEL', job_key(id), 'published')
  move_step(id, i, undo and 'undo-started' or 'started',
    cjson.encode({attempt = attempt, owner = a.owner}))
  due(id, NOW + a.lease)
  local told = redis.call('HMGET', job_key(id), 'cluster', 'kind', 'trace_id', 'plan', 'accept')
  return {undo and 'undo' or 'run', tries, told, redis.call('HGETALL', step_key(id, i)),
    redis.call('HGETALL', hosts_key(id, i)), redis.call('HGETALL', reached_key(id))}
end

local function fenced_out() return step_get(a.job, a.index, 'token') ~= a.token end

function ops.beat()
  if fenced_out() then return 'lost' end
  redis.call('HSET', step_key(a.job, a.index), 'lease', int(NOW + a.lease))
  due(a.job, NOW + a.lease)
  if job_get(a.job, 'status') == 'cancelling' then return 'cancel' end
  return 'ok'
end

-- A step says at its beginning that it may not be interrupted, and how long it may take.
function ops.uninterruptible()
  if fenced_out() then return 'lost' end
  redis.call('HSET', step_key(a.job, a.index), 'limit', int(a.limit))
  if job_get(a.job, 'status') == 'cancelling' then await_end(a.job, a.index) end
  return 'ok'
end

-- The process that held the lease was killed by its Celery worker: nobody has to wait for its end.
function ops.killed()
  if fenced_out() then return 'lost' end
  local id, i = a.job, a.index
  local killed = redis.call('HINCRBY', step_key(id, i), 'killed', 1)
  if killed >= MAX_KILLED then
    tally_end(id, i, 'lost')
    tally_failure(id, i, 'lost')
    give_up(id, i, a.error)
  else
    redis.call('HSET', step_key(id, i), 'lease', int(NOW), 'why', a.why)
    due(id, NOW)
  end
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
  move_step(id, i, job_get(id, 'direction') == 'undo' and 'undo-succeeded' or 'succeeded',
    a.warnings > 0 and cjson.encode({warnings = a.warnings}) or nil)
  advance(id)
  return 'ok'
end

-- delay < 0: no further attempt.
function ops.failed()
  if fenced_out() then return 'lost' end
  local id, i = a.job, a.index
  tally_failure(id, i, a.error_kind)
  if a.delay < 0 then give_up(id, i, a.error) return 'ok' end
  close_step(id, i)
  redis.call('HSET', step_key(id, i), 'error', a.error, 'due', int(NOW + a.delay))
  move_step(id, i, job_get(id, 'direction') == 'undo' and 'undo-retried' or 'retried', a.error)
  if job_get(id, 'status') == 'cancelling' then cancelled(id) return 'ok' end
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
  if not current then return 'ok' end
  if number(step_get(id, current, 'lease')) <= NOW then due(id, NOW) else await_end(id, current) end
  return 'ok'
end

function ops.retry()
  local id = a.job
  if JOB_TABLE[job_get(id, 'status') .. ' retry-requested'] then
    local taken = reserve(id)
    if taken then return 'taken ' .. taken end
  end
  move_job(id, 'retry-requested', a.accept and '{"accept":' .. a.accept .. '}' or nil)
  if a.accept then redis.call('HSET', job_key(id), 'accept', a.accept) end
  accept_reached(id)
  redis.call('HINCRBY', job_key(id), 'epoch', 1)
  for i = 0, steps_of(id) - 1 do
    redis.call('HSET', step_key(id, i), 'tries', '0', 'lost', '0', 'killed', '0')
    redis.call('HDEL', step_key(id, i), 'due', 'token', 'lease', 'why')
    local status = step_get(id, i, 'status')
    if status == 'failed' or status == 'retrying' then move_step(id, i, 'reopened') end
  end
  enqueue(id)
  return 'ok'
end

function ops.rollback()
  local id = a.job
  move_job(id, 'rollback-requested')
  accept_reached(id)
  roll_back(id)
  for i = 0, steps_of(id) - 1 do redis.call('HDEL', step_key(id, i), 'due', 'token', 'lease') end
  enqueue(id)
  -- Nothing was begun: there is nothing to undo.
  if job_get(id, 'status') == 'rolling-back' and #tail(id) == 0 then advance(id) end
  return 'ok'
end

local RESTING = {failed = true, cancelled = true, stuck = true}
local LOOKED_AT = 200

-- The latest job of a cluster, if it waits for a person who may have it go on.
local function resting_job(cluster)
  for _, id in ipairs(redis.call('ZREVRANGE', 'cw:jobs', 0, LOOKED_AT - 1)) do
    if job_get(id, 'cluster') == cluster then return RESTING[job_get(id, 'status')] and id end
  end
  return nil
end

-- Somebody changed a host of the inventory: a job that rests on it will go on with what is new.
function ops.host_changed()
  local id = a.cluster ~= '' and resting_job(a.cluster)
  if id then
    emit(id, 'host.changed', nil, '', a.row)
  else
    tell_all('', 0, 'host.changed', '', '', a.row)
  end
  return 'ok'
end

-- Under a backlog a message waits for longer than the grace; publishing it again would only make the
-- queue longer. An empty queue, or a long time, tells that it is lost.
local function waits_in_queue(id)
  local since = NOW - number(job_get(id, 'published'))
  if a.queues == '' or since >= a.patience then return false end
  -- A queue that is no list is the broker's affair: publishing to it will tell.
  local length = redis.pcall('LLEN', a.queues .. job_get(id, 'site'))
  return type(length) == 'number' and length > 0
end

local CARRIED_OUT = {running = true, cancelling = true, ['rolling-back'] = true}

-- What Redis refuses to every script is no fault of a record.
local REFUSALS = {'OOM', 'READONLY', 'MISCONF', 'NOREPLICAS', 'MASTERDOWN', 'LOADING', 'BUSY',
  'NOAUTH', 'NOPERM', 'ACL', 'CLUSTERDOWN', 'MOVED', 'TRYAGAIN', 'not enough memory', 'killed'}

local function text_of(problem)
  return type(problem) == 'table' and tostring(problem.err) or tostring(problem)
end

local function is_refusal(text)
  if string.find(text, 'ILLEGAL', 1, true) then return false end -- ours, and it quotes the record
  for _, word in ipairs(REFUSALS) do
    if string.find(text, word, 1, true) then return true end
  end
  return false
end

-- Whether the job is to be published now.
local function is_taken(id)
  if printable(id, 64) ~= id then error('ILLEGAL cannot carry out a job of such a name') end
  if not CARRIED_OUT[job_get(id, 'status')] then
    error('ILLEGAL cannot carry out a job that is ' .. job_get(id, 'status'))
  end
  local first = tail(id)[1]
  if first and waits_in_queue(id) then
    due(id, NOW + a.grace)
    return false
  end
  tally_reconciled(id, first)
  if first then await_claim(id) else advance(id) end
  redis.call('HDEL', 'cw:set-aside', id)
  return first ~= nil
end

-- What is to be published now, and what was set aside instead.
-- Moving the score makes the answer safe with many reconcilers.
function ops.due()
  local ids = redis.call('ZRANGEBYSCORE', 'cw:due', '-inf', int(NOW), 'LIMIT', '0', '100')
  local found, aside = {}, {}
  for _, id in ipairs(ids) do
    local went, answer = pcall(is_taken, id)
    if went then
      if answer then table.insert(found, id) end
    elseif is_refusal(text_of(answer)) then
      error(answer, 0)
    else
      table.insert(aside, set_aside_unfit(id, string.gsub(text_of(answer), '^.-ILLEGAL ', '')))
    end
  end
  return {found, aside}
end

function ops.tail()
  local indexes = tail(a.job)
  return {job_get(a.job, 'epoch'), job_get(a.job, 'site'), job_get(a.job, 'status'), indexes,
    job_get(a.job, 'trace_id')}
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
