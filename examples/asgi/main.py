"""An ASGI application without dependencies, with a WebSocket: pages, work that waits, uploads, an answer that comes in parts."""
import asyncio
import hashlib
import json
import os
from urllib.parse import parse_qs


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return await lifespan(receive, send)
    if scope["type"] == "websocket":
        return await echo(receive, send)
    await PAGES.get(scope["path"], nowhere)(scope, receive, send)


async def lifespan(receive, send):
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def echo(receive, send):
    """Says each message of a WebSocket again."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message.get("text") or ""})


async def hello(scope, receive, send):
    await text(send, 200, b"Hello from ASGI on Paddock. Try /work?wait=100, /request and /stream.\n")


async def work(scope, receive, send):
    """Waits, as for a database; a POST is read first."""
    async for _ in body(receive):
        pass
    await asyncio.sleep(float(parse_qs(scope["query_string"].decode()).get("wait", ["0"])[0]) / 1000)
    await answer(send, release=os.environ.get("PADDOCK_RELEASE"))


async def upload(scope, receive, send):
    digest, size = hashlib.sha256(), 0
    async for part in body(receive):
        digest.update(part)
        size += len(part)
    await answer(send, bytes=size, sha256=digest.hexdigest())


async def request(scope, receive, send):
    """What the application knows of a visitor. Its log has the request's id, as the proxy's has."""
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    print(json.dumps({"event": "asked", "request_id": headers.get("x-request-id"), "path": scope["path"]}), flush=True)
    await answer(send, scheme=scope["scheme"], host=headers["host"], client=scope["client"][0], worker=os.getpid(), headers=headers)


async def stream(scope, receive, send):
    """Ten lines, each as soon as it is there: the header asks the proxy not to collect them."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain"), (b"x-accel-buffering", b"no")]})
    for line in range(1, 11):
        await send({"type": "http.response.body", "body": b"%d\n" % line, "more_body": True})
        await asyncio.sleep(0.2)
    await send({"type": "http.response.body", "body": b""})


async def nowhere(scope, receive, send):
    await text(send, 404, b"There is no such page.\n")


async def body(receive):
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
        yield message.get("body", b"")


async def answer(send, **value):
    await text(send, 200, json.dumps(value).encode(), b"application/json")


async def text(send, status, content, kind=b"text/plain; charset=utf-8"):
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", kind), (b"content-length", b"%d" % len(content))]})
    await send({"type": "http.response.body", "body": content})


PAGES = {"/": hello, "/work": work, "/upload": upload, "/request": request, "/stream": stream}
