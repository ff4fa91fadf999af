-- The only writer of jobs and steps: a library that Redis loads once. One operation a call, which
-- is a JSON object with "op". This part says how jobs and steps move; those that follow,
-- asked_*.lua, what can be asked for, and the last what Redis calls. The tables come from
-- workflows/states.py; time is Redis' own clock, in milliseconds.
local STEP_TABLE = @STEP_TABLE@
local JOB_TABLE = @JOB_TABLE@
local CARRIED_OUT = @CARRIED_OUT@
local PASSED = @PASSED@
-- Of the call that runs; each sets both anew.
local a, NOW
local MAX_LOST = 5
local MAX_KILLED = 2

local function int(number) return string.format('%d', number) end
local function job_key(id) return 'cw:job:' .. id end
local function step_key(id, i) return 'cw:job:' .. id .. ':step:' .. int(i) end
local function hosts_key(id, i) return 'cw:job:' .. id .. ':hosts:' .. int(i) end
local function reached_key(id) return 'cw:job:' .. id .. ':reached' end
local function holder_key(c) return 'cw:holder:' .. c end
-- Those that have the cluster together; one of them is told as its holder.
local function sharers_key(c) return 'cw:sharers:' .. c end
local function queue_key(c) return 'cw:queue:' .. c end
-- Unfinished jobs that hold nothing of their cluster, and wait for nobody.
local function loose_key(c) return 'cw:loose:' .. c end
local function job_get(id, field) return redis.call('HGET', job_key(id), field) or '' end
local function step_get(id, i, field) return redis.call('HGET', step_key(id, i), field) or '' end
local function number(text) return tonumber(text) or 0 end
local function steps_of(id) return number(job_get(id, 'steps')) end

@TALLIES@

@CLUSTERS@

@INDEXES@

@OUTBOX@

local function tell_all(id, seq, kind, index, status, data)
  redis.call('XADD', 'cw:events', 'MAXLEN', '~', '20000', '*', 'job', id, 'seq', int(seq),
    'type', kind, 'at', int(NOW), 'step', index, 'status', status, 'data', data)
end

-- Every event stands in the job's own stream, under its sequence number, and in the common one.
local function emit(id, kind, step, status, data)
  local seq = redis.call('HINCRBY', job_key(id), 'seq', 1)
  local index = step and int(step) or ''
  data = data or '{}'
  redis.call('XADD', job_key(id) .. ':events', int(seq) .. '-0', 'type', kind, 'at', int(NOW),
    'step', index, 'status', status or '', 'data', data)
  tell_all(id, seq, kind, index, status or '', data)
  post(id, seq, kind, status or '')
end

local function move_job(id, event, data)
  local from = job_get(id, 'status')
  local to = JOB_TABLE[from .. ' ' .. event]
  if not to then error('ILLEGAL cannot apply ' .. event .. ' to a job that is ' .. from) end
  redis.call('HSET', job_key(id), 'status', to)
  tally_job(id, from, to)
  index_job(id, from, to)
  emit(id, 'job.' .. event, nil, to, data)
end

local function move_step(id, i, event, data)
  local from = step_get(id, i, 'status')
  local to = STEP_TABLE[from .. ' ' .. event]
  if not to then error('ILLEGAL cannot apply ' .. event .. ' to a step that is ' .. from) end
  redis.call('HSET', step_key(id, i), 'status', to)
  tally_step(id, i, event)
  emit(id, 'step.' .. event, i, to, data)
end

-- Ids and messages may hold any bytes; what is kept of them can be printed.
local function printable(text, limit)
  return (string.gsub(string.sub(text, 1, limit), '[^%w%p ]', '?'))
end

-- An id that cannot be carried on with is put where a person can look at it; the others go on.
local function set_aside(id, reason, said)
  redis.call('ZREM', 'cw:due', id)
  local row = {printable(id, 64), printable(said, 200)}
  redis.call('HSET', 'cw:set-aside', row[1],
    cjson.encode({reason = reason, said = row[2], at = NOW}))
  tally('set-aside|' .. reason)
  return row
