"""The smallest Flask application with something to measure: an answer at once, one that waits, and one that computes."""
import time

from flask import Flask, jsonify

app = Flask(__name__)


@app.get("/")
def index():
    return "Hello from Flask on Paddock. Try /json, /wait and /cpu.\n", {"Content-Type": "text/plain; charset=utf-8"}


@app.get("/json")
def json():
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
