"""Live figures for the home page."""

from datetime import date

from django.core.cache import cache
from django.utils import formats, timezone
from django.utils.translation import gettext, ngettext

from portal.insight.choices import Unit
from portal.insight.selectors.figures import Figures, measure_some, whole
from portal.insight.selectors.periods import month_period, year_period

CACHE_SECONDS = 60
_THIS_MONTH = ("participants", "comments", "decision_hours")


def live_figures() -> list[dict[str, str]]:
    """Return ``label``, ``value`` and ``note`` of each figure, ready to show in the active language.

    Measured at most once a minute, for all languages together.
    """
    today = timezone.localdate()
    found = cache.get_or_set(f"insight.live.{today}", lambda: _measure(today), CACHE_SECONDS)
    month = formats.date_format(today, "YEAR_MONTH_FORMAT")
    return [
        {"label": gettext("People who took part"), "value": _shown(found, "participants", Unit.COUNT), "note": month},
        {"label": gettext("Comments"), "value": _shown(found, "comments", Unit.COUNT), "note": month},
        {
            "label": gettext("Responses published in time"),
            "value": _shown(found, "response_share", Unit.PERCENT),
            "note": _since(found, today.year),
        },
        {
            "label": gettext("Median time to a moderation decision"),
            "value": _shown(found, "decision_hours", Unit.HOURS),
            "note": month,
        },
    ]


def _measure(today: date) -> Figures:
    found = measure_some(_THIS_MONTH, month_period(today), None)
    return found | measure_some(["response_share"], year_period(today), None)


def _shown(found: Figures, code: str, unit: Unit) -> str:
    return unit.show(whole(found, code).value)


def _since(found: Figures, year: int) -> str:
    count = whole(found, "response_share").denominator or 0
    words = ngettext("%(count)s consultation due in %(year)s", "%(count)s consultations due in %(year)s", count)
    return words % {"count": Unit.COUNT.number(count), "year": year}
