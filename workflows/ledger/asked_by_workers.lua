-- What Celery workers ask of the ledger: a step is claimed, held and ended. Part of ledger.lua.

-- The step that a cancel has to wait for was lost half-way: it is taken up again first.
local function has_to_end(id, i) return step_get(id, i, 'limit') ~= '' end

-- Nothing is applied unless the plan was looked at since somebody else wrote the cluster's record.
local function needs_plan(id)
  return job_get(id, 'replan') == '1' or is_overtaken(id)
end

local APPLYING = {running = true, waiting = true, cancelling = true, closing = true}

-- Answers: run / undo (with the tries, and what the Celery worker has to know), moved (the job is to
-- be planned anew), done, stale, busy, cancelled.
function ops.claim()
  local id, i = a.job, a.index
  local status = job_get(id, 'status')
  if status == '' or job_get(id, 'epoch') ~= int(a.epoch) then return {'stale', 0} end
  local undo = job_get(id, 'direction') == 'undo'
  local step = step_get(id, i, 'status')
  if undo and status ~= 'rolling-back' then return {'stale', 0} end
  if not undo and not APPLYING[status] then return {'stale', 0} end
  if undo and PASSED[step] or not undo and step == 'done' then return {'done', 0} end
  if tail(id)[1] ~= i then return {'stale', 0} end
  if number(step_get(id, i, 'lease')) > NOW then return {'busy', 0} end
  if number(step_get(id, i, 'due')) > NOW and status ~= 'cancelling' then return {'busy', 0} end
  if status == 'waiting' and step_get(id, i, 'asks') ~= '' then return {'busy', 0} end
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
  -- Who looks again goes on with the same attempt; hosts are to know the one claim from the other.
  redis.call('HSETNX', step_key(id, i), 'claims', step_get(id, i, 'attempt'))
  redis.call('HINCRBY', step_key(id, i), 'claims', 1)
  local looks_again = step_get(id, i, 'waits_for') ~= ''
  local attempt = redis.call('HINCRBY', step_key(id, i), 'attempt', looks_again and 0 or 1)
  local tries = number(step_get(id, i, 'tries')) + 1
  redis.call('HSET', step_key(id, i), 'token', a.token, 'lease', int(NOW + a.lease), 'owner', a.owner,
    'running_since', int(NOW))
  redis.call('HSETNX', step_key(id, i), 'started', int(NOW))
  redis.call('HDEL', step_key(id, i), 'due', 'finished', 'error', 'why', 'ends_by', 'waits_for',
    'asks')
  redis.call('HDEL', job_key(id), 'published')
  if status == 'waiting' then move_job(id, 'resumed') end
  if not undo then note_opened(id, i) end
  move_step(id, i, undo and 'undo-started' or 'started',
    cjson.encode({attempt = attempt, owner = a.owner}))
  due(id, NOW + a.lease)
  local told = redis.call('HMGET', job_key(id), 'cluster', 'kind', 'trace_id', 'plan', 'accept',
    'without')
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

-- A Celery worker that ends politely lets a step go: another takes it up at once, and it counts for
-- nothing. What a cancel has to wait for is taken up first all the same.
function ops.given_back()
  if fenced_out() then return 'lost' end
  local id, i = a.job, a.index
  work_ended(step_key(id, i), NOW)
  tally_end(id, i, 'given-back')
  redis.call('HDEL', step_key(id, i), 'token', 'lease')
  emit(id, 'step.given-back', i, step_get(id, i, 'status'), cjson.encode({owner = a.owner}))
  due(id, NOW)
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
  -- A host that is done shows that the step does not wait in vain.
  if a.status == 'done' and step_get(a.job, a.index, 'waits_since') ~= '' then
    redis.call('HSET', step_key(a.job, a.index), 'waits_since', int(NOW))
  end
  emit(a.job, 'host.' .. a.status, a.index, a.status, a.row)
  return 'ok'
end

