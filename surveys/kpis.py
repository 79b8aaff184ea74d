"""Indicators of surveys: how satisfied people are, whether they answer, and whether they get to the end.

All of them are as they were taken: answers of anonymous surveys leave their urn later than they were given, and what a
second look refuses counts no more.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from portal.insight.querysets import once
from portal.registry import Figure, MeasuredKpi, PartedKpi, Period, kpis
from surveys.choices import Channel
from surveys.rules import figures
from surveys.selectors.measuring import (
    CHANNEL,
    LANGUAGE,
    Cells,
    completion_in,
    parts_of,
    points_in,
    response_in,
    total_of,
)

PARTS = {LANGUAGE: (_("Language"), settings.LANGUAGES), CHANNEL: (_("Channel"), Channel.choices)}
NO_VALUE = Figure(value=None)


@dataclass(frozen=True)
class Indicator:
    """How it is counted, what figure comes of a count, and how many people are behind it."""

    code: str
    count: Callable[[Period], Cells]
    figure: Callable[[Counter[Any]], Figure]
    people: Callable[[Counter[Any]], int]
    parts: Collection[str] = (LANGUAGE, CHANNEL)
    # Whether public pages withhold small shares besides: they take a value for a number of people.
    about_people: bool = False

    def whole(self, period: Period, scope: Any) -> list[Figure]:
        """Measure it; without answers, or with too few, there is no value."""
        counted = total_of(self._cells(period), scope, self.people)
        return [self.figure(counted) if counted else NO_VALUE]

    def by(self, part: str) -> Callable[[Period, Any], list[Figure]]:
        """Return what measures it by part."""

        def measure(period: Period, scope: Any) -> list[Figure]:
            found = parts_of(self._cells(period), scope, part, self.people)
            return [
                replace(self.figure(counted) if counted else NO_VALUE, dimension=code)
                for code, counted in found.items()
            ]

        return measure

    def _cells(self, period: Period) -> Cells:
        return once((self.code, period), lambda: self.count(period))


def _share(numerator: int, denominator: int) -> Figure:
    value = 100 * numerator / denominator if denominator else None
    return Figure(value=value, numerator=numerator, denominator=denominator)


def _satisfied(counts: Counter[int]) -> Figure:
    return _share(sum(counts[point] for point in figures.SATISFIED), figures.size(counts))


def _recommending(counts: Counter[int]) -> Figure:
    found = figures.nps(counts)
    return Figure(value=found.value, n=found.n) if found else NO_VALUE


def _easy(counts: Counter[int]) -> Figure:
    found = figures.ces(counts)
    return Figure(value=found.value, n=found.n) if found else NO_VALUE


def _completed(counts: Counter[str]) -> Figure:
    # Whoever began in one month and handed in in the next would make it more than all.
    return _share(min(counts["done"], counts["begun"]), counts["begun"])


def _answered(counts: Counter[str]) -> Figure:
    return _share(counts["answered"], counts["delivered"])


INDICATORS = [
    Indicator(
        "survey_satisfaction",
        lambda period: points_in(period, "csat"),
        _satisfied,
        figures.size,
        about_people=True,
    ),
    Indicator("survey_nps", lambda period: points_in(period, "nps"), _recommending, figures.size),
    Indicator("survey_ces", lambda period: points_in(period, "ces"), _easy, figures.size),
    Indicator("survey_completion", completion_in, _completed, lambda counts: counts["begun"], about_people=True),
    Indicator(
        "survey_response",
        response_in,
        _answered,
        lambda counts: counts["answered"],
        parts=(LANGUAGE,),
        about_people=True,
    ),
]


def _labels(words: Collection[tuple[str, Any]]) -> Callable[[Collection[str]], dict[str, str]]:
    return lambda codes: {code: str(label) for code, label in words if code in codes}


def register() -> None:
    """Offer the indicators, each with its parts."""
    for one in INDICATORS:
        kpis.register(one.code, MeasuredKpi(one.whole, about_people=one.about_people, as_taken=True))
        for part in one.parts:
            heading, words = PARTS[part]
            entry = PartedKpi(
                one.by(part),
                about_people=one.about_people,
                as_taken=True,
                labels=_labels(words),
                of=one.code,
                heading=heading,
            )
            kpis.register(f"{one.code}_by_{part}", entry)
