"""An entry of the ``kpis`` registry whose figures stand for parts of a whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.registry import Figure, Kpi, Period


@dataclass(frozen=True)
class PartedKpi:
    """An indicator by part. ``label`` gives the words for a part, in the active language, to who knows only its code."""

    measure: Kpi
    label: Callable[[str], str]

    def __call__(self, period: Period, scope: Any) -> list[Figure]:
        """Measure, as any other entry does."""
        return self.measure(period, scope)
