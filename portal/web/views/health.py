"""For load balancers and those on call."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.web.selectors import is_ready, readiness


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """Say that this process answers."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Say whether all it stands on answers: 200, or 503 when something does not."""
    checks = readiness()
    ready = is_ready(checks)
    return JsonResponse({"ready": ready, "checks": checks}, status=200 if ready else 503)
