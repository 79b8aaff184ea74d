"""Indicators of accounts. What is counted stays counted when the account is erased: erasure leaves a tombstone."""

from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.db.models import Case, CharField, Count, F, QuerySet, Value, When
from django.utils.translation import gettext, gettext_lazy

from portal.accounts.choices import ParticipantKind
from portal.accounts.models import Person
from portal.registry import Figure, MeasuredKpi, PartedKpi, Period, kpis

# What is left of an erased account: that it was opened.
ERASED = "erased"
WEB = "web"


def _opened(period: Period) -> QuerySet[Person]:
    return Person.objects.filter(date_joined__gte=period.start, date_joined__lt=period.end)


def sign_ups(period: Period, scope: Any) -> list[Figure]:
    """Count the accounts opened; people open them with the portal, not with one of its bodies."""
    return [] if scope else [Figure(value=float(_opened(period).count()))]


def sign_ups_by_kind(period: Period, scope: Any) -> list[Figure]:
    """Count them by what their owners take part as; of those erased since, nothing of the kind is known."""
    kind = Case(When(erased_at__isnull=True, then=F("kind")), default=Value(ERASED), output_field=CharField())
    found = {} if scope else _counted(_opened(period).annotate(part=kind))
    parts = [*ParticipantKind.values, *([ERASED] if ERASED in found else [])]
    return [] if scope else [Figure(value=float(found.get(part, 0)), dimension=part) for part in parts]


def sign_ups_by_language(period: Period, scope: Any) -> list[Figure]:
    """Count them by the language of the account."""
    found = {} if scope else _counted(_opened(period).annotate(part=F("language")))
    codes = [] if scope else [code for code, _name in settings.LANGUAGES]
    return [Figure(value=float(found.get(code, 0)), dimension=code) for code in codes]


def sign_ups_by_channel(period: Period, scope: Any) -> list[Figure]:
    """Count them by the way they came: the sign-up page of the portal is the only one there is."""
    return [Figure(value=each.value, dimension=WEB) for each in sign_ups(period, scope)]


def _counted(people: QuerySet[Person]) -> dict[str, int]:
    return dict(people.order_by().values_list("part").annotate(people=Count("pk")))


def kind_labels(codes: Collection[str]) -> dict[str, str]:
    """Return the words for what people take part as."""
    return {**{kind.value: str(kind.label) for kind in ParticipantKind}, ERASED: gettext("Account erased since")}


def language_labels(codes: Collection[str]) -> dict[str, str]:
    """Return the names of the portal's languages."""
    return {code: str(name) for code, name in settings.LANGUAGES}


def channel_labels(codes: Collection[str]) -> dict[str, str]:
    """Return the words for the ways in."""
    return {WEB: gettext("Portal (web)")}


def register() -> None:
    """Offer the indicators."""
    kpis.register("sign_ups", MeasuredKpi(sign_ups, about_people=True))
    for code, measure, labels, heading, as_taken in (
        ("sign_ups_by_kind", sign_ups_by_kind, kind_labels, gettext_lazy("Takes part as"), True),
        ("sign_ups_by_language", sign_ups_by_language, language_labels, gettext_lazy("Language"), True),
        ("sign_ups_by_channel", sign_ups_by_channel, channel_labels, gettext_lazy("Channel"), False),
    ):
        entry = PartedKpi(measure, True, as_taken, labels=labels, of="sign_ups", heading=heading)
        kpis.register(code, entry)
