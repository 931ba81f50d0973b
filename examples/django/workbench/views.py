"""What a site does besides its pages: work that waits, uploads, an answer in parts. By these it can be asked whether it is served well."""
import hashlib
import json
import logging
import os
import time

from django.http import JsonResponse, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

logger = logging.getLogger(__name__)


@csrf_exempt
@require_http_methods(["GET", "POST"])
def work(request):
    """Waits as long as a database would take; a POST is read first."""
    request.read()
    time.sleep(float(request.GET.get("wait", 0)) / 1000)
    return JsonResponse({"release": os.environ.get("PADDOCK_RELEASE")})


@csrf_exempt
@require_POST
def upload(request):
    digest, size = hashlib.sha256(), 0
    while part := request.read(65536):
        digest.update(part)
        size += len(part)
    return JsonResponse({"bytes": size, "sha256": digest.hexdigest()})


@require_GET
def told(request):
    """What the application knows of a visitor. Its log has the request's id, as the proxy's has."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    logger.info(json.dumps({"event": "asked", "request_id": headers.get("x-request-id"), "path": request.path}))
    return JsonResponse({
        "scheme": request.scheme, "host": request.get_host(), "client": headers.get("x-forwarded-for"), "worker": os.getpid(), "headers": headers,
    })


@require_GET
def stream(request):
    """Ten lines, each as soon as it is there: the header asks the proxy not to collect them."""
    return StreamingHttpResponse(lines(), content_type="text/plain", headers={"X-Accel-Buffering": "no"})


def lines():
    for line in range(1, 11):
        yield f"{line}\n"
        time.sleep(0.2)
