-- What is counted for operators: part of ledger.lua, and filled in by workflows/tallies.py.
-- Each count moves in the script that moves the job or step, so that a crash neither loses one nor
-- counts one twice. A field is words joined by "|"; times are in milliseconds.
local BUCKETS = @BUCKETS@
local UNFINISHED = @UNFINISHED@

local function tally(field, by) redis.call('HINCRBY', 'cw:tallies', field, by or 1) end

-- The jobs of a status are those that entered it less those that left it.
local function tally_job(id, from, to)
  local kind = job_get(id, 'kind')
  tally('entered|' .. kind .. '|' .. to)
  if from then tally('left|' .. kind .. '|' .. from) end
  if UNFINISHED[from or ''] then redis.call('ZREM', 'cw:since:' .. from, id) end
  if UNFINISHED[to] then redis.call('ZADD', 'cw:since:' .. to, int(NOW), id) end
end

-- An attempt ends once, whatever is said of its step afterwards.
local function tally_end(id, i, outcome)
  local begun = step_get(id, i, 'begun')
  if begun == '' then return end
  redis.call('HDEL', step_key(id, i), 'begun')
  local what = step_get(id, i, 'name') .. '|' .. outcome
  local spent = math.max(NOW - number(begun), 0)
  local bound = '+Inf'
  for _, limit in ipairs(BUCKETS) do
    if spent <= limit then bound = int(limit) break end
  end
  tally('ended|' .. what .. '|' .. bound)
  tally('spent|' .. what, int(spent))
end

local function tally_step(id, i, event)
  if event ~= 'started' and event ~= 'undo-started' then return tally_end(id, i, event) end
  redis.call('HSET', step_key(id, i), 'begun', int(NOW))
  local direction = event == 'started' and 'apply' or 'undo'
  tally('attempts|' .. step_get(id, i, 'name') .. '|' .. direction)
end

-- How long a step took, and in which job, for those who plan one like it: the last 50 of its name
-- and number of hosts, and of them the last 20 of each cluster, for a year after the newest.
-- One that rested in between, or waited for a person, says nothing of the next.
local function tally_duration(id, i, size)
  local began = number(step_get(id, i, 'started'))
  if not size or number(job_get(id, 'running_since')) > began then return end
  local step = step_get(id, i, 'name') .. ':' .. size
  local runs = int(math.max(NOW - began, 0)) .. ':' .. string.sub(id, 1, 8)
  redis.call('LPUSH', 'cw:durations:' .. step, runs)
  redis.call('LTRIM', 'cw:durations:' .. step, 0, 49)
  local own, kept = 'cw:durations-of:' .. job_get(id, 'cluster'), 1
  for earlier in string.gmatch(redis.call('HGET', own, step) or '', '%S+') do
    if kept == 20 then break end
    runs, kept = runs .. ' ' .. earlier, kept + 1
  end
  redis.call('HSET', own, step, runs)
  redis.call('EXPIRE', own, 31536000)
end

local function tally_failure(id, i, error_kind)
  tally('failures|' .. step_get(id, i, 'name') .. '|' .. error_kind)
end

-- Why the reconciler had to publish a job's remaining steps.
local function tally_reconciled(id, first)
  local reason = 'unclaimed'
  if not first then
    reason = 'no-steps-left'
  elseif step_get(id, first, 'token') ~= '' then
    reason = 'lease-expired'
  elseif step_get(id, first, 'due') ~= '' then
    reason = 'retry-due'
  end
  tally('reconciled|' .. reason)
end
