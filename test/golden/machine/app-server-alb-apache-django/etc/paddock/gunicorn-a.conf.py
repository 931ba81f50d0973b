import itertools
import mmap
import os
import struct
import threading

# The listening socket comes from systemd (app.socket), the callable from the unit's command line.
worker_class = "gthread"
workers = 3
threads = 16
# Over a unix socket a worker whose threads are all busy leaves new connections to the others. Over TCP the ones that it keeps count too.
worker_connections = 16

timeout = 35
# The master waits a little longer than its workers (post_fork), so that a worker can still say what it cuts.
graceful_timeout = 30 + 2
# A connection for each request over a unix socket: decisions/0004. Over TCP they are kept, for longer than the balancers keep them.
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
    worker.cfg.set("graceful_timeout", 30)


def post_worker_init(worker):
    """
    The worker's mark: a byte for each thread, 1 while it has a request, and in two bytes how many connections wait in the worker for a
    thread. The agent reads it (metrics/worker-marks.ts).
    """
    threads = worker.cfg.threads
    with open(os.path.join(os.environ["RUNTIME_DIRECTORY"], str(worker.pid)), "w+b") as file:
        file.truncate(threads + 2)
        mark = mmap.mmap(file.fileno(), threads + 2)
    own = threading.local()
    places = itertools.count()

    # A thread writes a byte that no other thread writes: nothing to lock, and nothing to count down twice.
    def pre_request(worker, req):
        try:
            mark[own.place] = 1
        except AttributeError:
            own.place = next(places) % threads
            mark[own.place] = 1

    # Gunicorn calls it however the request ends: answered, failed, or left by its client in the middle of a stream.
    def post_request(worker, req, environ, resp):
        mark[own.place] = 0

    # The worker says that it lives each time something happened to it, and each second that nothing did.
    alive, waiting, said = worker.notify, worker.tpool._work_queue.qsize, 0

    def notify():
        nonlocal said
        alive()
        if said != waiting():
            said = min(waiting(), 65535)
            struct.pack_into("<H", mark, threads, said)

    worker.notify = notify
    worker.cfg.set("pre_request", pre_request)
    worker.cfg.set("post_request", post_request)


def child_exit(server, worker):
    # A worker that was killed cannot take its mark away. One that never loaded the application has none.
    try:
        os.remove(os.path.join(os.environ["RUNTIME_DIRECTORY"], str(worker.pid)))
    except FileNotFoundError:
        pass


def worker_exit(server, worker):
    cut = getattr(worker, "nr_conns", 0)
    if cut:
        worker.log.warning("cut %d requests at the request budget", cut)
