"""
What the scenarios of a fleet ask: it tells which release and which server answers, and has each POST stored once, in a store that outlives
servers. The store also tells it how to behave (lab/scenarios/store.ts).
"""
import http.client
import json
import os
import socket
import threading
import time
from urllib.parse import parse_qs, quote

VERSION = "a"
STORE = ""
STARTS = True

SERVER = socket.gethostname().split(".")[0]
# How often it asks how to behave, in seconds.
LOOK = 0.5

mode = ""


def watch():
    global mode
    while True:
        try:
            mode = ask("GET", f"/mode/{quote(SERVER)}/{quote(VERSION)}")
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(LOOK)


def ask(method, path):
    """On a connection of its own: one that was kept might have to be asked a second time."""
    connection = http.client.HTTPConnection(STORE, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        if answer.status != 200:
            raise http.client.HTTPException(f"the store answered {answer.status}")
        return answer.read().decode()
    finally:
        connection.close()


# A machine alone has this folder: a build imports this file too.
if not STARTS and os.path.exists("/etc/paddock"):
    raise RuntimeError("the warehouse is on fire")

threading.Thread(target=watch, daemon=True).start()


def application(environ, start_response):
    path, query = environ["PATH_INFO"], parse_qs(environ["QUERY_STRING"])
    while mode == "hangs":
        time.sleep(0.1)
    if mode == "sick" or (mode == "fails" and path != "/ready"):
        return answer(start_response, "500 Internal Server Error")
    wait = int(query.get("wait", ["0"])[0]) / 1000 + float(query.get("seconds", ["0"])[0])
    # What is stored lies between two halves of the work: a request that is cut short has mostly one of them behind it.
    time.sleep(wait / 2)
    if environ["REQUEST_METHOD"] == "POST":
        name = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        try:
            ask("POST", f"/stored/{quote(name)}")
        except (OSError, http.client.HTTPException):
            return answer(start_response, "503 Service Unavailable")
    time.sleep(wait / 2)
    return answer(start_response, "200 OK")


def answer(start_response, status):
    body = json.dumps({"release": VERSION, "server": SERVER}).encode()
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
