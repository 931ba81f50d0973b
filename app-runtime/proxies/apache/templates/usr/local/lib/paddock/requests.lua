-- What Apache's own directives cannot do about a body whose length nobody says.
require "apache2"

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

-- Says 413 for one that was cut off there, where Apache has 400.
function told(r)
  r.status = 413
  return apache2.DECLINED
end
