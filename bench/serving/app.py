"""What each contender serves: the smallest Flask application with a tiny answer, a wait, and work for the processor."""
import os
import time

from flask import Flask, jsonify

app = Flask(__name__, static_folder=os.environ["STATIC_DIR"], static_url_path="/static")


@app.get("/json")
def tiny():
    return jsonify(ok=True)


@app.get("/wait")
def wait():
    time.sleep(0.010)
    return jsonify(waited=10)


@app.get("/cpu")
def cpu():
    # The thread's own processor time: a wall clock would count the waiting for the interpreter as work.
    end = time.thread_time() + 0.005
    while time.thread_time() < end:
        sum(range(200))
    return jsonify(worked=5)
