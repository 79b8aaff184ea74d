"""The monthly report beside the smallest PDF, both made as a worker makes them that has made one of each before."""

import time
from collections.abc import Callable
from statistics import median

from django.utils import translation

from portal.insight.selectors import report_content, this_month
from portal.insight.selectors.periods import months_before
from portal.insight.services.reports import make_pdf, report_html

ROUNDS = 5
MINIMAL = '<!doctype html><html lang="{0}"><head><title>A</title></head><body><p>A</p></body></html>'


def report_by_minimal(language: str = "ar") -> tuple[float, float, float]:
    """Return how many times as long a report takes, and the seconds of both: figures, layout, file."""
    month = months_before(this_month(), 1)

    def report() -> None:
        with translation.override(language):
            html = report_html(report_content(month, None), language)
        make_pdf(html, language)

    def minimal() -> None:
        make_pdf(MINIMAL.format(language), language)

    report(), minimal()
    pairs = [(_seconds(report), _seconds(minimal)) for _ in range(ROUNDS)]
    return median(one / other for one, other in pairs), median(p[0] for p in pairs), median(p[1] for p in pairs)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
