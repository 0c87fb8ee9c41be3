-- Adds events to the channel and tells its followers, all in one step.
-- ARGV: as above, the Redis channel, the history's length, milliseconds that it outlives the last event, then id and
-- JSON of each event. An id that is still among those of the history was published before, by somebody who died before
-- writing that down; it is passed over. Ids are compared one by one: they commit out of order.
local length = tonumber(ARGV[4])
local first, told = offset + 1, {}
for at = 6, #ARGV, 2 do
    if not redis.call('ZSCORE', ids, ARGV[at]) then
        offset = offset + 1
        redis.call('XADD', history, 'MAXLEN', length, string.format('%.0f-0', offset), 'event', ARGV[at + 1])
        redis.call('ZADD', ids, offset, ARGV[at])
        told[#told + 1] = ARGV[at + 1]
    end
end
if #told > 0 then
    redis.call('HSET', state, 'offset', string.format('%.0f', offset))
    redis.call('ZREMRANGEBYSCORE', ids, '-inf', offset - length)
    redis.call('PEXPIRE', history, ARGV[5])
    redis.call('PEXPIRE', ids, ARGV[5])
    local place = string.format('["%s",%.0f,', epoch, first)
    redis.call('PUBLISH', ARGV[3], place .. '[' .. table.concat(told, ',') .. ']]')
end
return #told
