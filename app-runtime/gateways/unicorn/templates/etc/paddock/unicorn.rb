require "/usr/local/lib/paddock/paddock_rack"
Paddock.settle(rackup: "{{ rackup }}", threads: 1, candidate: {{ candidate }}, graceful_stop: {{ gracefulStop }}, stop: :QUIT)

# What systemd opened (app.socket), and what is to stay as systemd has set it.
listen "{{ socket }}", backlog: 4096, tcp_defer_accept: false

worker_processes {{ workers }}
# Workers load the application themselves: threads and connections that it opens do not survive a fork.
preload_app false
# A worker that takes longer for a request is killed.
timeout {{ timeout }}

# A worker that was killed cannot take its mark away.
after_worker_exit do |server, worker, status|
  server.logger.error("worker=#{worker.nr} ended: #{status}") unless status.success?
  Paddock.forget(status.pid)
end

# Unicorn waits for its workers as long as for a request, and says nothing of those that it kills then.
Unicorn::HttpServer.prepend(Module.new do
  def stop(graceful = true)
    self.timeout = Paddock.settings.fetch(:graceful_stop)
    super
  end

  private

  def kill_each_worker(signal)
    Paddock.say_cut(@workers.keys.count { |pid| File.binread(Paddock.mark_of(pid), 1) == "\1" rescue false }) if signal == :KILL
    super
  end
end)
