-- What is told to others: part of ledger.lua. An event goes into the outbox in the script that makes
-- it, so that a crash neither loses one nor tells of what never was.
local function is_somebody_told() return redis.call('EXISTS', 'cw:subscriptions') == 1 end

local TOLD = {job = true, step = true, host = true, cluster = true}

local function post(id, seq, kind, status)
  if not is_somebody_told() or not TOLD[string.match(kind, '^%a+')] then return end
  redis.call('XADD', 'cw:outbox', '*', 'job', id, 'seq', int(seq), 'type', kind, 'at', int(NOW),
    'status', status)
end

-- Nobody has the cluster any more, and nobody waits for it.
local function post_free(id)
  local cluster = job_get(id, 'cluster')
  if redis.call('EXISTS', holder_key(cluster)) == 0 and redis.call('LLEN', queue_key(cluster)) == 0 then
    post(id, number(job_get(id, 'seq')), 'cluster.free', '')
  end
end
