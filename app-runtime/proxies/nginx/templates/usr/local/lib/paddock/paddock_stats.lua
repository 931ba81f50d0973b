-- What nginx answered since it began, counted by all of its workers together, and over a reload.
local shared = ngx.shared.paddock

-- Upper bounds of the times that are counted, in seconds. Half a request budget, beyond which an alarm rings, is one of them: 15 for the
-- usual 30, or an answer of 12 s would be told as one of 20.
local BOUNDS = { 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 450, 900 }

local M = {}

-- An answer to a visitor, and how long servers took for it: "0.004", or "1.500, 0.004" where two were tried.
function M.count(status, times)
  local seconds = 0
  for time in (times or ""):gmatch("[%d.]+") do seconds = seconds + (tonumber(time) or 0) end
  shared:incr("requests", 1, 0)
  if status >= 500 then shared:incr("errors", 1, 0) end
  for index, bound in ipairs(BOUNDS) do
    if seconds <= bound or index == #BOUNDS then return shared:incr("within " .. bound, 1, 0) end
  end
end

-- Says it as JSON. `ejected` holds the seconds since a server was ejected, by address.
function M.say(ejected)
  local within, out = {}, {}
  for index, bound in ipairs(BOUNDS) do within[index] = '"' .. bound .. '":' .. (shared:get("within " .. bound) or 0) end
  for address, seconds in pairs(ejected) do out[#out + 1] = '"' .. address .. '":' .. seconds end
  ngx.header.content_type = "application/json"
  ngx.say('{"requests":', shared:get("requests") or 0, ',"server_errors":', shared:get("errors") or 0,
    ',"seconds":{', table.concat(within, ","), '},"ejected":{', table.concat(out, ","), "}}")
end

return M
