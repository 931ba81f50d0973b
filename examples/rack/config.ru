# A web application on Rack alone. It does what a site does: pages, work that waits, uploads, an answer in parts.
require "digest"
require "json"
require "rack"

JSON_TYPE = { "content-type" => "application/json" }.freeze
TEXT_TYPE = { "content-type" => "text/plain; charset=utf-8" }.freeze

hello = lambda do |_request|
  [200, TEXT_TYPE, ["Hello from Rack on Paddock. Try /work?wait=100, /request and /stream.\n"]]
end

# As long as a database would take; a POST is read first.
work = lambda do |request|
  request.body&.read
  sleep(request.GET.fetch("wait", "0").to_f / 1000)
  [200, JSON_TYPE, [JSON.generate(release: ENV["PADDOCK_RELEASE"])]]
end

upload = lambda do |request|
  digest = Digest::SHA256.new
  bytes = 0
  while (part = request.body&.read(65_536))
    digest << part
    bytes += part.bytesize
  end
  [200, JSON_TYPE, [JSON.generate(bytes: bytes, sha256: digest.hexdigest)]]
end

# What the application knows of a visitor. Its log has the request's id, as the proxy's has.
told = lambda do |request|
  headers = request.env.select { |name, _| name.start_with?("HTTP_") }.transform_keys { |name| name.delete_prefix("HTTP_").tr("_", "-").downcase }
  puts JSON.generate(event: "asked", request_id: headers["x-request-id"], path: request.path)
  $stdout.flush
  [200, JSON_TYPE, [JSON.generate(scheme: request.scheme, host: request.host, client: request.ip, worker: Process.pid, headers: headers)]]
end

# Ten lines, each as soon as it is there: the header asks the proxy not to collect them.
stream = lambda do |_request|
  lines = Enumerator.new do |out|
    1.upto(10) do |line|
      out << "#{line}\n"
      sleep 0.2
    end
  end
  [200, { **TEXT_TYPE, "x-accel-buffering" => "no" }, lines]
end

PAGES = {
  ["GET", "/"] => hello, ["GET", "/work"] => work, ["POST", "/work"] => work, ["POST", "/upload"] => upload, ["GET", "/request"] => told, ["GET", "/stream"] => stream,
}.freeze

run lambda { |env|
  request = Rack::Request.new(env)
  page = PAGES[[request.request_method, request.path]]
  page ? page.call(request) : [404, { **TEXT_TYPE }, ["There is no such page.\n"]]
}
