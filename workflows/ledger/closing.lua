-- Steps that take back what an earlier step, their opener, did: part of ledger.lua. A closing step runs
-- in its place like any other; where the job stops before it, it is owed, and runs before the job rests.

-- Its opener has begun, and what that did may be there still.
local function is_owed(id, i) return step_get(id, i, 'owed') == '1' end

-- What the job is to take back before it rests; a closing step that was given up is not among it.
local function owed_steps(id)
  local found = {}
  for i = 0, steps_of(id) - 1 do
    if is_owed(id, i) and step_get(id, i, 'status') ~= 'failed' then table.insert(found, i) end
  end
  return found
end

-- From its first moment on an opener may have done something.
local function note_opened(id, i)
  local closing = step_get(id, i, 'closed_by')
  if closing ~= '' then redis.call('HSET', step_key(id, number(closing)), 'owed', '1') end
end

-- A closing step is done, or its opener undone: either way nothing is owed.
local function note_taken_back(id, i, undo)
  local closing = undo and step_get(id, i, 'closed_by') or int(i)
  if closing ~= '' then redis.call('HDEL', step_key(id, number(closing)), 'owed') end
end

-- Whether there is something to take back before the job rests; the job is at that then. `at` is the
-- step that failed, if one did. A job that waits for its cluster works on nothing.
local function closes_first(id, ends, at, told)
  local owed = owed_steps(id)
  if #owed == 0 or job_get(id, 'status') == 'queued' then return false end
  redis.call('HSET', job_key(id), 'ends', ends, 'ends_at', at and int(at) or '')
  told = told or {}
  told.ends, told.steps = ends, owed
  move_job(id, 'closing-started', cjson.encode(told))
  -- The one that a Celery worker is in the middle of is carried on with.
  if number(step_get(id, owed[1], 'lease')) <= NOW then due(id, NOW) end
  return true
end

-- What the job was on its way to, and what its event tells: the error of the step that failed.
local function end_after_closing(id)
  local ends, at = job_get(id, 'ends'), job_get(id, 'ends_at')
  redis.call('HDEL', job_key(id), 'ends', 'ends_at')
  local error_json = at ~= '' and step_get(id, number(at), 'error') or job_get(id, 'error')
  move_job(id, ends, error_json ~= '' and error_json or nil)
end

-- A closing step that is done while one before it, from its opener on, is to be done still.
local function was_closed_early(id, opener, closing)
  if step_get(id, closing, 'status') ~= 'done' then return false end
  for i = opener, closing - 1 do
    local status = step_get(id, i, 'status')
    if status ~= 'left-out' and status ~= 'done' then return true end
  end
  return false
end

-- Who goes on does again what was taken back, from the opener on, and on every host. What steps noted
-- and kept of before stays: their undo leads back to before the first time.
local function reopen_taken_back(id)
  for closing = 0, steps_of(id) - 1 do
    local opener = step_get(id, closing, 'closes')
    if opener ~= '' and was_closed_early(id, number(opener), closing) then
      for i = number(opener), closing do
        redis.call('DEL', hosts_key(id, i))
        if step_get(id, i, 'status') == 'done' then move_step(id, i, 'reopened') end
      end
    end
  end
end
