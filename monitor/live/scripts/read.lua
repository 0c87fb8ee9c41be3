-- Gives a reader where the channel stands and, if it says where it was, all that it missed or word that this is gone.
-- ARGV: as above, the reader's offset or -1, its epoch.
local since = tonumber(ARGV[3])
if since < 0 or since > offset or ARGV[4] ~= epoch then
    return {epoch, offset, 0, {}}
end
local missed = {}
if since < offset then
    for _, entry in ipairs(redis.call('XRANGE', history, string.format('%.0f-0', since + 1), '+')) do
        missed[#missed + 1] = entry[2][2]
    end
end
return {epoch, offset, #missed == offset - since and 1 or 0, missed}
