# What Puma has no hook for: a worker's server that begins to stop, how many connections wait in it, and when an answer is sent.
# Loaded now: once an application's Gemfile is, only its own gems are found.
require "nio"
require_relative "paddock_rack"

module Paddock
  module Server
    # Waiting for its threads takes as long as they do.
    def graceful_shutdown
      Thread.new do
        sleep Paddock.settings.fetch(:graceful_stop)
        Paddock.say_cut(Paddock.mark.busy)
        exit!(0)
      end
      super
    end

    # A thread begins with a connection.
    def process_client(client)
      count_waiting
      super
    end

    # A connection that was kept may have another request, whether a thread is free or not.
    def reactor_wakeup(client)
      super.tap { count_waiting }
    end

    # Corked until it is whole, each part of a streamed answer would lie for 200 ms, over TCP alone: it is sent as it comes.
    def cork_socket(socket)
      socket.to_io.setsockopt(Socket::IPPROTO_TCP, Socket::TCP_NODELAY, 1) if socket.to_io.is_a?(TCPSocket)
    rescue IOError, SystemCallError
      # Who has gone away is noticed when the answer is written.
    end

    def uncork_socket(_socket) = nil

    private

    def count_waiting
      Paddock.mark.waiting = [@thread_pool.backlog - @thread_pool.waiting, 0].max
    end
  end
end

Puma::Server.prepend(Paddock::Server)
