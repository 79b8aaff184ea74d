"""Reads of what readers think of pages and services: public from ten judgements on, of the last 52 weeks."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils import timezone

from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for, holds
from portal.pages.choices import RemarkState, Scale, Stars, Useful
from portal.pages.models import Remark, Service, Tally
from portal.registry import InboxItem
from portal.registry.judged import JudgedPage, judged_pages

# Fewer say nothing of a page, and could tell what one person answered.
SMALLEST = 10
WINDOW = timedelta(weeks=52)
# The registry's kind of services: their stars hang on the same subject as what is said of their page.
SERVICE = "service"
SORTS = ("useful", "useless", "answers")


@dataclass(frozen=True)
class Usefulness:
    """How many found a page useful, of how many who answered."""

    useful: int
    answers: int

    @property
    def percent(self) -> float:
        """The share that found it useful."""
        return 100 * self.useful / self.answers


@dataclass(frozen=True)
class Bar:
    """One value of a distribution, as ``components/result_bars.html`` draws it."""

    label: str
    votes: int
    percent: float
    # One colour for all: their length is what differs.
    series: int = 1


@dataclass(frozen=True)
class Rating:
    """How many gave a service one star, two stars and so on."""

    counts: tuple[int, ...]

    @property
    def answers(self) -> int:
        """All ratings."""
        return sum(self.counts)

    @property
    def mean(self) -> float:
        """The mean of the stars."""
        return sum(stars * count for stars, count in zip(Stars.values, self.counts, strict=True)) / self.answers

    @property
    def bars(self) -> list[Bar]:
        """The distribution, the best first."""
        rows = [
            Bar(f"{stars.value} – {stars.label}", count, 100 * count / self.answers)
            for stars, count in zip(Stars, self.counts, strict=True)
        ]
        return rows[::-1]


@dataclass(frozen=True)
class JudgedRow:
    """A page in the public list."""

    kind: str
    key: str
    page: JudgedPage
    found: Usefulness

    @property
    def label(self) -> str:
        """The kind of page in words."""
        return str(judged_pages[self.kind].label)


@dataclass(frozen=True)
class RatedRow:
    """A service in the public list."""

    service: Service
    rating: Rating


def week_of(day: date) -> date:
    """Return the Sunday with which the week of this day begins."""
    return day - timedelta(days=day.isoweekday() % 7)


def first_week() -> date:
    """Return the first week that public figures count."""
    return week_of(timezone.localdate()) - WINDOW


def page_of(kind: str, key: str) -> JudgedPage | None:
    """Return the page that everybody may read and is asked about here, or None."""
    entry = judged_pages.get(kind)
    if entry is None or entry.counts is not None:
        return None
    return entry.find([key]).get(key)


def usefulness_of(kind: str, key: str) -> Usefulness | None:
    """Return what readers think of a page; None while too few have answered."""
    rows = _counted(Scale.USEFUL).filter(subject__kind=kind, subject__key=key).values_list("value")
    return _enough(dict(rows.annotate(total=Sum("count"))))


def rating_of(service: Service) -> Rating | None:
    """Return the stars of a service; None while too few were given."""
    rows = _counted(Scale.STARS).filter(subject__kind=SERVICE, subject__key=service.code).values_list("value")
    return _enough_stars(dict(rows.annotate(total=Sum("count"))))


def judged_list(sort: str = "") -> list[JudgedRow]:
    """Return the pages with enough answers, the most useful first unless another of ``SORTS`` is asked for."""
    found = _usefulness_by_page()
    pages = pages_of(found)
    rows = [JudgedRow(*place, page, found[place]) for place, page in pages.items()]
    return sorted(rows, key=lambda row: (_place(row.found, sort), row.page.title))


def _place(found: Usefulness, sort: str) -> tuple[float, float]:
    if sort == "answers":
        return -found.answers, -found.percent
    return (found.percent if sort == "useless" else -found.percent), -found.answers


def _usefulness_by_page() -> dict[tuple[str, str], Usefulness]:
    """Return by kind and key what is known of each page, those of which another app asks itself too."""
    counts: dict[tuple[str, str], dict[int, int]] = defaultdict(dict)
    rows = _counted(Scale.USEFUL).values_list("subject__kind", "subject__key", "value").annotate(total=Sum("count"))
    for kind, key, value, total in rows:
        counts[kind, key][value] = total
    since = first_week()
    for kind, entry in judged_pages.items():
        for key, (useful, answers) in (entry.counts(since) if entry.counts else {}).items():
            counts[kind, key] = {Useful.YES: useful, Useful.NO: answers - useful}
    found = {place: _enough(each) for place, each in counts.items() if place[0] in judged_pages}
    return {place: each for place, each in found.items() if each is not None}


def rated_list(sort: str = "") -> list[RatedRow]:
    """Return the services with enough ratings: the best first, or (“answers”) those rated most."""
    counts: dict[str, dict[int, int]] = defaultdict(dict)
    rows = _counted(Scale.STARS).filter(subject__kind=SERVICE).values_list("subject__key", "value")
    for key, value, total in rows.annotate(total=Sum("count")):
        counts[key][value] = total
    found = {key: _enough_stars(each) for key, each in counts.items()}
    services = Service.objects.filter(code__in=[key for key, each in found.items() if each]).select_related(
        "organisation"
    )
    rated = [RatedRow(service, rating) for service in services if (rating := found[service.code])]
    return sorted(rated, key=lambda row: (_place_of_rating(row.rating, sort), str(row.service)))


def _place_of_rating(rating: Rating, sort: str) -> tuple[float, float]:
    if sort == "answers":
        return -rating.answers, -rating.mean
    return (rating.mean if sort == "useless" else -rating.mean), -rating.answers


def _counted(scale: Scale) -> QuerySet[Tally]:
    return Tally.objects.filter(scale=scale, week__gt=first_week()).order_by()


def _enough(counts: dict[int, int]) -> Usefulness | None:
    answers = sum(counts.values())
    return Usefulness(counts.get(Useful.YES, 0), answers) if answers >= SMALLEST else None


def _enough_stars(counts: dict[int, int]) -> Rating | None:
    rating = Rating(tuple(counts.get(stars, 0) for stars in Stars.values))
    return rating if rating.answers >= SMALLEST else None


# For editors


def remarks_of(user: Any) -> QuerySet[Remark]:
    """Return the remarks on pages of the bodies for which this person edits."""
    return Remark.objects.filter(subject__organisation__in=bodies_for(user, Role.EDITOR))


def new_remarks(user: Any) -> int | None:
    """Return how many remarks nobody has read; None for those who edit nothing."""
    return _new(user).count() if holds(user, Role.EDITOR) else None


def first_new_remarks(user: Any, limit: int) -> list[InboxItem]:
    """Return the oldest of them, by the page they are about."""
    rows = list(_new(user).select_related("subject").order_by("day", "pk")[:limit])
    pages = pages_of({(remark.subject.kind, remark.subject.key) for remark in rows})
    return [_inbox_item(remark, pages.get((remark.subject.kind, remark.subject.key))) for remark in rows]


def _new(user: Any) -> QuerySet[Remark]:
    return remarks_of(user).filter(state=RemarkState.NEW)


def _inbox_item(remark: Remark, page: JudgedPage | None) -> InboxItem:
    url = reverse("admin:pages_remark_change", args=[remark.pk])
    return InboxItem(page.title if page else remark.subject.code, url, page.language if page else "")


def pages_of(places: Collection[tuple[str, str]]) -> dict[tuple[str, str], JudgedPage]:
    """Return the pages of these kinds and keys, as far as everybody may read them still."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for kind, key in places:
        if kind in judged_pages:
            by_kind[kind].append(key)
    found = {kind: judged_pages[kind].find(keys) for kind, keys in by_kind.items()}
    return {(kind, key): page for kind, pages in found.items() for key, page in pages.items()}
