-- What people ask of the ledger: a job stops, goes on or goes back; a host changed. Part of
-- ledger.lua.

-- What an event of somebody's wish tells: who it was, and what else they said.
local function wish(more)
  local told = more or {}
  if (a.by or '') ~= '' then told.by, told.via = a.by, a.via end
  return next(told) and cjson.encode(told) or nil
end

local STOPPING = {cancelling = true, cancelled = true, closing = true}

-- Ends the job at once where no Celery worker is in the middle of a step.
function ops.cancel()
  local id = a.job
  local status = job_get(id, 'status')
  if STOPPING[status] then return 'ok' end
  if status == 'queued' then
    redis.call('LREM', queue_key(job_get(id, 'cluster')), 0, id)
    if job_get(id, 'direction') == 'undo' then back_to_rest(id, wish()) else cancelled(id, wish()) end
    begin_following(job_get(id, 'cluster'))
    return 'ok'
  end
  if status == 'awaiting-approval' or status == 'waiting' then
    cancelled(id, wish())
    return 'ok'
  end
  move_job(id, 'cancel-requested', wish())
  local current = tail(id)[1]
  if not current then return 'ok' end
  if is_owed(id, current) then
    cancelled(id) -- what takes something back is carried on with
  elseif number(step_get(id, current, 'lease')) > NOW then
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

-- Whoever has a job go on may accept findings, and give up hosts, from now on.
local function move_accepting(id, event)
  move_job(id, event, wish({accept = a.accept and cjson.decode(a.accept),
    without = a.without and cjson.decode(a.without)}))
  if a.accept then redis.call('HSET', job_key(id), 'accept', a.accept) end
  accept_opening(id)
end

-- What a retry of a job that waits comes to: its step looks again at once.
local function look_again(id)
  move_accepting(id, 'retry-requested')
  redis.call('HDEL', step_key(id, tail(id)[1]), 'due', 'asks')
  await_claim(id)
end

-- Cancelled before anybody had approved it, a job waits for that again.
local function ask_again(id)
  move_accepting(id, 'approval-requested')
  -- Who may have made another plan of it does not approve that either.
  redis.call('HSET', job_key(id), 'again_by', a.by or '', 'again_person', a.person or '')
  redis.call('HDEL', job_key(id), 'finished')
  redis.call('HINCRBY', job_key(id), 'epoch', 1)
  await_approval(id)
end

-- What remains without lost hosts was planned for the job as it was, on the record as it was.
local function is_planned_for_another(id)
  return a.plan
    and (a.seq ~= number(job_get(id, 'seq')) or a.basis ~= revision(job_get(id, 'cluster')))
end

local function is_left_out(i)
  for _, index in ipairs(a.left_out or {}) do
    if index == i then return true end
  end
  return false
end

-- What was said of a host in a step that goes on without it is told by its events.
local function leave_out(id, host)
  forget_coming(id, host)
  for i = 0, a.kept - 1 do
    if step_get(id, i, 'status') ~= 'done' and not is_left_out(i) then
      redis.call('HDEL', hosts_key(id, i), host)
    end
  end
end

-- The plan of what remains takes the place of the job's: the first steps, which have begun, keep
-- their records. Lost hosts stay reserved until the job is at its end: it still knows of them.
local function go_without(id)
  put_plan(id)
  redis.call('HSET', job_key(id), 'params', a.params, 'digest', a.digest, 'without', a.without)
  for _, host in ipairs(cjson.decode(a.without)) do leave_out(id, host) end
  for i = a.kept, steps_of(id) - 1 do redis.call('DEL', step_key(id, i), hosts_key(id, i)) end
  add_steps(id, a.step_names, a.kept)
end

function ops.retry()
  local id = a.job
  local origin = job_get(id, 'status')
  if origin == 'waiting' and not a.plan then
    look_again(id)
    return 'ok'
  end
  if JOB_TABLE[origin .. ' retry-requested'] then
    local overtaken = refuse_overtaken(id)
    if overtaken then return overtaken end
    if is_planned_for_another(id) then return 'moved' end
    local taken = is_approved(id) and first_taken(id, a.reserves or job_get(id, 'reserves'))
    if taken then return 'taken ' .. taken end
    if a.plan then go_without(id) end
    if not is_approved(id) then
      ask_again(id)
      return 'ok'
    end
    reserve(id)
  end
  move_accepting(id, 'retry-requested')
  redis.call('HSET', job_key(id), 'origin', origin, 'direction', 'apply')
  redis.call('HDEL', job_key(id), 'error', 'cause', 'cause_at')
  accept_reached(id)
  redis.call('HINCRBY', job_key(id), 'epoch', 1)
  for _, i in ipairs(a.left_out or {}) do move_step(id, i, 'left-out') end
  reopen_taken_back(id)
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
  local lost = a.without and cjson.decode(a.without)
  move_job(id, 'rollback-requested', wish(lost and {without = lost}))
  redis.call('HSET', job_key(id), 'origin', origin)
  if lost then redis.call('HSET', job_key(id), 'without', a.without) end
  accept_reached(id)
  roll_back(id)
  enqueue(id)
  -- Nothing was begun: there is nothing to undo.
  if job_get(id, 'status') == 'rolling-back' and #tail(id) == 0 then advance(id) end
  return 'ok'
end

local function is_same(known, asking)
  return (asking or '') ~= '' and known == asking
end

-- Whether who approves has asked for the job, or for its approval anew, with whichever token.
local function is_own(id)
  if is_same(job_get(id, 'requested_by'), a.by) or is_same(job_get(id, 'again_by'), a.by) then
    return true
  end
  for _, person in ipairs(a.people or {}) do
    if is_same(job_get(id, 'requester'), person) then return true end
    if is_same(job_get(id, 'again_person'), person) then return true end
  end
  return false
end

-- Somebody agrees to the job's very plan, as it was made on the record as it is still. It has to be
-- somebody else than who asked for it, unless nobody else may approve it.
function ops.approve()
  local id = a.job
  if job_get(id, 'status') == 'awaiting-approval' then
    if number(job_get(id, 'expires')) <= NOW then
      expire(id)
      return 'expired'
    end
    if is_own(id) and not a.alone then return 'own' end
    if a.digest and a.digest ~= cjson.decode(job_get(id, 'plan')).digest then
      return 'outdated ' .. a.digest
    end
    -- Those that it was planned behind have come to their ends; it is planned anew after them.
    local overtaken = not is_behind(id, overtaken_by(id)) and refuse_overtaken(id)
    if overtaken then return overtaken end
    local taken = reserve(id)
    if taken then return 'taken ' .. taken end
  end
  local alone = is_own(id) or nil
  move_job(id, 'approved', wish({alone = alone}))
  redis.call('HSET', job_key(id), 'pinned', '1', 'approved', int(NOW), 'approved_by', a.by or '',
    'approved_alone', alone and '1' or '')
  redis.call('HDEL', job_key(id), 'expires')
  redis.call('SREM', loose_key(job_get(id, 'cluster')), id)
  redis.call('ZREM', 'cw:due', id)
  enqueue(id)
  return 'ok'
end

function ops.reject()
  local id = a.job
  move_job(id, 'rejected', wish({reason = a.reason}))
  redis.call('HSET', job_key(id), 'error', a.error)
  finish(id)
  return 'ok'
end

-- The latest job of a cluster, if it waits for a person who may have it go on.
local function resting_job(cluster)
  local id = redis.call('ZREVRANGE', 'cw:jobs:cluster:' .. cluster, 0, 0)[1]
  return id and MAY_GO_ON[job_get(id, 'status')] and id
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
