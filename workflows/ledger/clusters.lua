-- A cluster's record, the revision that counts its writes, and the hosts that jobs reserve for it:
-- part of ledger.lua. A host is reserved by a job and owned by a node's write; each is freed by its
-- own opposite, and by nobody else.
local function cluster_key(c) return 'cw:cluster:' .. c end
local function host_key(h) return 'cw:host:' .. h end
local function revision_key(c) return 'cw:revision:' .. c end
local function holds_key(id) return 'cw:job:' .. id .. ':holds' end
local function has_record(c) return redis.call('EXISTS', cluster_key(c)) == 1 end
local function revision(c) return number(redis.call('HGET', revision_key(c), 'n') or '0') end

-- The job's plan rests on the record as it is now: it was looked at, or the job itself wrote it.
local function rest_on(id, n) redis.call('HSET', job_key(id), 'basis', int(n)) end

local function wrote(id)
  local cluster = job_get(id, 'cluster')
  local n = redis.call('HINCRBY', revision_key(cluster), 'n', 1)
  redis.call('HSET', revision_key(cluster), 'by', id)
  if has_record(cluster) then redis.call('HSET', cluster_key(cluster), 'revision', int(n)) end
  rest_on(id, n)
end

local function locks(id) return job_get(id, 'lock') ~= 'none' end

-- Another job has written the cluster's record since this one looked at it, or wrote it itself.
local function is_overtaken(id)
  return locks(id) and number(job_get(id, 'basis')) ~= revision(job_get(id, 'cluster'))
end

local function overtaken_by(id)
  return redis.call('HGET', revision_key(job_get(id, 'cluster')), 'by') or ''
end

-- Why a job may not have a host: it is unknown, of another cluster, or another job's, which may
-- still go on. A job that was overtaken never does.
local function in_the_way(id, host, cluster)
  local row = redis.call('HMGET', host_key(host), 'cluster', 'reserved_by')
  local owner, by = row[1], row[2] or ''
  if not owner then return host .. ' ' end
  if owner ~= '' and owner ~= cluster then return host .. ' ' .. owner end
  if by == '' or by == id then return nil end
  if job_get(by, 'status') == '' then return nil end
  if not UNFINISHED[job_get(by, 'status')] and is_overtaken(by) then return nil end
  return host .. ' ' .. owner .. ' ' .. by
end

local function is_node(cluster, host)
  return redis.call('HEXISTS', cluster_key(cluster), 'node:' .. host) == 1
end

local function hold(id, host)
  redis.call('HSET', host_key(host), 'cluster', job_get(id, 'cluster'), 'reserved_by', id)
  redis.call('SADD', holds_key(id), host)
end

-- The first of these hosts, a list in JSON, that the job may not have.
local function first_taken(id, hosts)
  for _, host in ipairs(cjson.decode(hosts)) do
    local taken = in_the_way(id, host, job_get(id, 'cluster'))
    if taken then return taken end
  end
  return nil
end

-- Takes the hosts that the job needs, and makes the record of a cluster that it is to form; answers
-- the first host that is in the way, and has done nothing then.
local function reserve(id)
  local cluster = job_get(id, 'cluster')
  local hosts = cjson.decode(job_get(id, 'reserves'))
  local taken = first_taken(id, job_get(id, 'reserves'))
  if taken then return taken end
  local environment = job_get(id, 'founds')
  if environment ~= '' and not has_record(cluster) then
    redis.call('HSET', cluster_key(cluster), 'name', cluster, 'environment', environment,
      'phase', 'forming', 'addons', '[]', 'made_by', id)
    redis.call('SADD', 'cw:clusters', cluster)
    wrote(id)
  end
  local coming = cjson.decode(job_get(id, 'coming'))
  for _, host in ipairs(hosts) do
    if not is_node(cluster, host) then
      hold(id, host)
      if coming[host] and has_record(cluster) then
        redis.call('HSET', cluster_key(cluster), 'coming:' .. host, cjson.encode(coming[host]))
      end
    end
  end
  return nil
end

-- A host that the job has reserved does not become a node any more.
local function forget_coming(id, host)
  if redis.call('HGET', host_key(host), 'reserved_by') ~= id then return false end
  redis.call('HDEL', cluster_key(job_get(id, 'cluster')), 'coming:' .. host)
  return true
end

local function free_held(id)
  for _, host in ipairs(redis.call('SMEMBERS', holds_key(id))) do
    if forget_coming(id, host) then
      redis.call('HSET', host_key(host), 'cluster', '', 'reserved_by', '')
    end
  end
  redis.call('DEL', holds_key(id))
end

-- Gives the hosts free that the job still holds, and takes back the record of a cluster that it was
-- to form and did not.
local function release(id)
  local cluster = job_get(id, 'cluster')
  free_held(id)
  local row = redis.call('HMGET', cluster_key(cluster), 'made_by', 'phase')
  if row[1] == id and row[2] == 'forming' then
    redis.call('DEL', cluster_key(cluster))
    redis.call('SREM', 'cw:clusters', cluster)
    wrote(id)
  end
