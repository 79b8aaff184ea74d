"""An entry of the ``kpis`` registry whose figures stand for parts of a whole."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from portal.registry import Figure, Kpi, Period


@dataclass(frozen=True)
class PartedKpi:
    """An indicator by part. ``label`` turns the code of a part into words of the active language."""

    measure: Kpi
    label: Callable[[str], str]

    def __call__(self, period: Period, scope: Any) -> list[Figure]:
        """Measure, as any other entry does."""
        return self.measure(period, scope)
