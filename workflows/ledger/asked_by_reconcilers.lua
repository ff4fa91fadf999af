-- What reconcilers ask of the ledger, and what is read of a job. Part of ledger.lua.

local LOOKED_THROUGH = 1000

-- The jobs whose messages are the next in a queue; in a call each is read once for all that are due.
local next_in

local function jobs_next_in(queue)
  if not next_in[queue] then
    next_in[queue] = {}
    for _, message in ipairs(redis.call('LRANGE', queue, -LOOKED_THROUGH, -1)) do
      -- A message tells the arguments of its step in plain text: ('JOB', INDEX, EPOCH)
      local id = string.match(message, "%('([^']+)', %d+, %d+%)")
      if id then next_in[queue][id] = true end
    end
  end
  return next_in[queue]
end

-- Where more wait than are looked through, it is among the others: a queue never holds two messages
-- of a job.
local function stands_in(queue, id, length)
  return jobs_next_in(queue)[id] or length > LOOKED_THROUGH
end

-- Under a backlog a message waits for longer than the grace; publishing it again would only make the
-- queue longer. An empty queue tells that it is lost, and after a long time a look through it.
local function waits_in_queue(id)
  local published = number(job_get(id, 'published'))
  if a.queues == '' or published == 0 then return false end
  local queue = a.queues .. job_get(id, 'site')
  -- A queue that is no list is the broker's affair: publishing to it will tell.
  local length = redis.pcall('LLEN', queue)
  if type(length) ~= 'number' or length == 0 then return false end
  if NOW - published < a.patience then return true end
  if not stands_in(queue, id, length) then return false end
  redis.call('HSET', job_key(id), 'published', int(NOW))
  return true
end

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
  if job_get(id, 'status') == 'awaiting-approval' then
    expire(id)
    return false
  end
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
  next_in = {}
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

-- What is due for schedules, for jobs that wait for their windows, and for clusters that a schedule saw
-- changed, with the time.
function ops.due_by_time()
  local function of(key)
    return redis.call('ZRANGEBYSCORE', key, '-inf', int(NOW), 'LIMIT', '0', '100')
  end
  return {int(NOW), of('cw:schedules:due'), of(OPENINGS), of('cw:changed-clusters')}
end

-- A job that waits for its window has been held against the windows and freezes as they are now.
function ops.reopen()
  local id = a.job
  if job_get(id, 'status') ~= 'queued' or not redis.call('ZSCORE', OPENINGS, id) then
    redis.call('ZREM', OPENINGS, id)
    return 'stale'
  end
  put_opening(id)
  if not may_open(id) then
    hold_back(id)
    return 'held'
  end
  forget_opening(id)
  redis.call('SREM', loose_key(job_get(id, 'cluster')), id)
  if not may_begin(id) then
    redis.call('RPUSH', queue_key(job_get(id, 'cluster')), id)
  elseif may_start(id) then
    start(id, false)
  end
  return 'open'
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

-- Where a job stands among others: its place in the queue, who holds its cluster, who has overtaken
-- it, and whether its site is served.
local function around(id)
  local cluster = job_get(id, 'cluster')
  local place = redis.call('LPOS', queue_key(cluster), id)
  local heard = number(redis.call('ZSCORE', 'cw:workers:sites', job_get(id, 'site')) or '0')
  return place and place + 1 or 0, redis.call('GET', holder_key(cluster)) or '',
    is_overtaken(id) and overtaken_by(id) or '', heard >= math.floor(NOW / 1000) - a.seen and 1 or 0
end

function ops.view()
  local id = a.job
  if redis.call('EXISTS', job_key(id)) == 0 then return nil end
  local steps, hosts = {}, {}
  for i = 0, steps_of(id) - 1 do
    table.insert(steps, redis.call('HGETALL', step_key(id, i)))
    table.insert(hosts, redis.call('HGETALL', hosts_key(id, i)))
  end
  local seen = redis.call('HGET', cluster_key(job_get(id, 'cluster')), 'observation') or ''
  return {redis.call('HGETALL', job_key(id)), steps, hosts, seen, around(id)}
end

local STEP_ROW = {'name', 'status', 'attempt', 'error', 'ends_by', 'final', 'waits_for', 'closes',
  'owed'}
local NOT_IN_ROWS = {plan = true, params = true, reserves = true, coming = true, cause = true}

-- What of a step a list tells; its output only where that has findings.
local function step_row(id, i)
  local found, row = redis.call('HMGET', step_key(id, i), 'output', unpack(STEP_ROW)), {}
  for place, field in ipairs(STEP_ROW) do row[field] = found[place + 1] or nil end
  if found[1] and string.find(found[1], '"findings": [{', 1, true) then row.output = found[1] end
  return row
end

-- A job as a list tells it. Its plan stands apart, since it is a document of its own.
local function row_of(id)
  local flat, row, steps, plan = redis.call('HGETALL', job_key(id)), {}, {}, ''
  if #flat == 0 then return false end
  for i = 1, #flat, 2 do
    if flat[i] == 'plan' then plan = flat[i + 1] end
    if not NOT_IN_ROWS[flat[i]] then row[flat[i]] = flat[i + 1] end
  end
  for i = 0, steps_of(id) - 1 do table.insert(steps, step_row(id, i)) end
  return {plan, cjson.encode({row = row, steps = steps, around = {around(id)}})}
end

-- Reads jobs without what their hosts said, what was asked for and how their clusters were seen.
function ops.rows()
  local found = {}
  for _, id in ipairs(a.jobs) do table.insert(found, row_of(id)) end
  return found
end
