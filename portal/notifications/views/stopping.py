"""The page behind the link in each message that stops such messages. A GET changes nothing: scanners follow links."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods
from django_ratelimit.exceptions import Ratelimited

from portal.notifications.rules import choices_as_text, read_choices
from portal.notifications.selectors import followed_by_reference
from portal.notifications.services import stopping
from portal.secret_links import Guesses, quiet

GUESSES = Guesses("notifications.wrong")


# No token of a form is asked for: whoever sends one has the link, and mail programs that stop messages for their reader
# bring nothing else (RFC 8058).
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Ask whether such messages shall stop, and stop them; “again” in the form takes it back."""
    request.has_secret_address = True
    if GUESSES.are_too_many(request):
        raise Ratelimited
    found = stopping.by_token(token)
    if found is None:
        GUESSES.count(request)
        raise Http404
    if request.method == "POST" and request.headers.get("sec-fetch-site") == "cross-site":
        raise Http404
    person, what = found
    before: list[str] = []
    if request.method == "POST":
        if "again" in request.POST:
            stopping.take_back(person, what, read_choices(request.POST.getlist("before")))
        else:
            before = choices_as_text(stopping.stop(person, what))
    followed = followed_by_reference([what.follow] if what.follow else [])
    context = {
        "subjects": [subject.label for subject in what.subjects],
        "is_follow": bool(what.follow),
        "title": followed[what.follow].title if what.follow in followed else "",
        "is_stopped": stopping.is_stopped(person, what),
        "before": before,
        "was_done": request.method == "POST",
    }
    return quiet(render(request, "notifications/stop.html", context))
