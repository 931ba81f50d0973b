-- Asks for the given paths in turn and prints what came of it as one line of JSON. One path alone is asked for without this script,
-- which would take more of the computer than nginx does.
function init(paths)
  wrk.path = paths[1]
  if #paths == 1 then return end
  local requests, turn = {}, 0
  for _, path in ipairs(paths) do requests[#requests + 1] = wrk.format("GET", path) end
  request = function()
    turn = turn % #requests + 1
    return requests[turn]
  end
end

function done(summary, latency)
  local e = summary.errors
  io.write(string.format('{"requests":%d,"seconds":%f,"p50":%f,"p99":%f,"errors":%d}\n', summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, e.connect + e.read + e.write + e.status + e.timeout))
end
