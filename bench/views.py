"""What pages are compared with."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from engagement.consultations.models import Consultation

BARE = ("<!doctype html>" + "<p>Twenty thousand bytes of nothing.</p>" * 600)[:20_000].encode()
ROWS = 20


def bare(request: HttpRequest) -> HttpResponse:
    """Answer with 20 kB that are there already."""
    return HttpResponse(BARE, headers={"Content-Length": str(len(BARE))})


def one_query(request: HttpRequest) -> HttpResponse:
    """Answer with an ordinary list: one query, twenty rows, each with a title, a link, two days and a sentence."""
    rows = list(Consultation.objects.public().order_by("-id")[:ROWS])
    return render(request, "bench/one_query.html", {"rows": rows})