end

local function set_aside_unfit(id, said)
  local known = redis.call('EXISTS', job_key(id)) == 1
  if not known then return set_aside(id, 'no-record', 'it has no record') end
  return set_aside(id, 'broken-record', said)
end

-- Adds what was worked since running_since: of a step an attempt, of a job until it rests again.
local function work_ended(key, ended)
  local since = redis.call('HGET', key, 'running_since')
  if not since then return end
  redis.call('HDEL', key, 'running_since')
  redis.call('HINCRBY', key, 'worked', int(math.max(ended - number(since), 0)))
end

local function due(id, at) redis.call('ZADD', 'cw:due', int(at), id) end

-- A Celery worker is about to get the job's message: published is when it was, until the next claim.
local function await_claim(id)
  redis.call('HSET', job_key(id), 'published', int(NOW))
  due(id, NOW + a.grace)
end

-- What only looks changes nothing: it has not begun.
local function has_begun(id, i)
  return number(step_get(id, i, 'attempt')) > 0 and step_get(id, i, 'name') ~= 'observe'
end

@CLOSING@

-- The steps that remain, in the order in which they are to run.
local function tail(id)
  if job_get(id, 'status') == 'closing' then return owed_steps(id) end
  local found = {}
  local n = steps_of(id)
  if job_get(id, 'direction') == 'undo' then
    local others = {}
    for i = n - 1, 0, -1 do
      if not PASSED[step_get(id, i, 'status')] and has_begun(id, i) then
        table.insert(step_get(id, i, 'undone_first') == '1' and found or others, i)
      end
    end
    for _, i in ipairs(others) do table.insert(found, i) end
  else
    for i = 0, n - 1 do
      local status = step_get(id, i, 'status')
      if status ~= 'done' and status ~= 'left-out' then table.insert(found, i) end
    end
  end
  return found
end

-- Note how the hosts of a plan are reached, each field as it is stored; the answer is the first host
-- that is reached otherwise by now.
local function note_reached(id, hosts)
  for host, row in pairs(hosts) do
    for field, text in pairs(row) do
      local now = redis.call('HGET', 'cw:host:' .. host, field)
      if now and now ~= text then return host end
    end
    redis.call('HSET', reached_key(id), host, cjson.encode(row))
  end
  return nil
end

-- Whoever has a job go on accepts how its hosts are reached now.
local function accept_reached(id)
  local hosts = redis.call('HGETALL', reached_key(id))
  for i = 1, #hosts, 2 do
    local row = cjson.decode(hosts[i + 1])
    for field, text in pairs(row) do
      row[field] = redis.call('HGET', 'cw:host:' .. hosts[i], field) or text
    end
    redis.call('HSET', reached_key(id), hosts[i], cjson.encode(row))
  end
end

local function begun(id)
  for i = 0, steps_of(id) - 1 do
    if has_begun(id, i) then return true end
  end
  return false
end

-- A step that has begun and cannot be undone: there is no way back over it.
local function final_step(id)
  for i = steps_of(id) - 1, 0, -1 do
    if step_get(id, i, 'final') == '1' and has_begun(id, i) then return i end
  end
  return nil
end

local function is_shared(id) return job_get(id, 'lock') == 'shared' end

local function is_held_by_sharers(cluster)
  local holder = redis.call('GET', holder_key(cluster))
  return holder and redis.call('SISMEMBER', sharers_key(cluster), holder) == 1
end

local function take_lock(id)
  local cluster = job_get(id, 'cluster')
  if is_shared(id) then
    redis.call('SADD', sharers_key(cluster), id)
    redis.call('SETNX', holder_key(cluster), id)
  elseif locks(id) then
    redis.call('SET', holder_key(cluster), id)
  end
end

-- Answers whether the cluster is free then for those that wait.
local function drop_lock(id)
  local cluster = job_get(id, 'cluster')
  redis.call('SREM', sharers_key(cluster), id)
  if redis.call('GET', holder_key(cluster)) ~= id then return false end
  local others = redis.call('SMEMBERS', sharers_key(cluster))
  if #others > 0 then
    table.sort(others)
    redis.call('SET', holder_key(cluster), others[1])
    return false
  end
  redis.call('DEL', holder_key(cluster))
  return true
