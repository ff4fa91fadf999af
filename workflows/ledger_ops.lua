-- What can be asked of the ledger: the second part of ledger.lua, and its only way in.
local ops = {}

-- The unfinished jobs of a cluster, the one that holds it first.
local function ahead(cluster)
  local ids = redis.call('LRANGE', queue_key(cluster), 0, -1)
  local holder = redis.call('GET', holder_key(cluster))
  if holder then table.insert(ids, 1, holder) end
  return ids
end

-- An unfinished job of the same cluster that asks for the same change.
local function twin(cluster, digest)
  local ids = ahead(cluster)
  for _, id in ipairs(redis.call('SMEMBERS', loose_key(cluster))) do table.insert(ids, id) end
  for _, id in ipairs(ids) do
    if job_get(id, 'digest') == digest and job_get(id, 'direction') == 'apply'
      and job_get(id, 'status') ~= 'cancelling' then return id end
  end
  return nil
end

function ops.ahead() return ahead(a.cluster) end

function ops.standing()
  return {job_get(a.job, 'status'), is_overtaken(a.job) and 1 or 0}
end

-- Whether a plan rests on the record as it is, and on the jobs that are at work on it.
local function is_moved()
  return a.lock ~= 'none'
    and (a.basis ~= revision(a.cluster) or table.concat(ahead(a.cluster), ' ') ~= a.ahead)
end

