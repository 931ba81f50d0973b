# The configuration of the release that proves itself: the slot's own, and on each answer which worker gave it, so that the agent can
# hear every one of them.
import time

with open("{{ config }}", encoding="utf-8") as file:
    exec(file.read())

# How long an answer is held, in seconds: while one worker holds its share of the questions, another one has to take the rest.
HOLD = 0.02

serving = post_worker_init


def post_worker_init(worker):
    application = worker.asgi

    async def named(scope, receive, send):
        async def say(message):
            if message["type"] == "http.response.start":
                message = dict(message, headers=[*message.get("headers", ()), (b"x-paddock-worker", str(worker.pid).encode())])
            await send(message)
        # The whole loop, so that it takes no other connection meanwhile.
        time.sleep(HOLD)
        await application(scope, receive, say)

    worker.asgi = named
    serving(worker)
