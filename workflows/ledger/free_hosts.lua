-- The hosts that no cluster has, or the named one: of a thousand, names are all that is passed on.
local found = {}
for _, name in ipairs(redis.call('SMEMBERS', 'cw:hosts')) do
  local cluster = redis.call('HGET', 'cw:host:' .. name, 'cluster')
  if cluster == '' or cluster == ARGV[1] then table.insert(found, name) end
end
return found
