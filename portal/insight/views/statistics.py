"""The public statistics: all indicators, one of them, and both as data."""

import csv
import io
import json
from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from portal.cache import generation
from portal.insight.models import KpiDefinition
from portal.insight.selectors import opendata, statistics
from portal.insight.selectors.published import public_definitions

CACHE_SECONDS = 300
# What a spreadsheet would take for a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Show all that is published, month by month."""
    found = statistics.overview()
    return render(request, "insight/statistics.html", {"overview": found, "page_updated": found.updated})


@require_safe
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    """Show what an indicator means, its history, its parts and the bodies beside each other."""
    made, updated = statistics.indicator(_public(code))
    return render(request, "insight/indicator.html", {"indicator": made, "page_updated": updated})


@require_safe
def all_csv(request: HttpRequest) -> HttpResponse:
    """Send every published figure."""
    return _as_csv(request, "all", lambda: list(public_definitions()), reverse("insight:data_json"))


@require_safe
def all_json(request: HttpRequest) -> HttpResponse:
    """Send every published figure with its description."""
    return _as_json("all", lambda: list(public_definitions()))


@require_safe
def indicator_csv(request: HttpRequest, code: str) -> HttpResponse:
    """Send the figures of one indicator."""
    definition = _public(code)
    return _as_csv(request, code, lambda: [definition], reverse("insight:indicator_json", args=[code]))


@require_safe
def indicator_json(request: HttpRequest, code: str) -> HttpResponse:
    """Send the figures of one indicator with its description."""
    definition = _public(code)
    return _as_json(code, lambda: [definition])


def _public(code: str) -> KpiDefinition:
    return get_object_or_404(public_definitions(), code=code)


def _kept(name: str, make: Callable[[], str]) -> str:
    """Make a file once for all, until something changes."""
    key = f"insight.data.{name}.{get_language()}.{generation().replace(' ', '.')}"
    return cache.get_or_set(key, make, CACHE_SECONDS)


def _as_csv(
    request: HttpRequest, name: str, definitions: Callable[[], list[KpiDefinition]], description: str
) -> HttpResponse:
    text = _kept(f"csv.{name}", lambda: _csv_text(definitions()))
    response = _file(text, "text/csv; charset=utf-8", name, "csv")
    # As RFC 8288 has it: where the meaning of the columns and the licence are told.
    licence = opendata.licence()["url"]
    response["Link"] = f'<{request.build_absolute_uri(description)}>; rel="describedby", <{licence}>; rel="license"'
    return response


def _csv_text(definitions: list[KpiDefinition]) -> str:
    # With the mark of UTF-8: without it spreadsheets show Arabic and Chinese as rubbish.
    target = io.StringIO("\ufeff", newline="")
    target.seek(0, io.SEEK_END)
    writer = csv.DictWriter(target, opendata.COLUMNS)
    writer.writeheader()
    for record in opendata.records(definitions):
        writer.writerow({name: _harmless(value) for name, value in record.items()})
    return target.getvalue()


def _harmless(value: object) -> object:
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA_STARTS) else value


def _as_json(name: str, definitions: Callable[[], list[KpiDefinition]]) -> HttpResponse:
    text = _kept(f"json.{name}", lambda: _json_text(definitions()))
    return _file(text, "application/json; charset=utf-8", name, "json")


def _json_text(definitions: list[KpiDefinition]) -> str:
    data = opendata.description(definitions) | {"figures": opendata.records(definitions)}
    return json.dumps(data, ensure_ascii=False, indent=1)


def _file(text: str, kind: str, name: str, ending: str) -> HttpResponse:
    response = HttpResponse(text, content_type=kind)
    language = get_language()
    response["Content-Disposition"] = f'attachment; filename="sawt-statistics-{name}-{language}.{ending}"'
    response["Cache-Control"] = "no-cache"
    return response
