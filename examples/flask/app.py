"""A small Flask application with what a site does: pages, work that waits or computes, uploads, an answer that comes in parts."""
import hashlib
import os
import sys
import time

from flask import Flask, Response, json, jsonify, request
from werkzeug.middleware.proxy_fix import ProxyFix

app = Flask(__name__)
# Paddock's proxy stands before it, and has overwritten whatever a visitor could say of themselves.
app.wsgi_app = ProxyFix(app.wsgi_app)


@app.get("/")
def index():
    return "Hello from Flask on Paddock. Try /json, /wait, /cpu, /work?wait=100, /request and /stream.\n", {"Content-Type": "text/plain; charset=utf-8"}


@app.get("/json")
def hello():
    return jsonify(hello="world")


@app.get("/wait")
def wait():
    """Waits 10 ms, as for a database."""
    time.sleep(0.010)
    return jsonify(waited_ms=10)


@app.get("/cpu")
def cpu():
    """Computes for 5 ms of processor time, whatever the processor."""
    until = time.thread_time() + 0.005
    rounds = 0
    while time.thread_time() < until:
        rounds += 1
    return jsonify(rounds=rounds)


@app.route("/work", methods=["GET", "POST"])
def work():
    """Waits as long as a database would take; a POST is read first."""
    request.get_data(cache=False)
    time.sleep(request.args.get("wait", 0, type=float) / 1000)
    return jsonify(release=os.environ.get("PADDOCK_RELEASE"))


@app.post("/upload")
def upload():
    digest, size = hashlib.sha256(), 0
    while part := request.stream.read(65536):
        digest.update(part)
        size += len(part)
    return jsonify(bytes=size, sha256=digest.hexdigest())


@app.get("/request")
def told():
    """What the application knows of a visitor. Its log has the request's id, as the proxy's has."""
    print(json.dumps({"event": "asked", "request_id": request.headers.get("X-Request-Id"), "path": request.path}), file=sys.stderr, flush=True)
    headers = {name.lower(): value for name, value in request.headers.items()}
    return jsonify(scheme=request.scheme, host=request.host, client=request.remote_addr, worker=os.getpid(), headers=headers)


@app.get("/stream")
def stream():
    """Ten lines, each as soon as it is there: the header asks the proxy not to collect them."""
    return Response(lines(), mimetype="text/plain", headers={"X-Accel-Buffering": "no"})


def lines():
    for line in range(1, 11):
        yield f"{line}\n"
        time.sleep(0.2)
