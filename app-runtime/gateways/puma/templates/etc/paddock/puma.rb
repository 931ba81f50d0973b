require "/usr/local/lib/paddock/paddock_puma"
require "/usr/local/lib/paddock/paddock_bundle"
Paddock.settle(rackup: "{{ rackup }}", threads: {{ threads }}, candidate: {{ candidate }}, graceful_stop: {{ gracefulStop }}, stop: :TERM)

# The listening socket comes from systemd (app.socket).
bind_to_activated_sockets "only"
rackup "/usr/local/lib/paddock/paddock.ru"

workers {{ workers }}
silence_single_worker_warning
# All of them from the start: idle ones cost next to nothing.
threads {{ threads }}, {{ threads }}
# Workers load the application themselves: threads and connections that it opens do not survive a fork.
preload_app! false

# Over a unix socket each request has a connection of its own, and a worker whose threads are all busy leaves new ones to the others. Over TCP
# they are kept, for longer than the balancers keep them.
queue_requests {{ kept }}
enable_keep_alives {{ kept }}
persistent_timeout {{ keepAlive }}

worker_boot_timeout {{ start }}
worker_timeout {{ timeout }}
# A little longer than a worker waits for its own requests, so that it can still say what it cuts.
worker_shutdown_timeout {{ gracefulStop }} + 2
# To be stopped is no failure.
raise_exception_on_sigterm false

on_worker_fork { Paddock.forget_dead }
