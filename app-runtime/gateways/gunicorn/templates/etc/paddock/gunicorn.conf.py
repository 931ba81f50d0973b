import itertools
import mmap
import os
import struct
import threading

# The listening socket comes from systemd (app.socket), the callable from the unit's command line.
worker_class = "gthread"
workers = {{ workers }}
threads = {{ threads }}
# Over a unix socket a worker whose threads are all busy leaves new connections to the others. Over TCP the ones that it keeps count too.
worker_connections = {{ connections }}

{{ common }}def post_worker_init(worker):
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


{{ ended }}def worker_exit(server, worker):
    cut = getattr(worker, "nr_conns", 0)
    if cut:
        worker.log.warning("cut %d requests at the request budget", cut)
