timeout = {{ timeout }}
# The master waits a little longer than its workers (post_fork), so that a worker can still say what it cuts.
graceful_timeout = {{ gracefulStop }} + 2
# A connection for each request over a unix socket: decisions/0004. Over TCP they are kept, for longer than the balancers keep them.
keepalive = {{ keepAlive }}

# A heartbeat on a disk stops the worker when the disk does.
worker_tmp_dir = "/dev/shm"

# Nothing here speaks to it.
control_socket_disable = True

# Workers import the application themselves: threads and connections that an import opens do not survive a fork.
preload_app = False

# As long as nginx's, so that what one accepts the other does too.
limit_request_line = 8190
limit_request_field_size = 8190

# nginx is the only peer, and has cleared whatever a client could forge.
forwarded_allow_ips = "*"
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}
forwarder_headers = ""

# nginx logs requests; Gunicorn and the application write to the journal.
accesslog = None
errorlog = "-"


def post_fork(server, worker):
    worker.cfg.set("graceful_timeout", {{ gracefulStop }})