end

-- Who shares a cluster does not overtake those that wait to have it for themselves.
local function may_begin(id)
  local cluster = job_get(id, 'cluster')
  if not locks(id) or redis.call('EXISTS', holder_key(cluster)) == 0 then return true end
  return is_shared(id) and is_held_by_sharers(cluster)
    and redis.call('LLEN', queue_key(cluster)) == 0
end

local function start(id, is_published)
  take_lock(id)
  redis.call('HSETNX', job_key(id), 'started', int(NOW))
  redis.call('HSET', job_key(id), 'running_since', int(NOW))
  redis.call('HDEL', job_key(id), 'finished', 'origin')
  redis.call('HDEL', 'cw:set-aside', id)
  move_job(id, job_get(id, 'direction') == 'undo' and 'rollback-started' or 'started')
  if is_published then await_claim(id) else due(id, NOW) end
end

-- A job that waits goes back to where it rested before somebody had it go on.
local function back_to_rest(id, data)
  local origin = job_get(id, 'origin')
  redis.call('HSET', job_key(id), 'finished', int(NOW))
  if origin ~= 'stuck' then redis.call('HSET', job_key(id), 'direction', 'apply') end
  move_job(id, 'back-to-' .. origin, data)
  if not begun(id) then release(id) end
end

@OPENINGS@

-- What has begun goes on from the record that it left, or not at all; what has not is planned anew.
local function may_start(id)
  if job_get(id, 'status') ~= 'queued' then
    set_aside_unfit(id, 'the job waits for its cluster and is not queued')
    return false
  end
  if not may_open(id) then
    hold_back(id)
    return false
  end
  if job_get(id, 'origin') == '' or not is_overtaken(id) then return true end
  back_to_rest(id, cjson.encode({overtaken_by = overtaken_by(id)}))
  return false
end

-- A job that waits for a person's approval holds nothing, and ends when nobody approves in time.
local function await_approval(id)
  redis.call('SADD', loose_key(job_get(id, 'cluster')), id)
  local expires = NOW + number(job_get(id, 'approval'))
  redis.call('HSET', job_key(id), 'expires', int(expires))
  due(id, expires)
end

local function is_approved(id)
  return job_get(id, 'approval') == '' or job_get(id, 'approved') ~= ''
end

-- Whoever asked publishes the job, if it may start at once.
local function enqueue(id)
  local cluster = job_get(id, 'cluster')
  if not may_open(id) then return hold_back(id) end
  if not locks(id) then redis.call('SADD', loose_key(cluster), id) end
  if may_begin(id) then start(id, true) else redis.call('RPUSH', queue_key(cluster), id) end
end

-- Starts whoever waits and may begin now, in their order.
local function begin_following(cluster)
  local id = redis.call('LINDEX', queue_key(cluster), 0)
  while id do
    local is_free = redis.call('EXISTS', holder_key(cluster)) == 0
    if not is_free and not (is_shared(id) and is_held_by_sharers(cluster)) then return end
    redis.call('LPOP', queue_key(cluster))
    if may_start(id) then start(id, false) end
    id = redis.call('LINDEX', queue_key(cluster), 0)
  end
end

local function finish(id)
  local cluster = job_get(id, 'cluster')
  redis.call('ZREM', 'cw:due', id)
  redis.call('SREM', loose_key(cluster), id)
  forget_opening(id)
  redis.call('HSET', job_key(id), 'finished', int(NOW))
  work_ended(job_key(id), NOW)
  if drop_lock(id) then
    begin_following(cluster)
    post_free(id)
  end
end

local function expire(id)
  move_job(id, 'expired')
  finish(id)
end

