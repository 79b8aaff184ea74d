"""How long the indicators of support take over all requests."""

import time

from portal.insight.selectors import month_period, this_month
from portal.insight.selectors.figures import measure_some
from portal.insight.selectors.periods import months_before
from portal.registry import kpis

OURS = ("request", "first_", "solution_", "digital_requests", "articles_", "searches_")


def of_a_month() -> dict[str, float]:
    """Return the seconds that each of last month's figures of support takes, of all bodies together."""
    period = month_period(months_before(this_month(), 1))
    found = {}
    for code in [code for code in kpis if code.startswith(OURS)]:
        began = time.perf_counter()
        measure_some([code], period, None)
        found[code] = time.perf_counter() - began
    return found
