-- What is asked of the ledger about plans: a job is made of one, or gets another. Part of ledger.lua.

-- The unfinished jobs of a cluster, those that hold it first.
local function ahead(cluster)
  local ids = redis.call('SMEMBERS', sharers_key(cluster))
  table.sort(ids)
  if #ids == 0 then ids = {redis.call('GET', holder_key(cluster)) or nil} end
  for _, id in ipairs(redis.call('LRANGE', queue_key(cluster), 0, -1)) do table.insert(ids, id) end
  return ids
end

-- Jobs on their way to rest without what they were asked for.
local NO_TWIN = {cancelling = true, closing = true}

-- An unfinished job of the same cluster that asks for the same change.
local function twin(cluster, digest)
  local ids = ahead(cluster)
  for _, id in ipairs(redis.call('SMEMBERS', loose_key(cluster))) do table.insert(ids, id) end
  for _, id in ipairs(ids) do
    if job_get(id, 'digest') == digest and job_get(id, 'direction') == 'apply'
      and not NO_TWIN[job_get(id, 'status')] then return id end
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
    and (a.basis ~= revision(a.cluster) or table.concat(ahead(a.cluster), ' ') ~= a.ahead
      or (a.calendar or 0) ~= calendar_revision())
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
  for _, pair in ipairs(a.closings or {}) do
    local closing, opener = pair[1], pair[2]
    if opener >= first then
      redis.call('HSET', step_key(id, closing), 'closes', int(opener))
      redis.call('HSET', step_key(id, opener), 'closed_by', int(closing))
    end
  end
end

-- What a plan says of a job.
local function put_plan(id)
  redis.call('HSET', job_key(id), 'plan', a.plan, 'reserves', a.reserves, 'coming', a.coming,
    'founds', a.founds, 'basis', int(a.basis), 'site', a.site)
end

local function keep_key(key, id, created)
  local at = 'cw:key:' .. key.place
  redis.call('HSET', at, 'fingerprint', key.fingerprint, 'job', id, 'created', created)
  redis.call('PEXPIRE', at, int(key.kept))
end

local function keep_keys(id, created)
  for _, key in ipairs(a.keys or {}) do keep_key(key, id, created) end
end

-- What a request of these names has led to: nothing, a job, or something else than is asked for now.
-- The first is the request's own; those that nobody had used stand for the job from then on.
local function keyed()
  local found, unused = nil, {}
  for place, key in ipairs(a.keys or {}) do
    local known = redis.call('HMGET', 'cw:key:' .. key.place, 'fingerprint', 'job', 'created')
    if known[1] and known[1] ~= key.fingerprint then return {'other', known[2]} end
    if not known[1] or job_get(known[2], 'status') == '' then -- or the job was forgotten since
      table.insert(unused, key)
    else
      found = found or {place == 1 and known[3] == '1' and 'made' or 'joined', known[2]}
      if key.renewed then redis.call('PEXPIRE', 'cw:key:' .. key.place, int(key.kept)) end
    end
  end
  for _, key in ipairs(found and unused or {}) do keep_key(key, found[2], '0') end
  return found
end

-- What a request has led to, or an unfinished job that asks for the same change.
local function known()
  local found = keyed()
  local same = not found and twin(a.cluster, a.digest)
  if same then keep_keys(same, '0') end
  return found or same and {'same', same}
end

function ops.known() return known() or {'', ''} end

function ops.keyed() return keyed() or {'', ''} end

-- Those of its cluster before which a job was planned.
local function is_behind(id, other)
  return string.find(' ' .. job_get(id, 'behind') .. ' ', ' ' .. other .. ' ', 1, true) ~= nil
end

function ops.create()
  local before = known()
  if before then return before end
  if is_moved() then return {'moved', ''} end
  local id, approval = a.id, number(a.approval)
  local status = approval > 0 and 'awaiting-approval' or 'queued'
  redis.call('HSET', job_key(id), 'id', id, 'cluster', a.cluster, 'kind', a.kind, 'lock', a.lock,
    'params', a.params, 'digest', a.digest, 'reason', a.reason, 'on_failure', a.on_failure,
    'accept', a.accept, 'pinned', a.pinned and '1' or '', 'status', status, 'direction', 'apply',
    'epoch', '1', 'seq', '0', 'created', int(NOW), 'trace_id', a.trace_id or '',
    'requested_by', a.requested_by or '', 'via', a.via or '', 'behind', a.ahead,
    'approval', approval > 0 and int(approval) or '', 'approval_why', a.approval_why or '',
    'requester', a.requester or '', 'requester_name', a.requester_name or '',
    'reference', a.reference or '')
  put_plan(id)
  put_opening(id)
  local changed = note_reached(id, a.reached or {})
  local taken = not changed and approval <= 0 and reserve(id)
  if changed or taken then
    redis.call('DEL', job_key(id), reached_key(id))
    return changed and {'changed', changed} or {'taken', taken}
  end
  -- Those before it may end otherwise than planned.
  if a.ahead ~= '' then redis.call('HSET', job_key(id), 'replan', '1') end
  add_steps(id, a.step_names, 0)
  tally_job(id, nil, status)
  index_job(id, nil, status)
  keep_keys(id, '1')
  local asked = {requested_by = a.requested_by or '', via = a.via or '', trace_id = a.trace_id or ''}
  emit(id, 'job.accepted', nil, status,
    '{"accept":' .. a.accept .. ',' .. string.sub(cjson.encode(asked), 2))
  if approval > 0 then await_approval(id) else enqueue(id) end
  return {'created', id}
end

-- Whether a plan that was made anew may take the place of the job's: the job still waits for it, and
-- is what it was planned as.
local function awaits_plan(id)
  if job_get(id, 'status') ~= 'running' or job_get(id, 'epoch') ~= int(a.epoch)
    or a.seq ~= number(job_get(id, 'seq')) then
    return false
  end
  local first = tail(id)[1]
  return first and number(step_get(id, first, 'lease')) <= NOW
    and a.basis == revision(job_get(id, 'cluster')) and not (begun(id) and is_overtaken(id))
end

-- Those of its steps that stay as they are: a job that has not begun has looked at most.
local function kept_steps(id)
  if begun(id) then return a.kept end
  local kept = 0
  while step_get(id, kept, 'status') == 'done' do kept = kept + 1 end
  return kept
end

-- A plan made anew: its steps take the place of those that have not begun.
function ops.replan()
  local id = a.job
  if not awaits_plan(id) then return 'stale' end
  if begun(id) and not a.differs then
    redis.call('HDEL', job_key(id), 'replan')
    return 'ok'
  end
  local changed = note_reached(id, a.reached)
  if changed then return 'changed ' .. changed end
  put_plan(id)
  local taken = reserve(id)
  if taken then return 'taken ' .. taken end
  redis.call('HDEL', job_key(id), 'replan')
  if not a.differs then return 'ok' end
  local kept = kept_steps(id)
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
  if begun(id) then
    redis.call('HDEL', job_key(id), 'replan')
    stop_failed(id, nil, a.error)
    return 'ok'
  end
  move_job(id, a.event, a.error)
  -- It has seen the record as it is, has not begun, and takes its hosts again if it is retried.
  rest_on(id, a.basis)
  release(id)
  finish(id)
  return 'ok'
end