-- A cancel takes effect: the job rests, or first takes back what it owes.
local function cancelled(id, data)
  for i = 0, steps_of(id) - 1 do
    local status = step_get(id, i, 'status')
    if status == 'retrying' or status == 'waiting' then
      redis.call('HDEL', step_key(id, i), 'due', 'waits_for', 'asks')
      move_step(id, i, 'interrupted')
    end
  end
  if closes_first(id, 'cancelled', nil, data and cjson.decode(data)) then return end
  move_job(id, 'cancelled', data)
  if not begun(id) then release(id) end
  finish(id)
end

local function close_step(id, i)
  redis.call('HSET', step_key(id, i), 'finished', int(NOW))
  work_ended(step_key(id, i), NOW)
  redis.call('HDEL', step_key(id, i), 'token', 'lease', 'ends_by', 'limit')
end

-- A cancel waits for the end of a step that may not be interrupted.
local function await_end(id, i)
  local limit = step_get(id, i, 'limit')
  if limit == '' then return end
  local ends_by = number(step_get(id, i, 'running_since')) + number(limit)
  redis.call('HSET', step_key(id, i), 'ends_by', int(ends_by))
  emit(id, 'step.not-interrupted', i, step_get(id, i, 'status'),
    cjson.encode({ends_by = ends_by / 1000}))
end

local function reset_budgets(id, i)
  redis.call('HSET', step_key(id, i), 'tries', '0', 'lost', '0', 'killed', '0')
  redis.call('HDEL', step_key(id, i), 'due', 'token', 'lease', 'why', 'limit', 'waits_since',
    'waits_for', 'asks')
end

-- A seed that works takes out a host that is lost: that was all that the step was for.
local function is_for_lost_only(row, lost)
  local seed = row.args.seed
  if not seed or lost[seed] then return false end
  local takes_out = false
  for _, host in ipairs(row.hosts) do
    if lost[host] then takes_out = true elseif host ~= seed then return false end
  end
  return takes_out
end

-- Lost hosts are taken out first: as long as their votes count, others may not be able to leave.
local function mark_undone_first(id)
  local lost = {}
  local without = job_get(id, 'without')
  for _, host in ipairs(without ~= '' and cjson.decode(without) or {}) do lost[host] = true end
  if not next(lost) then return end
  for place, row in ipairs(cjson.decode(job_get(id, 'plan')).steps) do
    local is_first = is_for_lost_only(row, lost)
    redis.call('HSET', step_key(id, place - 1), 'undone_first', is_first and '1' or '')
  end
end

local function roll_back(id)
  redis.call('HINCRBY', job_key(id), 'epoch', 1)
  mark_undone_first(id)
  redis.call('HSET', job_key(id), 'direction', 'undo')
  for i = 0, steps_of(id) - 1 do
    reset_budgets(id, i)
    redis.call('DEL', hosts_key(id, i))
  end
end

local function advance(id)
  if #tail(id) > 0 then
    await_claim(id)
  elseif job_get(id, 'status') == 'closing' then
    end_after_closing(id)
    finish(id)
  else
    move_job(id, job_get(id, 'direction') == 'undo' and 'rolled-back' or 'succeeded')
    release(id)
    finish(id)
  end
end

-- The steps that remain begin at once, by whoever gets them published.
local function go_on(id)
  if #tail(id) == 0 then advance(id) else due(id, NOW) end
end

-- A job that cannot go on goes back where that was asked for, or rests once it owes nothing. `at` is
-- the step that failed, if one did.
local function stop_failed(id, at, error_json)
  -- What it failed with outlasts a rollback, which takes the steps' errors away.
  redis.call('HSET', job_key(id), 'cause', error_json, 'cause_at', int(at or 0))
  if job_get(id, 'on_failure') == 'rollback' and job_get(id, 'status') == 'running'
    and not final_step(id) then
    roll_back(id)
    move_job(id, 'rollback-started', error_json)
    go_on(id)
  elseif not closes_first(id, 'failed', at) then
    move_job(id, 'failed', error_json)
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
  if job_get(id, 'status') == 'closing' then
    -- What one step could not take back keeps no other from doing its part.
    go_on(id)
  else
    stop_failed(id, i, error_json)
  end
end

local ops = {}