local function add_steps(id, names, first)
  for i = first, #names - 1 do
    redis.call('HSET', step_key(id, i), 'name', names[i + 1], 'status', 'pending', 'attempt', '0',
      'tries', '0', 'lost', '0')
  end
  redis.call('HSET', job_key(id), 'steps', int(#names))
  for _, i in ipairs(a.finals or {}) do
    if i >= first then redis.call('HSET', step_key(id, i), 'final', '1') end
  end
end

-- What a plan says of a job.
local function put_plan(id)
  redis.call('HSET', job_key(id), 'plan', a.plan, 'reserves', a.reserves, 'coming', a.coming,
    'founds', a.founds, 'basis', int(a.basis), 'site', a.site)
end

-- What a request of this name has led to: nothing, a job, or something else than is asked for now.
local function keyed()
  if (a.key or '') == '' then return nil end
  local known = redis.call('HMGET', 'cw:key:' .. a.key, 'fingerprint', 'job', 'created')
  if not known[1] then return nil end
  if known[1] ~= a.fingerprint then return {'other', known[2]} end
  if job_get(known[2], 'status') == '' then return nil end -- it was forgotten since
  return {known[3] == '1' and 'made' or 'joined', known[2]}
end

local function keep_key(id, is_new)
  if (a.key or '') == '' then return end
  local key = 'cw:key:' .. a.key
  redis.call('HSET', key, 'fingerprint', a.fingerprint, 'job', id, 'created', is_new and '1' or '0')
  redis.call('PEXPIRE', key, int(a.key_kept))
end

function ops.twin()
  local same = twin(a.cluster, a.digest)
  if same then keep_key(same, false) end
  return same or ''
end

function ops.keyed() return keyed() or {'', ''} end

function ops.create()
  local known = keyed()
  if known then return known end
  local same = twin(a.cluster, a.digest)
  if same then
    keep_key(same, false)
    return {'same', same}
  end
  if is_moved() then return {'moved', ''} end
  local id = a.id
  redis.call('HSET', job_key(id), 'id', id, 'cluster', a.cluster, 'kind', a.kind, 'lock', a.lock,
    'params', a.params, 'digest', a.digest, 'reason', a.reason, 'on_failure', a.on_failure,
    'accept', a.accept, 'pinned', a.pinned and '1' or '', 'status', 'queued', 'direction', 'apply',
    'epoch', '1', 'seq', '0', 'created', int(NOW), 'trace_id', a.trace_id or '',
    'requested_by', a.requested_by or '', 'via', a.via or '')
  put_plan(id)
  local changed = note_reached(id, a.reached or {})
  local taken = not changed and reserve(id)
  if changed or taken then
    redis.call('DEL', job_key(id), reached_key(id))
    return changed and {'changed', changed} or {'taken', taken}
  end
  -- Those before it may end otherwise than planned.
  if a.ahead ~= '' then redis.call('HSET', job_key(id), 'replan', '1') end
  add_steps(id, a.step_names, 0)
  tally_job(id, nil, 'queued')
  index_job(id, nil, 'queued')
  keep_key(id, true)
  emit(id, 'job.accepted', nil, 'queued',
    cjson.encode({requested_by = a.requested_by or '', via = a.via or '', accept = a.accept}))
  enqueue(id)
  return {'created', id}
end

-- Whether a plan that was made anew may take the place of the job's: the job still waits for it.
local function awaits_plan(id)
  if job_get(id, 'status') ~= 'running' or job_get(id, 'epoch') ~= int(a.epoch) or begun(id) then
    return false
  end
  local first = tail(id)[1]
  return first and number(step_get(id, first, 'lease')) <= NOW
    and a.basis == revision(job_get(id, 'cluster'))
end

-- A plan made anew: its steps take the place of those that have not begun.
function ops.replan()
  local id = a.job
  if not awaits_plan(id) then return 'stale' end
  local changed = note_reached(id, a.reached)
  if changed then return 'changed ' .. changed end
  put_plan(id)
  local taken = reserve(id)
  if taken then return 'taken ' .. taken end
  redis.call('HDEL', job_key(id), 'replan')
  if not a.differs then return 'ok' end
  local kept = 0
  while step_get(id, kept, 'status') == 'done' do kept = kept + 1 end
  for i = kept, steps_of(id) - 1 do redis.call('DEL', step_key(id, i), hosts_key(id, i)) end
  add_steps(id, a.step_names, kept)
  redis.call('HINCRBY', job_key(id), 'epoch', 1)
  emit(id, 'job.replanned', nil, 'running', a.difference)
  advance(id)
  return 'replanned'
end

-- The plan that was made anew is none that the job may carry out.
function ops.unplanned()
  local id = a.job
  if not awaits_plan(id) then return 'stale' end
  redis.call('HSET', job_key(id), 'error', a.error)
  move_job(id, a.event, a.error)
  if a.event == 'outdated' then release(id) end
  finish(id)
  return 'ok'
end

-- The step that a cancel has to wait for was lost half-way: it is taken up again first.
local function has_to_end(id, i) return step_get(id, i, 'limit') ~= '' end

-- Nothing is applied unless the plan was looked at since somebody else wrote the cluster's record.
local function needs_plan(id)
  return job_get(id, 'replan') == '1' or is_overtaken(id)
end

-- Answers: run / undo (with the tries, and what the Celery worker has to know), moved (the job is to
-- be planned anew), done, stale, busy, cancelled.
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
  if status == 'cancelling' and not has_to_end(id, i) then
    if step == 'running' then move_step(id, i, 'interrupted') close_step(id, i) end
    cancelled(id)
    return {'cancelled', 0}
  end
  if status == 'running' and not undo and needs_plan(id) then return {'moved', 0} end
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
  local tries = number(step_get(id, i, 'tries')) + 1
  redis.call('HSET', step_key(id, i), 'token', a.token, 'lease', int(NOW + a.lease), 'owner', a.owner,
    'running_since', int(NOW))
  redis.call('HSETNX', step_key(id, i), 'started', int(NOW))
  redis.call('HDEL', step_key(id, i), 'due', 'finished', 'error', 'why', 'ends_by')
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

-- How things were before the step's first change.
function ops.note()
  if fenced_out() then return 'lost' end
  redis.call('HSET', step_key(a.job, a.index), 'before', a.before)
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
  local cluster = job_get(a.job, 'cluster')
  if not has_record(cluster) then return 'no-record' end
  redis.call('HSET', cluster_key(cluster), 'observation', a.observation, 'observed_at', int(NOW))
  emit(a.job, 'cluster.observed', a.index, '', a.summary)
  return 'ok'
end

function ops.done()
  if fenced_out() then return 'lost' end
  local id, i = a.job, a.index
  close_step(id, i)
  redis.call('HSET', step_key(id, i), 'output', a.output)
  redis.call('HDEL', step_key(id, i), 'error')
  local undo = job_get(id, 'direction') == 'undo'
  if undo then put_back(id, i) else write_record(id, i, a.writes) end
  move_step(id, i, undo and 'undo-succeeded' or 'succeeded',
    a.warnings > 0 and cjson.encode({warnings = a.warnings}) or nil)
  -- What was seen may ask for another plan; what has begun keeps its own.
  if step_get(id, i, 'name') == 'observe' and not begun(id) and #tail(id) > 0 then
    redis.call('HSET', job_key(id), 'replan', '1')
  end
  advance(id)
  return 'ok'
end

-- delay < 0: no further attempt.
function ops.failed()
  if fenced_out() then return 'lost' end
  local id, i = a.job, a.index
  tally_failure(id, i, a.error_kind)
  redis.call('HINCRBY', step_key(id, i), 'tries', 1)
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

-- Ends the job at once where no Celery worker is in the middle of a step.
function ops.cancel()
  local id = a.job
  local status = job_get(id, 'status')
  if status == 'cancelling' or status == 'cancelled' then return 'ok' end
  if status == 'queued' then
    redis.call('LREM', queue_key(job_get(id, 'cluster')), 0, id)
    if job_get(id, 'direction') == 'undo' then back_to_rest(id) else cancelled(id) end
    return 'ok'
  end
  move_job(id, 'cancel-requested')
  local current = tail(id)[1]
  if not current then return 'ok' end
  if number(step_get(id, current, 'lease')) > NOW then
    await_end(id, current)
  elseif has_to_end(id, current) then
    due(id, NOW)
  else
    if step_get(id, current, 'status') == 'running' then
      move_step(id, current, 'interrupted')
      close_step(id, current)
    end
    cancelled(id)
  end
  return 'ok'
end

-- Whoever has a job go on has to have seen the cluster as the job left it.
local function refuse_overtaken(id)
  if not is_overtaken(id) then return nil end
  return 'overtaken ' .. overtaken_by(id)
end

local function reset_budgets(id, i)
  redis.call('HSET', step_key(id, i), 'tries', '0', 'lost', '0', 'killed', '0')
  redis.call('HDEL', step_key(id, i), 'due', 'token', 'lease', 'why', 'limit')
end

function ops.retry()
  local id = a.job
  local origin = job_get(id, 'status')
  if JOB_TABLE[origin .. ' retry-requested'] then
    local overtaken = refuse_overtaken(id)
    if overtaken then return overtaken end
    local taken = reserve(id)
    if taken then return 'taken ' .. taken end
  end
  move_job(id, 'retry-requested', a.accept and '{"accept":' .. a.accept .. '}' or nil)
  redis.call('HSET', job_key(id), 'origin', origin, 'direction', 'apply')
  redis.call('HDEL', job_key(id), 'error')
  if a.accept then redis.call('HSET', job_key(id), 'accept', a.accept) end
  accept_reached(id)
  redis.call('HINCRBY', job_key(id), 'epoch', 1)
  for i = 0, steps_of(id) - 1 do
    reset_budgets(id, i)
    local status = step_get(id, i, 'status')
    local looks_again = status == 'done' and step_get(id, i, 'name') == 'observe'
    if status == 'failed' or status == 'retrying' or looks_again then
      move_step(id, i, 'reopened')
    end
  end
  enqueue(id)
  return 'ok'
end

function ops.rollback()
  local id = a.job
  local origin = job_get(id, 'status')
  if JOB_TABLE[origin .. ' rollback-requested'] then
    local overtaken = refuse_overtaken(id)
    if overtaken then return overtaken end
    local final = final_step(id)
    if final then return 'final ' .. int(final) end
  end
  move_job(id, 'rollback-requested')
  redis.call('HSET', job_key(id), 'origin', origin)
  accept_reached(id)
  roll_back(id)
  for i = 0, steps_of(id) - 1 do reset_budgets(id, i) end
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

-- Forgets some of the oldest jobs that need not be kept; answers how many, and whether the look at
-- all jobs goes on.
function ops.prune()
  local start = number(redis.call('GET', 'cw:prune-from') or '0')
  local ids = redis.call('ZRANGE', 'cw:jobs', start, start + a.most - 1)
  local gone = 0
  for _, id in ipairs(ids) do
    if may_go(id, a.keep, NOW - a.age) then
      forget_job(id)
      gone = gone + 1
    end
  end
  local more = #ids == a.most
  redis.call('SET', 'cw:prune-from', more and int(start + #ids - gone) or '0')
  return {gone, more and 1 or 0}
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
  local seen = redis.call('HGET', cluster_key(cluster), 'observation') or ''
  return {redis.call('HGETALL', job_key(id)), steps, hosts, place and place + 1 or 0, int(NOW),
    redis.call('GET', holder_key(cluster)) or '', seen, is_overtaken(id) and overtaken_by(id) or ''}
end

return ops[a.op]()
