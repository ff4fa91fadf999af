-- What Redis calls. The second is for what is only read: Redis carries that out also while it takes
-- no writes, because its memory or its disk is full.
local function answer(_, arguments)
  a = cjson.decode(arguments[1])
  local clock = redis.call('TIME')
  NOW = clock[1] * 1000 + math.floor(clock[2] / 1000)
  return ops[a.op]()
end

redis.register_function('@NAME@', answer)
redis.register_function({
  function_name = '@NAME@_reads', callback = answer, flags = {'no-writes'},
})
