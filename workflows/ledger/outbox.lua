-- What is told to others: part of ledger.lua. An event goes into the outbox in the script that makes
-- it, so that a crash neither loses one nor tells of what never was.
local post, post_free

do -- A chunk of Lua has 200 local names at most.
local TOLD = {job = true, host = true, cluster = true}

function post(id, seq, kind, status)
  local is_somebody_told = redis.call('EXISTS', 'cw:subscriptions') == 1
  if not is_somebody_told or not TOLD[string.match(kind, '^%a+')] then return end
  redis.call('XADD', 'cw:outbox', '*', 'job', id, 'seq', int(seq), 'type', kind, 'at', int(NOW),
    'status', status)
end

-- Nobody has the cluster any more, and nobody waits for it.
function post_free(id)
  local cluster = job_get(id, 'cluster')
  local is_held = redis.call('EXISTS', holder_key(cluster)) == 1
  if not is_held and redis.call('LLEN', queue_key(cluster)) == 0 then
    post(id, number(job_get(id, 'seq')), 'cluster.free', '')
  end
end
end
