"""How useful pages are and how good services, for everybody: lists, and the same as data. And services themselves."""

import csv
import io
import json
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from portal.pages.forms import StarsForm
from portal.pages.models import Service
from portal.pages.selectors import judging

_COLUMNS = ("kind", "key", "title", "url", "scale", "answers", "useful", "value", *(f"stars_{n}" for n in range(1, 6)))
# What a spreadsheet would take for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    """List the services of all bodies, with their stars."""
    found = Service.objects.select_related("organisation").order_by("organisation_id", "pk")
    page = Paginator(found, settings.LIST_PER_PAGE).get_page(request.GET.get("page"))
    ratings = {row.service.pk: row.rating for row in judging.rated_list()}
    rows = [{"service": each, "rating": ratings.get(each.pk)} for each in page.object_list]
    return render(request, "pages/services.html", {"page": page, "rows": rows})


@require_safe
def service(request: HttpRequest, code: str) -> HttpResponse:
    """Show one service, and ask how good it is."""
    found = get_object_or_404(Service.objects.select_related("organisation", "topic"), code=code)
    context = {
        "service": found,
        "rating": judging.rating_of(found),
        "stars_form": StarsForm(),
        "smallest": judging.SMALLEST,
    }
    return render(request, "pages/service.html", context)


@require_safe
def pages_list(request: HttpRequest) -> HttpResponse:
    """List the pages that enough readers have judged."""
    sort = _sort(request)
    page = Paginator(judging.judged_list(sort), settings.LIST_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "pages/feedback/pages.html", {"page": page, "sort": sort, **_explained()})


@require_safe
def services_list(request: HttpRequest) -> HttpResponse:
    """List the services that enough people have rated."""
    sort = _sort(request)
    page = Paginator(judging.rated_list(sort), settings.LIST_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "pages/feedback/services.html", {"page": page, "sort": sort, **_explained()})


def _sort(request: HttpRequest) -> str:
    wanted = request.GET.get("sort", "")
    return wanted if wanted in judging.SORTS else judging.SORTS[0]


def _explained() -> dict[str, Any]:
    licence = {"name": settings.OPEN_DATA_LICENCE, "url": settings.OPEN_DATA_LICENCE_URL}
    return {"smallest": judging.SMALLEST, "licence": licence}


@require_safe
def data_csv(request: HttpRequest) -> HttpResponse:
    """Send both lists as a table."""
    # With the mark of UTF-8: without it spreadsheets show Arabic and Chinese as rubbish.
    target = io.StringIO("\ufeff", newline="")
    target.seek(0, io.SEEK_END)
    writer = csv.DictWriter(target, _COLUMNS)
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in row.items()} for row in _records(request))
    response = _file(target.getvalue(), "text/csv; charset=utf-8", "csv")
    described = request.build_absolute_uri(reverse("feedback:data_json"))
    # As RFC 8288 has it: where the meaning of the columns and the licence are told.
    response["Link"] = f'<{described}>; rel="describedby", <{settings.OPEN_DATA_LICENCE_URL}>; rel="license"'
    return response


@require_safe
def data_json(request: HttpRequest) -> HttpResponse:
    """Send both lists with what has to be known of them."""
    data = {
        "title": _("How useful our pages are"),
        "language": get_language(),
        "licence": _explained()["licence"],
        "is_demonstration": settings.DEMO,
        "first_week": judging.first_week().isoformat(),
        "smallest_number_of_answers": judging.SMALLEST,
        "columns": {
            "scale": _("“useful”: whether the page was useful; “stars”: one to five stars for the service"),
            "value": _("Per cent of the answers that found the page useful; or the mean of the stars"),
        },
        "rows": _records(request),
    }
    text = json.dumps(data, ensure_ascii=False, indent=1)
    return _file(text, "application/json; charset=utf-8", "json")


def _records(request: HttpRequest) -> list[dict[str, Any]]:
    records = []
    for row in judging.judged_list():
        place = {"kind": row.kind, "key": row.key, "title": row.page.title, "url": row.page.path, "scale": "useful"}
        figures = {"answers": row.found.answers, "useful": row.found.useful, "value": round(row.found.percent, 2)}
        records.append({**place, **figures})
    for row in judging.rated_list():
        title, url = str(row.service), row.service.get_absolute_url()
        place = {"kind": judging.SERVICE, "key": row.service.code, "title": title, "url": url, "scale": "stars"}
        counts = {f"stars_{stars}": count for stars, count in enumerate(row.rating.counts, start=1)}
        records.append({**place, "answers": row.rating.answers, "value": round(row.rating.mean, 2), **counts})
    return [{**record, "url": request.build_absolute_uri(record["url"])} for record in records]


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def _file(text: str, kind: str, ending: str) -> HttpResponse:
    response = HttpResponse(text, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="sawt-feedback-{get_language()}.{ending}"'
    response["Cache-Control"] = "no-cache"
    return response
