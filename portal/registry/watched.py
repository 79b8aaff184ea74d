"""Numbers that operators watch, offered by apps above the ground floor."""

from collections.abc import Callable
from dataclasses import dataclass

from portal.registry import Registry


@dataclass(frozen=True)
class Gauge:
    """A number for Prometheus, read by an index for each scrape; None leaves it out."""

    text: str
    read: Callable[[], float | None]


# By the name of the measure, without the portal's own prefix.
gauges: Registry[Gauge] = Registry("gauges")
