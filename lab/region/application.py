"""The web application of the region: moto's, one request at a time, with errors as log lines instead of tracebacks."""

import io
import json
import re
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler
from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from . import databases, spot, state, target_health
from .log import say, say_once
from .state import changed

READY_PATH = "/ready"
# What the lab's own host tells the region and asks of it, as JSON, beside the API of AWS.
DOORS: dict[tuple[str, str], Callable[[Any], Any]] = {
    ("POST", target_health.REPORT_PATH): target_health.report,
    ("POST", databases.DOOR_PATH): databases.exchange,
    ("POST", spot.NOTICE_PATH): spot.notice,
    ("GET", spot.NOTICES_PATH): spot.told,
    ("GET", state.CHANGES_PATH): state.told,
}
# How actions begin that change nothing which the lab's host makes real.
QUESTIONS = ("Describe", "Get", "List", "AssumeRole", "PutMetricData")


class QuietHandler(WSGIRequestHandler):
    """Logs no accesses and no broken connections: the log is for events of the region."""

    def log_request(self, *_: Any) -> None: ...

    def log(self, *_: Any) -> None: ...


def refusal(environ: dict[str, Any], reason: str) -> Response:
    """An error that no client tries again: the region will not learn the action meanwhile."""
    if "json" in environ.get("CONTENT_TYPE", ""):
        return Response(json.dumps({"__type": "UnsupportedOperationException", "message": reason}), 400, content_type=environ["CONTENT_TYPE"])
    return Response(f"<ErrorResponse><Error><Type>Sender</Type><Code>UnsupportedOperation</Code><Message>{reason}</Message></Error></ErrorResponse>",
                    400, content_type="text/xml")


def through(door: Callable[[Any], Any], environ: dict[str, Any]) -> Response:
    """Answers the lab's host. Called with the region's lock held."""
    body = environ["wsgi.input"].read() if environ.get("CONTENT_LENGTH") else b""
    try:
        return Response(json.dumps(door(json.loads(body) if body else None)), content_type="application/json")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        return Response(json.dumps({"message": str(error) or repr(error)}), 400, content_type="application/json")


def asks(environ: dict[str, Any]) -> bool:
    """Whether a request only asks. Called with its whole body at hand."""
    if environ["REQUEST_METHOD"] != "POST":
        return environ["REQUEST_METHOD"] in ("GET", "HEAD")
    action = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    form = environ.get("CONTENT_LENGTH") and "urlencoded" in environ.get("CONTENT_TYPE", "")
    if form and (named := re.search(rb"(?:^|&)Action=(\w+)", environ["wsgi.input"].getvalue())):
        action = named[1].decode()
    return action.startswith(QUESTIONS)


class Application:
    def __init__(self) -> None:
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == READY_PATH:
            return Response("ready\n")(environ, start_response)
        # A slow sender must not hold the lock: its whole body comes in first.
        if environ.get("CONTENT_LENGTH"):
            environ["wsgi.input"] = io.BytesIO(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        try:
            with changed:
                if door := DOORS.get((environ["REQUEST_METHOD"], environ["PATH_INFO"])):
                    answer = through(door, environ)
                    changed.notify_all()
                    return answer(environ, start_response)
                if not asks(environ):
                    state.note()
                body, status, headers = run_wsgi_app(self.moto, environ, buffered=True)
                changed.notify_all()
        except NotImplementedError as error:
            say_once("action not played", str(error))
            return refusal(environ, str(error))(environ, start_response)
        except Exception as error:
            say("request failed", path=environ["PATH_INFO"], error=repr(error), trace=traceback.format_exc(limit=-4))
            return Response(f"InternalFailure: {error}", 500)(environ, start_response)
        start_response(status, headers.to_wsgi_list())
        return body
