-- Chooses the server of each request: the one with the fewest requests in flight among those that the agent names in a file. A server
-- that fails where others do not is ejected for a while, never more than half of them; when none is left, all are used.
local balancer = require "ngx.balancer"
local stats = require "paddock_stats"

local shared = ngx.shared.paddock

-- How often a worker looks at the file, in seconds.
local LOOK = 0.25
-- Requests in flight from one worker at one server: below the server's listen queue (4096), so that what is too much is told so.
local MOST = 1000
-- Other servers that a request is offered.
local MORE = 2
-- Connections refused in a row after which a server is ejected.
local REFUSED = 2
-- Each answer's weight in a server's share of failures: six failures in a row make it half.
local WEIGHT = 1 / 8
-- Seconds of the first ejection: for a server that takes no connection, and for one that answers with errors. The second is longer than
-- the time after which such a server is replaced, so that it is not tried again on visitors. Each next one is twice as long.
local CLOSED, FAULTY, LONGEST = 10, 30, 60

local M = {}

local text             -- what the file said last
local closing = false  -- whether connections of visitors are closed after their next answer
local servers = {}     -- in the set, each { address, host, port }
local flying = {}      -- requests in flight from this worker, by address: nothing shared, so that nothing is left of a worker that dies
local taken = {}       -- the server of each request in flight, and those before it, by request id: ngx.ctx is lost in an error page

local function forget(address)
  for _, what in ipairs({ "out ", "bad ", "refused ", "times " }) do shared:delete(what .. address) end
end

local function read(path)
  local file = io.open(path)
  if not file then return end
  local now = file:read("*a")
  file:close()
  if now == text then return end
  local first = text == nil
  text = now
  closing = now:find("^closing\n") ~= nil
  local before = {}
  for _, server in ipairs(servers) do before[server.address] = true end
  servers = {}
  for host, port in now:gmatch("(%d+%.%d+%.%d+%.%d+):(%d+)\n") do
    local address = host .. ":" .. port
    servers[#servers + 1] = { address = address, host = host, port = tonumber(port) }
    -- The same address may be another machine by now.
    if not first and not before[address] then forget(address) end
  end
end

local function ejected(address)
  return shared:get("out " .. address)
end

local function eject(address, seconds, why)
  if ejected(address) then return end
  local out = 1
  for _, server in ipairs(servers) do
    if ejected(server.address) then out = out + 1 end
  end
  if out * 2 > #servers then return end
  local times = shared:incr("times " .. address, 1, 0, 600) or 1
  local length = math.min(LONGEST, seconds * 2 ^ (times - 1))
  shared:set("out " .. address, ngx.now(), length)
  ngx.log(ngx.WARN, '{"event":"ejected server","server":"', address, '","seconds":', length, ',"because":"', why, '"}')
end

local function least(tried, all)
  local best, fewest, equals = nil, math.huge, 0
  for _, server in ipairs(servers) do
    if not tried[server.address] and (all or not ejected(server.address)) then
      local count = flying[server.address] or 0
      if count < fewest then best, fewest, equals = server, count, 0 end
      if count == fewest then
        equals = equals + 1
        if math.random(equals) == 1 then best = server end
      end
    end
  end
  return best, fewest
end

local function land(address)
  flying[address] = flying[address] > 1 and flying[address] - 1 or nil
end

local function refused(address)
  if (shared:incr("refused " .. address, 1, 0, 30) or 0) >= REFUSED then eject(address, CLOSED, "it takes no connection") end
end

-- The other servers' share of failures.
local function elsewhere(address)
  local sum, count = 0, 0
  for _, server in ipairs(servers) do
    if server.address ~= address and not ejected(server.address) then
      sum, count = sum + (shared:get("bad " .. server.address) or 0), count + 1
    end
  end
  return count > 0 and sum / count or 1
end

local function blame(address, share)
  if elsewhere(address) < share / 2 then
    eject(address, FAULTY, "it fails where others do not")
    -- When it comes back, it is on probation: one more failure and it is out again.
    if ejected(address) then shared:set("bad " .. address, 0.45) end
  else
    -- The others fail too: it is nothing of theirs, and all are used.
    for _, server in ipairs(servers) do shared:delete("out " .. server.address) end
  end
end

local function judge(address, failed)
  local before = shared:get("bad " .. address) or 0
  local share = before + ((failed and 1 or 0) - before) * WEIGHT
  if failed or before > 0.001 then shared:set("bad " .. address, share) end
  if failed and share >= 0.5 then blame(address, share) end
  if not failed and shared:get("refused " .. address) then shared:delete("refused " .. address) end
end

-- The last part of a variable that has one for each server that was tried.
local function last(variable)
  return variable and variable:match("([^%s,:]+)%s*$") or "-"
end

function M.begin(path)
  math.randomseed(ngx.now() * 1000 + ngx.worker.pid())
  read(path)
  ngx.timer.every(LOOK, function() read(path) end)
end

function M.choose()
  local id = ngx.var.request_id
  local request = taken[id]
  if not request then
    request = { tried = {} }
    taken[id] = request
  elseif request.address then
    land(request.address)
    if balancer.get_last_failure() then refused(request.address)
    else request.tried = {} end -- The application led nginx back here: a request of its own.
    request.address = nil
  end
  local server, fewest = least(request.tried)
  if not server then server, fewest = least(request.tried, true) end
  if not server or fewest >= MOST then return ngx.exit(-3) end
  if not next(request.tried) then balancer.set_more_tries(MORE) end
  request.tried[server.address] = true
  request.address = server.address
  flying[server.address] = fewest + 1
  balancer.set_current_peer(server.host, server.port)
end

function M.passing()
  if closing then return ngx.exec("@closing") end
end

function M.answered()
  -- The machine's own questions, and visitors at the wrong address.
  if ngx.var.server_name == "" then return end
  local id = ngx.var.request_id
  local request = taken[id]
  taken[id] = nil
  if request and request.address then
    land(request.address)
    local status = tonumber(last(ngx.var.upstream_status)) or 0
    if last(ngx.var.upstream_header_time) ~= "-" then judge(request.address, status >= 500)
    elseif ngx.status == 499 then -- The visitor went away first.
    elseif status == 502 then refused(request.address)
    else
      if last(ngx.var.upstream_connect_time) == "-" then refused(request.address) end
      judge(request.address, true)
    end
  end
  if request or ngx.status >= 500 then stats.count(ngx.status, ngx.var.upstream_response_time) end
end

function M.stats()
  local out = {}
  for _, server in ipairs(servers) do
    local since = ejected(server.address)
    if since then out[server.address] = ngx.now() - since end
  end
  stats.say(out)
end

return M