end

-- Puts a field, and notes what was there: false for nothing.
local function put(former, key, field, value)
  table.insert(former, {key, field, redis.call('HGET', key, field)})
  if value then redis.call('HSET', key, field, value) else redis.call('HDEL', key, field) end
end

-- When the newest proved backup was taken, which is no write of the record: no plan's steps rest on
-- it, so a backup overtakes nobody. An undone step has taken its backup away again.
local function note_backup(id, i, at, undo)
  local cluster = job_get(id, 'cluster')
  local key = cluster_key(cluster)
  local known = redis.call('HGET', key, 'backed_up_at') or ''
  if undo then
    if known == '' or known ~= redis.call('HGET', step_key(id, i), 'backed_up_at') then return end
    local former = redis.call('HGET', step_key(id, i), 'backed_up_before') or ''
    if former == '' then redis.call('HDEL', key, 'backed_up_at')
    else redis.call('HSET', key, 'backed_up_at', former) end
  elseif at and has_record(cluster) and math.min(at, NOW) > number(known) then
    redis.call('HSET', step_key(id, i), 'backed_up_at', int(math.min(at, NOW)),
      'backed_up_before', known)
    redis.call('HSET', key, 'backed_up_at', int(math.min(at, NOW)))
  end
end

local WRITES = {}

WRITES['set-node'] = function(id, write, former)
  local cluster = job_get(id, 'cluster')
  local key, host, node = cluster_key(cluster), write.host, write.node
  local known = redis.call('HGET', key, 'node:' .. host)
  node.place = known and cjson.decode(known).place or redis.call('HINCRBY', key, 'places', 1)
  put(former, key, 'node:' .. host, cjson.encode(node))
  redis.call('HSET', key, 'marked_at', int(NOW))
  put(former, key, 'coming:' .. host, false)
  put(former, host_key(host), 'cluster', cluster)
  put(former, host_key(host), 'reserved_by', '')
end

-- Until the job is at its end it may still work on the host.
WRITES['drop-node'] = function(id, write, former)
  put(former, cluster_key(job_get(id, 'cluster')), 'node:' .. write.host, false)
  put(former, host_key(write.host), 'reserved_by', id)
  redis.call('SADD', holds_key(id), write.host)
end

WRITES['set-addons'] = function(id, write, former)
  local addons = #write.addons == 0 and '[]' or cjson.encode(write.addons)
  local key = cluster_key(job_get(id, 'cluster'))
  put(former, key, 'addons', addons)
  redis.call('HSET', key, 'addons_at', int(NOW))
end

WRITES['set-phase'] = function(id, write, former)
  put(former, cluster_key(job_get(id, 'cluster')), 'phase', write.phase)
end

-- What jobs that rest have reserved for a cluster is free once there is no such cluster.
local function free_reserved(cluster)
  for _, id in ipairs(redis.call('ZRANGE', 'cw:jobs:cluster:' .. cluster, 0, -1)) do
    if not UNFINISHED[job_get(id, 'status')] then free_held(id) end
  end
end

WRITES['forget'] = function(id)
  local cluster = job_get(id, 'cluster')
  for _, field in ipairs(redis.call('HKEYS', cluster_key(cluster))) do
    local host = string.match(field, '^node:(.+)$')
    if host and redis.call('HGET', host_key(host), 'cluster') == cluster then
      redis.call('HSET', host_key(host), 'cluster', '', 'reserved_by', '')
    end
  end
  free_reserved(cluster)
  redis.call('DEL', cluster_key(cluster))
  redis.call('SREM', 'cw:clusters', cluster)
end

-- The writes of a step that is done; the step keeps what they replaced. One that is done again, since
-- what it did was taken back, keeps what there was before the first time too.
local function write_record(id, i, writes)
  if #writes == 0 then return end
  local cluster = job_get(id, 'cluster')
  if not has_record(cluster) then
    error('ILLEGAL cannot write the record of cluster ' .. cluster .. ' as there is none')
  end
  local former = cjson.decode(redis.call('HGET', step_key(id, i), 'former') or '[]')
  for _, write in ipairs(writes) do WRITES[write["do"]](id, write, former) end
  redis.call('HSET', step_key(id, i), 'former', cjson.encode(former))
  wrote(id)
end

-- An undone step puts back what its writes replaced, last first.
local function put_back(id, i)
  local former = cjson.decode(redis.call('HGET', step_key(id, i), 'former') or '[]')
  for place = #former, 1, -1 do
    local key, field, value = former[place][1], former[place][2], former[place][3]
    if value then redis.call('HSET', key, field, value) else redis.call('HDEL', key, field) end
    if value and string.match(field, '^node:') then
      redis.call('HSET', key, 'marked_at', int(NOW))
    end
    if field == 'addons' then redis.call('HSET', key, 'addons_at', int(NOW)) end
  end
  redis.call('HDEL', step_key(id, i), 'former')
  if #former > 0 then wrote(id) end
end
