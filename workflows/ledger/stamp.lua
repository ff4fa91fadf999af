-- Everything that a job's picture hangs on, as one short text; nothing for an unknown job.
-- Every transition moves the sequence number; the rest comes from other jobs of the cluster.
local job = redis.call('HMGET', 'cw:job:' .. ARGV[1], 'seq', 'cluster', 'site')
if not job[1] then return nil end
local place = redis.call('LPOS', 'cw:queue:' .. job[2], ARGV[1]) or ''
local holder = redis.call('GET', 'cw:holder:' .. job[2]) or ''
local seen = redis.call('HGET', 'cw:cluster:' .. job[2], 'observed_at') or ''
local revision = redis.call('HGET', 'cw:revision:' .. job[2], 'n') or ''
local heard = tonumber(redis.call('ZSCORE', 'cw:workers:sites', job[3] or '') or '0')
local served = heard >= redis.call('TIME')[1] - ARGV[2]
return table.concat({job[1], place, holder, seen, revision, tostring(served)}, ' ')
