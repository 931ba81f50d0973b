import asyncio
import mmap
import os
import signal
import struct

from gunicorn.workers import gasgi

# The listening socket comes from systemd (app.socket), the callable from the unit's command line.
worker_class = "asgi"
workers = {{ workers }}
worker_connections = 1000

{{ common }}connections = set()


class Connection(gasgi.ASGIProtocol):
    """A connection, which can be found as long as it is open."""

    def connection_made(self, transport):
        connections.add(self)
        super().connection_made(transport)

    def connection_lost(self, exc):
        connections.discard(self)
        super().connection_lost(exc)


gasgi.ASGIProtocol = Connection


async def close_idle():
    """A worker that ends waits for its connections until the request budget is up, as if those that are kept had a request each."""
    while True:
        for connection in list(connections):
            # Its time runs while it waits for another request.
            if getattr(connection, "_keepalive_handle", None):
                connection.transport.close()
        await asyncio.sleep(0.1)


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

    def leave():
        worker.handle_exit_signal()
        worker.close_task = worker.loop.create_task(close_idle())

    worker.asgi = counted
    worker.loop.add_signal_handler(signal.SIGTERM, leave)
    worker.mark_task = worker.loop.create_task(listening())


{{ ended }}def worker_exit(server, worker):
    cut = getattr(worker, "in_flight", 0)
    if cut:
        worker.log.warning("cut %d requests at the request budget", cut)
