# A web application on Rack alone. It does what a site does: pages, work that waits, uploads, an answer in parts, a WebSocket.
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

# A WebSocket on which each short text comes back: the least of RFC 6455 that it takes. An application of more than that has a gem for it.
echo = lambda do |request|
  key = request.get_header("HTTP_SEC_WEBSOCKET_KEY")
  next [426, { **TEXT_TYPE, "upgrade" => "websocket" }, ["Ask by a WebSocket.\n"]] unless key && request.get_header("rack.hijack")
  socket = request.get_header("rack.hijack").call
  Thread.new do
    accept = Digest::SHA1.base64digest("#{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
    socket.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: #{accept}\r\n\r\n")
    while (head = socket.read(6)) && head.bytesize == 6 && head.getbyte(0) == 0x81 && head.getbyte(1) & 0x7f < 126
      mask = head.bytes.last(4)
      text = socket.read(head.getbyte(1) & 0x7f).bytes.each_with_index.map { |byte, place| byte ^ mask[place % 4] }
      socket.write([0x81, text.size, *text].pack("C*"))
    end
  rescue IOError, SystemCallError
    # The visitor is gone.
  ensure
    socket.close
  end
  [200, {}, []]
end

PAGES = {
  ["GET", "/"] => hello, ["GET", "/work"] => work, ["POST", "/work"] => work, ["POST", "/upload"] => upload, ["GET", "/request"] => told, ["GET", "/stream"] => stream, ["GET", "/echo"] => echo,
}.freeze

run lambda { |env|
  request = Rack::Request.new(env)
  page = PAGES[[request.request_method, request.path]]
  page ? page.call(request) : [404, { **TEXT_TYPE }, ["There is no such page.\n"]]
}
