"""A web application without dependencies: one callable. It does what a site does: pages, work that waits, uploads, an answer in parts."""
import hashlib
import json
import os
import sys
import time
from urllib.parse import parse_qs


def application(environ, start_response):
    page = PAGES.get(environ["PATH_INFO"])
    if page is None:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"There is no such page.\n"]
    return page(environ, start_response)


def hello(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [f"Hello from {environ['HTTP_HOST']} on Paddock. Try /work?wait=100, /request and /stream.\n".encode()]


def work(environ, start_response):
    """Waits, as for a database; a POST is read first."""
    environ["wsgi.input"].read()
    time.sleep(float(parse_qs(environ["QUERY_STRING"]).get("wait", ["0"])[0]) / 1000)
    return answer(start_response, release=os.environ.get("PADDOCK_RELEASE"))


def upload(environ, start_response):
    digest, size = hashlib.sha256(), 0
    while part := environ["wsgi.input"].read(65536):
        digest.update(part)
        size += len(part)
    return answer(start_response, bytes=size, sha256=digest.hexdigest())


def request(environ, start_response):
    """What the application knows of a visitor. Its log has the request's id, as the proxy's has."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    print(json.dumps({"event": "asked", "request_id": headers.get("x-request-id"), "path": "/request"}), file=sys.stderr, flush=True)
    return answer(start_response, scheme=environ["wsgi.url_scheme"], host=environ["HTTP_HOST"], client=headers.get("x-forwarded-for"), worker=os.getpid(), headers=headers)


def stream(environ, start_response):
    """Ten lines, each as soon as it is there: the header asks the proxy not to collect them."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Accel-Buffering", "no")])
    for line in range(1, 11):
        yield b"%d\n" % line
        time.sleep(0.2)


def answer(start_response, **value):
    body = json.dumps(value).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


PAGES = {"/": hello, "/work": work, "/upload": upload, "/request": request, "/stream": stream}
