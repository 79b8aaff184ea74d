"""The monthly report beside the smallest PDF, both made as a worker makes them that has made one of each before."""

import time
from collections.abc import Callable
from datetime import date
from statistics import median

from django.utils import translation

from portal.insight.selectors import months_up_to, report_content
from portal.insight.selectors.periods import is_final, last_full_month, months_before
from portal.insight.selectors.tables import TREND_MONTHS
from portal.insight.services.reports import make_pdf, report_html
from portal.insight.services.snapshots import take_of

ROUNDS = 5
MINIMAL = '<!doctype html><html lang="{0}"><head><title>A</title></head><body><p>A</p></body></html>'


def take_figures() -> float:
    """Take what the report repeats, as the nights of a year did; return the median of a month's seconds."""
    return median(_seconds(lambda month=month: take_of(month, None)) for month in months_up_to(_month(), TREND_MONTHS))


def report_by_minimal(language: str = "ar") -> tuple[float, float, float]:
    """Return how many times as long a report takes, and the seconds of both: figures, layout, file."""
    month = _month()

    def report() -> None:
        with translation.override(language):
            html = report_html(report_content(month, None), language)
        make_pdf(html, language)

    def minimal() -> None:
        make_pdf(MINIMAL.format(language), language)

    report(), minimal()
    pairs = [(_seconds(report), _seconds(minimal)) for _ in range(ROUNDS)]
    return median(one / other for one, other in pairs), median(p[0] for p in pairs), median(p[1] for p in pairs)


def _month() -> date:
    """Return the last month that was taken for the last time."""
    month = last_full_month()
    return month if is_final(month) else months_before(month, 1)


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
