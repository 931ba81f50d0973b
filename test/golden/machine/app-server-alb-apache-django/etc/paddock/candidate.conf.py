# The configuration of the release that proves itself: the slot's own, and on each answer which worker gave it, so that the agent can
# hear every one of them.
import time

with open("/etc/paddock/gunicorn-a.conf.py", encoding="utf-8") as file:
    exec(file.read())

# How long an answer is held, in seconds: while one worker holds its share of the questions, another one has to take the rest.
HOLD = 0.02


def post_worker_init(worker):
    application = worker.wsgi

    def named(environ, start_response):
        def start(status, headers, *exception):
            return start_response(status, [*headers, ("X-Paddock-Worker", str(worker.pid))], *exception)
        time.sleep(HOLD)
        return application(environ, start)

    worker.wsgi = named
