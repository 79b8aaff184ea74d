"""Results that are kept ready: made once, given to everybody who may see them, and made anew when answers came in."""

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.core.cache import cache
from django.utils.translation import get_language, override

from portal.celery import enqueue
from surveys.models import Survey
from surveys.selectors.results import STAFF, results_of
from surveys.selectors.results_counts import stamp_of
from surveys.selectors.results_shape import Filters, Results

# Seconds. What is not asked for goes; while it is kept it is made anew whenever answers came in.
KEPT_SECONDS = 3600
# Up to so many sheets results are made at once when answers came in; above, what is kept is shown meanwhile.
AT_ONCE = 5000
# So often at most the same results are made in the background.
PAUSE_SECONDS = 5


def kept_results(survey: Survey, number: int | None, filters: Filters, audience: str = STAFF) -> tuple[Results, bool]:
    """Return results, and whether newer ones are being made.

    Raises as ``results_of`` does.
    """
    stamp, key = stamp_of(survey), _key(survey, number, filters, audience)
    found = cache.get(key)
    if found is not None and found.stamp == stamp:
        return found, False
    if found is not None and (found.answers or 0) > AT_ONCE:
        if cache.add(f"{key}.making", 1, PAUSE_SECONDS):
            told = json.dumps(_plain(filters))
            enqueue("surveys.refresh_results", survey.pk, number, told, audience, get_language())
        return found, True
    return _make(survey, number, filters, audience, stamp), False


def refresh(pk: int, number: int | None, told: str, audience: str, language: str) -> None:
    """Make results anew in a language and keep them."""
    survey = Survey.objects.select_related("organisation", "version", "previous").get(pk=pk)
    with override(language):
        _make(survey, number, _filters(json.loads(told)), audience, stamp_of(survey))


def _make(survey: Survey, number: int | None, filters: Filters, audience: str, stamp: str) -> Results:
    # The stamp is read before the counters: what comes in meanwhile makes the results old at once.
    made = results_of(survey, number, filters, audience, stamp=stamp)
    cache.set(_key(survey, number, filters, audience), made, KEPT_SECONDS)
    return made


def _key(survey: Survey, number: int | None, filters: Filters, audience: str) -> str:
    told = ".".join(f"{name}-{value}" for name, value in _plain(filters).items())
    return f"surveys.results.{survey.pk}.{number or 0}.{audience}.{get_language()}.{told}"


def _plain(filters: Filters) -> dict[str, str]:
    return {name: str(value) for name, value in vars(filters).items() if value}


def _filters(plain: Mapping[str, str]) -> Filters:
    days = {name: date.fromisoformat(plain[name]) for name in ("week", "since", "until") if name in plain}
    known: dict[str, Any] = {**plain, **days}
    return Filters(**known)
