# A small Sinatra application with what a site does: pages, work that waits, uploads, an answer that comes in parts, a WebSocket.
require "digest"
require "json"
require "sinatra/base"
require_relative "echo"

class Site < Sinatra::Base
  get "/" do
    content_type :text
    "Hello from Sinatra on Paddock. Try /work?wait=100, /request and /stream.\n"
  end

  # As long as a database would take; a POST is read first.
  work = lambda do
    request.body&.read
    sleep(params.fetch("wait", "0").to_f / 1000)
    content_type :json
    JSON.generate(release: ENV["PADDOCK_RELEASE"])
  end
  get "/work", &work
  post "/work", &work

  post "/upload" do
    digest = Digest::SHA256.new
    bytes = 0
    while (part = request.body&.read(65_536))
      digest << part
      bytes += part.bytesize
    end
    content_type :json
    JSON.generate(bytes: bytes, sha256: digest.hexdigest)
  end

  # What the application knows of a visitor. Its log has the request's id, as the proxy's has.
  get "/request" do
    headers = request.env.select { |name, _| name.start_with?("HTTP_") }.transform_keys { |name| name.delete_prefix("HTTP_").tr("_", "-").downcase }
    $stdout.puts JSON.generate(event: "asked", request_id: headers["x-request-id"], path: request.path)
    $stdout.flush
    content_type :json
    JSON.generate(scheme: request.scheme, host: request.host, client: request.ip, worker: Process.pid, headers: headers)
  end

  # Ten lines, each as soon as it is there: the header asks the proxy not to collect them.
  get "/stream" do
    content_type :text
    headers "x-accel-buffering" => "no"
    stream do |out|
      1.upto(10) do |line|
        out << "#{line}\n"
        sleep 0.2
      end
    end
  end

  get "/echo" do
    key, hijack = request.env.values_at("HTTP_SEC_WEBSOCKET_KEY", "rack.hijack")
    halt 426, { "upgrade" => "websocket" }, "Ask by a WebSocket.\n" unless key && hijack
    Echo.new(key, hijack.call).start
    # Nobody reads it: the connection is no longer the server's.
    ""
  end
end
