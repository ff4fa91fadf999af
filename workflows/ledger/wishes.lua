-- Which events a subscription wants to be told of: part of asked_of_deliveries.lua.

-- Whether a text fits a pattern of * and ?; more than four * are refused when one is made.
local function fits(text, glob)
  local escaped = string.gsub(glob, '[%^%$%(%)%%%.%[%]%+%-]', '%%%0')
  local pattern = string.gsub(string.gsub(escaped, '%*', '.*'), '%?', '.')
  return string.find(text, '^' .. pattern .. '$') ~= nil
end

local function fits_one(text, globs)
  for _, glob in ipairs(globs) do
    if fits(text, glob) then return true end
  end
  return #globs == 0
end

-- What subscriptions are asked about, read once for an event. Of a cluster whose record is gone nobody
-- knows the environment: it is told rather than missed. Of a job's event the status is the one that
-- it led to, since the job may have gone on; of others the job's.
local function facts_of(event)
  local job = redis.call('HMGET', job_key(event.job), 'cluster', 'kind', 'status', 'requested_by',
    'founds')
  local environment = redis.call('HGET', cluster_key(job[1] or ''), 'environment')
  local is_of_job = string.find(event.type, '^job%.')
  return {cluster = job[1] or '', kind = job[2] or '', by = job[4] or '',
    status = is_of_job and event.status or job[3] or '', environment = environment or job[5] or ''}
end

local function is_wanted(wish, event, facts)
  if wish.job ~= '' and wish.job ~= event.job then return false end
  if wish.source ~= '' and facts.by ~= 'hook:' .. wish.source then return false end
  return fits_one(event.type, wish.events) and fits(facts.cluster, wish.clusters)
    and fits_one(facts.kind, wish.kinds) and fits_one(facts.status, wish.statuses)
    and (facts.environment == '' or fits_one(facts.environment, wish.environments))
end
