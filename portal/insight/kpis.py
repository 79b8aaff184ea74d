"""Indicators that unite what several apps know: who took part, for the first time or again, and as whom."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Case, CharField, Count, F, QuerySet, Value, When
from django.utils.translation import gettext, gettext_lazy

from portal.accounts.choices import ParticipantKind, Verification
from portal.accounts.kpis import ERASED, WEB, channel_labels, kind_labels, language_labels
from portal.accounts.models import Person
from portal.insight.querysets import once, share
from portal.registry import Figure, MeasuredKpi, PartedKpi, Period, kpis
from portal.registry import participants as who_took_part

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
NEW, RETURNING = "new", "returning"


@dataclass(frozen=True)
class _Group:
    """People who took part and have these in common."""

    kind: str
    language: str
    is_verified: bool
    people: int


def _ids(period: Period, scope: Any) -> QuerySet:
    # One set of ids: with an OR over several sets the database asks each of them anew for every person.
    first, *others = [entry(period, scope).order_by() for entry in who_took_part.values()] or [Person.objects.none()]
    return first.union(*others)


def _groups(period: Period, scope: Any) -> list[_Group]:
    return once(("participants", period, scope), lambda: _ask_groups(period, scope))


def _ask_groups(period: Period, scope: Any) -> list[_Group]:
    # The kind of an erased account is nobody's any more.
    kind = Case(When(erased_at__isnull=True, then=F("kind")), default=Value(ERASED), output_field=CharField())
    people = Person.objects.filter(pk__in=_ids(period, scope)).order_by().annotate(stays_as=kind)
    rows = people.values_list("stays_as", "language", "verification").annotate(people=Count("pk"))
    return [
        _Group(kind, language, verification == Verification.IDENTITY, count)
        for kind, language, verification, count in rows
    ]


def _total(period: Period, scope: Any) -> int:
    return sum(group.people for group in _groups(period, scope))


def _by(name: str, period: Period, scope: Any) -> Counter[str]:
    found: Counter[str] = Counter()
    for group in _groups(period, scope):
        found[getattr(group, name)] += group.people
    return found


def participants(period: Period, scope: Any) -> list[Figure]:
    """Count people, each once however often they took part."""
    return [Figure(value=float(_total(period, scope)))]


def verified_share(period: Period, scope: Any) -> list[Figure]:
    """Share of them whose identity is verified."""
    verified = sum(group.people for group in _groups(period, scope) if group.is_verified)
    return share(verified, _total(period, scope))


def participants_by_history(period: Period, scope: Any) -> list[Figure]:
    """Count those who took part for the first time, and those who had done so before the period began."""
    before = Period(start=_BEGINNING, end=period.start)
    people = Person.objects.filter(pk__in=_ids(period, scope))
    returning = people.filter(pk__in=_ids(before, scope)).count()
    found = {NEW: _total(period, scope) - returning, RETURNING: returning}
    return [Figure(value=float(count), dimension=part) for part, count in found.items()]


def participants_by_kind(period: Period, scope: Any) -> list[Figure]:
    """Count them by what they take part as; of those erased since, nothing of the kind is known."""
    found = _by("kind", period, scope)
    parts = [*ParticipantKind.values, *([ERASED] if found[ERASED] else [])]
    return [Figure(value=float(found[part]), dimension=part) for part in parts]


def participants_by_language(period: Period, scope: Any) -> list[Figure]:
    """Count them by the language of their account."""
    found = _by("language", period, scope)
    return [Figure(value=float(found[code]), dimension=code) for code, _name in settings.LANGUAGES]


def participants_by_channel(period: Period, scope: Any) -> list[Figure]:
    """Count them by the way they took part: the pages of the portal are the only one there is."""
    return [Figure(value=float(_total(period, scope)), dimension=WEB)]


def history_labels(codes: Collection[str]) -> dict[str, str]:
    """Return the words for new and returning."""
    return {NEW: gettext("For the first time"), RETURNING: gettext("Again")}


def register() -> None:
    """Offer the indicators."""
    kpis.register("participants", MeasuredKpi(participants, about_people=True))
    kpis.register("verified_share", MeasuredKpi(verified_share, about_people=True, as_taken=True))
    of = "participants"
    for code, measure, labels, heading, as_taken in (
        (
            "participants_by_history",
            participants_by_history,
            history_labels,
            gettext_lazy("First time or again"),
            False,
        ),
        ("participants_by_kind", participants_by_kind, kind_labels, gettext_lazy("Takes part as"), True),
        ("participants_by_language", participants_by_language, language_labels, gettext_lazy("Language"), True),
        ("participants_by_channel", participants_by_channel, channel_labels, gettext_lazy("Channel"), False),
    ):
        entry = PartedKpi(measure, True, as_taken, labels=labels, of=of, heading=heading)
        kpis.register(code, entry)
