import asyncio
import mmap
import os
import struct

# The listening socket comes from systemd (app.socket), the callable from the unit's command line.
worker_class = "asgi"
workers = {{ workers }}
worker_connections = 1000

{{ common }}def post_worker_init(worker):
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


{{ ended }}def worker_exit(server, worker):
    cut = getattr(worker, "in_flight", 0)
    if cut:
        worker.log.warning("cut %d requests at the request budget", cut)
