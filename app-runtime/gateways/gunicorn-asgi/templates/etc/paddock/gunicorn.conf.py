import asyncio
import mmap
import os
import struct

# The listening socket comes from systemd (app.socket), the callable from the unit's command line.
worker_class = "asgi"
workers = {{ workers }}
worker_connections = 1000

timeout = {{ timeout }}
# The master waits a little longer than its workers (post_fork), so that a worker can still say what it cuts.
graceful_timeout = {{ gracefulStop }} + 2
# A connection for each request over a unix socket: decisions/0004. Over TCP they are kept, for longer than the balancers keep them.
keepalive = {{ keepAlive }}

# A heartbeat on a disk stops the worker when the disk does.
worker_tmp_dir = "/dev/shm"

# Nothing here speaks to it.
control_socket_disable = True

# Workers import the application themselves: loops and connections that an import opens do not survive a fork.
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
    """
    The worker's mark, once it listens: a byte for each of the first requests in flight, and in two bytes how many there are beyond them. The
    agent reads it (metrics/worker-marks.ts).
    """
    application, places = worker.asgi, {{ threads }}
    worker.in_flight, mark = 0, None

    def say():
        if mark:
            mark[:places] = b"\1" * min(worker.in_flight, places) + b"\0" * max(0, places - worker.in_flight)
            struct.pack_into("<H", mark, places, min(65535, max(0, worker.in_flight - places)))

    async def listening():
        nonlocal mark
        while not worker.servers:
            await asyncio.sleep(0.02)
        with open(os.path.join(os.environ["RUNTIME_DIRECTORY"], str(worker.pid)), "w+b") as file:
            file.truncate(places + 2)
            mark = mmap.mmap(file.fileno(), places + 2)

    async def counted(scope, receive, send):
        if scope["type"] == "http":
            # Over a unix socket nobody has an address; who asked is what the proxy says.
            headers = dict(scope["headers"])
            address = headers.get(b"x-forwarded-for", b"").decode("latin-1")
            scope = dict(scope, scheme=headers.get(b"x-forwarded-proto", b"http").decode("latin-1"), client=(address, 0) if address else scope.get("client"))
            worker.in_flight += 1
            say()
        try:
            await application(scope, receive, send)
        finally:
            if scope["type"] == "http":
                worker.in_flight -= 1
                say()

    worker.asgi = counted
    worker.mark_task = worker.loop.create_task(listening())


def child_exit(server, worker):
    # A worker that was killed cannot take its mark away. One that never loaded the application has none.
    try:
        os.remove(os.path.join(os.environ["RUNTIME_DIRECTORY"], str(worker.pid)))
    except FileNotFoundError:
        pass


def worker_exit(server, worker):
    cut = getattr(worker, "in_flight", 0)
    if cut:
        worker.log.warning("cut %d requests at the request budget", cut)
