import os

# The listening socket comes from systemd (app.socket), the callable from the unit's command line.
worker_class = "gthread"
workers = {{ workers }}
threads = {{ threads }}
# A worker whose threads are all busy leaves new connections to the others.
worker_connections = {{ threads }}

timeout = {{ timeout }}
# The master waits a little longer than its workers (post_fork), so that a worker can still say what it cuts.
graceful_timeout = {{ gracefulStop }} + 2
# nginx makes a connection for each request: decisions/0004.
keepalive = 0

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


def post_worker_init(worker):
    with open(os.path.join(os.environ["RUNTIME_DIRECTORY"], str(worker.pid)), "w", encoding="utf-8"):
        pass


def worker_exit(server, worker):
    cut = getattr(worker, "nr_conns", 0)
    if cut:
        worker.log.warning("cut %d requests at the request budget", cut)
