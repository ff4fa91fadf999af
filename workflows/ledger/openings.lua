-- When jobs may begin, by the windows and freezes of their clusters: part of ledger.lua. What these
-- come to is worked out by workflows/windows, and stands in the job: from when to when it may begin,
-- and of which revision of the calendar that is true.
local OPENINGS = 'cw:openings'

local function calendar_revision()
  return number(redis.call('HGET', 'cw:calendar', 'revision') or '0')
end

-- A job that has begun, or goes back, is kept back by nothing; nor is what changes nothing.
local function may_open(id)
  if not locks(id) or job_get(id, 'direction') == 'undo' or begun(id) then return true end
  if number(job_get(id, 'calendar')) ~= calendar_revision() then return false end
  local opens, closes = job_get(id, 'opens'), job_get(id, 'closes')
  if opens == 'never' then return false end
  return number(opens) <= NOW and (closes == '' or NOW < number(closes))
end

local function put_opening(id)
  redis.call('HSET', job_key(id), 'opens', a.opens or '', 'closes', a.closes or '',
    'calendar', int(a.calendar or 0), 'held_by', a.held_by or '')
end

local function forget_opening(id)
  redis.call('ZREM', OPENINGS, id)
  redis.call('HDEL', job_key(id), 'held_since', 'held_by')
end

-- A job that waits for its window keeps its hosts, and neither its cluster nor a place in the queue.
local function hold_back(id)
  redis.call('SADD', loose_key(job_get(id, 'cluster')), id)
  local opens = number(job_get(id, 'opens'))
  local is_known = number(job_get(id, 'calendar')) == calendar_revision() and opens > NOW
  if job_get(id, 'opens') == 'never' and number(job_get(id, 'calendar')) == calendar_revision() then
    redis.call('ZADD', OPENINGS, '+inf', id)
  else
    redis.call('ZADD', OPENINGS, is_known and int(opens) or '0', id)
  end
  if redis.call('HSETNX', job_key(id), 'held_since', int(NOW)) == 1 then
    emit(id, 'job.held-back', nil, job_get(id, 'status'),
      cjson.encode({opens = is_known and opens / 1000 or nil, because = job_get(id, 'held_by')}))
  end
end

-- Who accepts to begin outside of a window, or in a freeze, has that looked at anew.
local function accept_opening(id)
  local codes = a.accept or ''
  if string.find(codes, '"outside-window"', 1, true) or string.find(codes, '"cluster-frozen"', 1, true) then
    redis.call('HSET', job_key(id), 'calendar', '-1')
  end
end
