-- How every script on a stream channel begins: is what we remember of it still true?
-- KEYS: the channel's state, history and ids.
-- ARGV: an epoch to use if one is needed, milliseconds that the state outlives its last use.
-- A server that was started again, or another that took over, may have lost the end of the history. Its run_id
-- differs from the one stored, so the history is dropped and a new epoch tells every reader that it may have missed
-- something.
local state, history, ids = KEYS[1], KEYS[2], KEYS[3]
local run_id = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
local known = redis.call('HMGET', state, 'run_id', 'epoch', 'offset')
if known[1] ~= run_id then
    redis.call('DEL', state, history, ids)
    redis.call('HSET', state, 'run_id', run_id, 'epoch', ARGV[1], 'offset', '0')
    known = {run_id, ARGV[1], '0'}
end
redis.call('PEXPIRE', state, ARGV[2])
local epoch, offset = known[2], tonumber(known[3])

