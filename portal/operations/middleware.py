"""What watches requests. Only in production settings."""

import logging
import time
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from portal.operations.logs import REQUEST_ID
from portal.operations.metrics import REQUEST_SECONDS, REQUESTS
from portal.operations.routers import READS_FROM_REPLICA

logger = logging.getLogger("sawt.requests")

GetResponse = Callable[[HttpRequest], HttpResponseBase]
METHODS = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"}
SAFE = {"GET", "HEAD"}
# Asked every few seconds by the proxy: counted, but no line in the log.
QUIET = {"healthz", "readyz"}


class ObservationMiddleware:
    """Count and log each request by the name of its view, under its number; stands behind ``RequestIdMiddleware``."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = REQUEST_ID.set(request.id)
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            observe(request, response, time.perf_counter() - began)
        finally:
            REQUEST_ID.reset(token)
        return response


def observe(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """Count and log one answer. An address without a view, and an answer that needed none, count under a dash."""
    match = request.resolver_match
    view = match.view_name if match else "-"
    method = request.method if request.method in METHODS else "-"
    REQUESTS.labels(view, method, str(response.status_code)).inc()
    REQUEST_SECONDS.labels(view).observe(seconds)
    if view not in QUIET:
        facts = {"view": view, "method": method, "status": response.status_code, "milliseconds": round(seconds * 1000)}
        logger.info("answered", extra={"facts": facts})


class ReplicaMiddleware:
    """Let pages for visitors read from a replica; whoever has a session sees what they wrote a moment ago."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_visitor = request.method in SAFE and settings.SESSION_COOKIE_NAME not in request.COOKIES
        token = READS_FROM_REPLICA.set(is_visitor)
        try:
            return self.get_response(request)
        finally:
            READS_FROM_REPLICA.reset(token)
