-- Every cluster with how soon somebody has to look at it: 0 at once, 1 soon, 2 whenever.
-- Observations are told by their texts, so that two hundred of them are not read one by one.
local WENT_WRONG = {failed = true, stuck = true}

local function newest_went_wrong(cluster)
  local id = redis.call('ZREVRANGE', 'cw:jobs:cluster:' .. cluster, 0, 0)[1]
  return id and WENT_WRONG[redis.call('HGET', 'cw:job:' .. id, 'status') or '']
end

local function level_of(cluster)
  if newest_went_wrong(cluster) then return 0 end
  local seen = redis.call('HGET', 'cw:cluster:' .. cluster, 'observation')
  if not seen then return 1 end
  if string.find(seen, '"leader": ""', 1, true) then return 0 end
  return string.find(seen, '"findings": []', 1, true) and 2 or 1
end

local found = {}
for _, cluster in ipairs(redis.call('SMEMBERS', 'cw:clusters')) do
  table.insert(found, {level_of(cluster), cluster})
end
return found
