"""Measures what one path of an application takes, in this process and on this computer, and says so as JSON.

    python measure.py CALLABLE PATH HOST ANSWER

The working directory is a copy of the folder that it runs in. One GET after the other: some to warm up, then as many as count. The answer
has either "problem", or "service" and "processor" (milliseconds of a request: the median of all, and the mean of processor time) and "requests".
"""
import io
import json
import os
import statistics
import sys
import time

WARM, MOST, SECONDS = 20, 500, 10


def environ(path, host):
    path, _, query = path.partition("?")
    return {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": host, "SERVER_PORT": "443", "HTTP_HOST": host,
        "HTTP_X_FORWARDED_PROTO": "https", "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(), "wsgi.errors": sys.stderr, "wsgi.multithread": True, "wsgi.multiprocess": True, "wsgi.run_once": False,
    }


def ask(application, path, host):
    """Status of one answer, read to its end."""
    said = []
    body = application(environ(path, host), lambda status, headers, error=None: said.append(status))
    try:
        for _ in body:
            pass
    finally:
        if hasattr(body, "close"):
            body.close()
    return said[-1]


def measure(application, path, host):
    status = [ask(application, path, host) for _ in range(WARM)][-1]
    if not status.startswith("2"):
        return {"problem": status}
    began, used, times = time.monotonic(), time.process_time(), []
    while len(times) < MOST and time.monotonic() - began < SECONDS:
        start = time.perf_counter()
        ask(application, path, host)
        times.append(time.perf_counter() - start)
    processor = (time.process_time() - used) / len(times)
    return {"service": 1000 * statistics.median(times), "processor": 1000 * processor, "requests": len(times)}


def loaded(probe, target):
    """The application as a release has it: a page may ask for the hashed name of a static file, which is there once they were collected."""
    application = probe.load(target)
    try:
        probe.static_files(os.path.realpath(os.getcwd()), application)
    except probe.Problem:
        pass  # The build refuses it in its own words; a path that needs no such file can be measured all the same.
    return application


def main(target, path, host, answer):
    own = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, os.getcwd())
    sys.path.remove(own)
    sys.path.append(os.path.dirname(own))
    import probe
    sys.path.pop()
    try:
        said = measure(loaded(probe, target), path, host)
    except (Exception, SystemExit) as error:
        said = {"problem": f"{type(error).__name__}: {error}".splitlines()[0]}
    with open(answer, "w", encoding="utf-8") as file:
        json.dump(said, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
