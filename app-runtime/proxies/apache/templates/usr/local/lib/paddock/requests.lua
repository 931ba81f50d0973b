-- What Apache's own directives cannot do to a request before it is passed on.
require "apache2"

-- Drops headers whose names have anything but letters, digits and dashes, as nginx does. And says 413 where Apache has 400 for a body
-- that was cut off below.
function prepare(r)
  for name in pairs(r:headers_in_table()) do
    if name:find("[^%w-]") then r.headers_in[name] = nil end
  end
  if r.subprocess_env.REDIRECT_too_large then r.status = 413 end
  return apache2.DECLINED
end

-- Lets a body through up to its limit: LimitRequestBody is for what Apache does not pass on.
function bounded(r)
  local most, seen = tonumber(r.subprocess_env.most_bytes), 0
  coroutine.yield()
  while bucket do
    seen = seen + #bucket
    if seen > most then
      r.subprocess_env.too_large = "1"
      return
    end
    coroutine.yield(bucket)
  end
end
