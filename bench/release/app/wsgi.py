"""What the bench asks: it tells which release answers, and stores what it is sent once each time it runs."""
import json
import os
import time
from urllib.parse import parse_qs

VERSION = "a"
RELEASE = os.environ.get("PADDOCK_RELEASE", VERSION)


def application(environ, start_response):
    wait = int(parse_qs(environ["QUERY_STRING"]).get("wait", ["0"])[0]) / 1000
    # What is stored lies between two halves of the work: a request that is cut short has mostly one of them behind it.
    time.sleep(wait / 2)
    if environ["REQUEST_METHOD"] == "POST":
        store(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode())
    time.sleep(wait / 2)
    body = json.dumps({"release": RELEASE}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def store(name):
    """One short write at the end of the file is whole or not there, whoever else writes."""
    file = os.open(os.path.join(os.environ["DATA_DIR"], "stored"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(file, f"{name} {RELEASE[:12]} {os.getpid()}\n".encode())
    finally:
        os.close(file)