function ops.observe()
  if fenced_out() then return 'lost' end
  local cluster = job_get(a.job, 'cluster')
  if not has_record(cluster) then return 'no-record' end
  redis.call('HSET', cluster_key(cluster), 'observation', a.observation, 'observed_at', int(NOW))
  emit(a.job, 'cluster.observed', a.index, '', a.summary)
  if a.changed and job_get(a.job, 'kind') == 'verify' then
    emit(a.job, 'cluster.changed', a.index, '', a.changed)
    local by = job_get(a.job, 'requested_by')
    if job_get(a.job, 'via') == 'schedule' then
      redis.call('ZADD', 'cw:changed-clusters', int(NOW), cluster .. ' ' .. by)
    end
  end
  return 'ok'
end

function ops.done()
  if fenced_out() then return 'lost' end
  local id, i = a.job, a.index
  close_step(id, i)
  redis.call('HSET', step_key(id, i), 'output', a.output)
  redis.call('HDEL', step_key(id, i), 'error', 'waits_since')
  local undo = job_get(id, 'direction') == 'undo'
  if undo then put_back(id, i) else write_record(id, i, a.writes) end
  if not a.passed then note_backup(id, i, a.backed_up_at, undo) end
  note_taken_back(id, i, undo)
  if not undo then tally_duration(id, i, a.size) end
  move_step(id, i, undo and (a.passed or 'undo-succeeded') or 'succeeded',
    a.warnings > 0 and cjson.encode({warnings = a.warnings}) or nil)
  -- What was seen may ask for another plan of what has not begun.
  if step_get(id, i, 'name') == 'observe' and #tail(id) > 0 then
    redis.call('HSET', job_key(id), 'replan', '1')
  end
  advance(id)
  return 'ok'
end

-- delay < 0: no further attempt.
local function attempt_failed(id, i, kind)
  tally_failure(id, i, kind)
  redis.call('HINCRBY', step_key(id, i), 'tries', 1)
  if a.delay < 0 then give_up(id, i, a.error) return end
  close_step(id, i)
  redis.call('HSET', step_key(id, i), 'error', a.error, 'due', int(NOW + a.delay))
  move_step(id, i, job_get(id, 'direction') == 'undo' and 'undo-retried' or 'retried', a.error)
  if job_get(id, 'status') == 'cancelling' then cancelled(id) return end
  due(id, NOW + a.delay)
end

function ops.failed()
  if fenced_out() then return 'lost' end
  attempt_failed(a.job, a.index, a.error_kind)
  return 'ok'
end

-- What the step needs is not there yet: no error, and no try, until its patience ends. after < 0: a
-- person is waited for, but not by a job that only takes something back before it rests.
function ops.deferred()
  if fenced_out() then return 'lost' end
  local id, i = a.job, a.index
  local undo = job_get(id, 'direction') == 'undo'
  local closing = job_get(id, 'status') == 'closing'
  if a.after < 0 and closing then
    tally_failure(id, i, 'waited')
    give_up(id, i, a.error)
    return 'over'
  end
  redis.call('HSETNX', step_key(id, i), 'waits_since', int(NOW))
  if a.after >= 0 and NOW - number(step_get(id, i, 'waits_since')) >= a.patience then
    redis.call('HDEL', step_key(id, i), 'waits_since') -- the next attempt begins afresh
    attempt_failed(id, i, 'waited')
    return 'over'
  end
  close_step(id, i)
  move_step(id, i, undo and 'undo-deferred' or 'deferred', a.said)
  if job_get(id, 'status') == 'cancelling' then cancelled(id) return 'ok' end
  redis.call('HSET', step_key(id, i), 'waits_for', a.said)
  if not undo and not closing then move_job(id, 'deferred', a.said) end
  if a.after >= 0 then
    redis.call('HSET', step_key(id, i), 'due', int(NOW + a.after))
    due(id, NOW + a.after)
  else
    redis.call('HSET', step_key(id, i), 'asks', '1')
    redis.call('ZREM', 'cw:due', id)
  end
  return 'ok'
end

function ops.interrupted()
  if fenced_out() then return 'lost' end
  close_step(a.job, a.index)
  move_step(a.job, a.index, 'interrupted')
  cancelled(a.job)
  return 'ok'
end
