"""Indicators of the newsletter: who reads it, what arrives, and who leaves. Whether mail is opened is not measured."""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from newsletter.choices import ConsentAct
from newsletter.models import Consent, Issue, Subscription
from newsletter.services.subscribing import PURPOSE
from portal.insight.querysets import counted, counted_by, median, once, share
from portal.mailings.choices import DeliveryState
from portal.mailings.models import Delivery, Mailing
from portal.registry import Figure, MeasuredKpi, PartedKpi, Period, kpis

# Kinds of readers: whoever reads for an organisation is of that kind, with an account or without.
READERS = [("organisation", _("For an organisation")), ("account", _("With an account")), ("guest", _("Without one"))]
_HANDED_OVER = (DeliveryState.SENT, DeliveryState.BOUNCED, DeliveryState.COMPLAINED)
_HOUR = timedelta(hours=1)


def subscribers_at_end(period: Period) -> QuerySet[Subscription]:
    """Return the subscriptions that were confirmed and not ended when the period was over; those paused too."""
    confirmed = Subscription.objects.filter(confirmed_at__lt=period.end)
    return confirmed.filter(Q(ended_at=None) | Q(ended_at__gte=period.end))


def newsletter_subscribers(period: Period, scope: Any) -> list[Figure]:
    """Count subscriptions at the end of the period. The newsletter is the ministry's: no body has figures alone."""
    return counted(subscribers_at_end(period)) if scope is None else []


def by_language(period: Period, scope: Any) -> list[Figure]:
    """Count them by the language of their edition."""
    return _parted(subscribers_at_end(period), "language", [code for code, _name in settings.LANGUAGES], scope)


def by_kind(period: Period, scope: Any) -> list[Figure]:
    """Count them by kind of reader."""
    kind = Case(
        When(organisation__isnull=False, then=Value("organisation")),
        When(person__isnull=False, then=Value("account")),
        default=Value("guest"),
    )
    rows = subscribers_at_end(period).annotate(kind=kind)
    return _parted(rows, "kind", [code for code, _label in READERS], scope)


def _parted(rows: QuerySet, column: str, codes: Collection[str], scope: Any) -> list[Figure]:
    if scope is not None:
        return []
    found = counted_by(rows, column)
    return [Figure(value=float(found.get(code, 0)), dimension=code) for code in codes]


def newsletter_delivered(period: Period, scope: Any) -> list[Figure]:
    """Share that arrived, as far as is known, of the copies handed to the relay: all but those that came back."""
    return _share(period, scope, lambda found: (found["all"] - found["bounced"], found["all"]))


def newsletter_bounced(period: Period, scope: Any) -> list[Figure]:
    """Share that was refused or came back, of the copies handed over."""
    return _share(period, scope, lambda found: (found["bounced"], found["all"]))


def newsletter_complaints(period: Period, scope: Any) -> list[Figure]:
    """Share that was reported as unwanted, of the copies that arrived."""
    return _share(period, scope, lambda found: (found["complained"], found["all"] - found["bounced"]))


def _copies(period: Period) -> dict[str, int]:
    begun = Mailing.objects.filter(purpose=PURPOSE, started_at__gte=period.start, started_at__lt=period.end)
    return Delivery.objects.filter(mailing__in=begun, state__in=_HANDED_OVER).aggregate(
        all=Count("pk"),
        bounced=Count("pk", filter=Q(state=DeliveryState.BOUNCED)),
        complained=Count("pk", filter=Q(state=DeliveryState.COMPLAINED)),
    )


def _share(period: Period, scope: Any, parts: Callable[[dict[str, int]], tuple[int, int]]) -> list[Figure]:
    """Return a share of the copies handed over; the newsletter is one for all bodies."""
    if scope is not None:
        return []
    return share(*parts(once(("newsletter-copies", period), lambda: _copies(period))))


def newsletter_unsubscribed(period: Period, scope: Any) -> list[Figure]:
    """Count subscriptions whose reader left in the period, each once however often."""
    if scope is not None:
        return []
    left = Consent.objects.filter(act=ConsentAct.LEFT, at__gte=period.start, at__lt=period.end)
    return [Figure(value=float(left.order_by().values("subscription_id").distinct().count()))]


def newsletter_late(period: Period, scope: Any) -> list[Figure]:
    """Median of the hours by which issues began to go out after their Monday's hour; missed issues have no value."""
    if scope is not None:
        return []
    begun = Issue.objects.filter(mailing__started_at__gte=period.start, mailing__started_at__lt=period.end)
    hours = sorted((began - due) / _HOUR for began, due in begun.values_list("mailing__started_at", "start_at"))
    middle = len(hours) // 2
    value = None if not hours else hours[middle] if len(hours) % 2 else (hours[middle - 1] + hours[middle]) / 2
    return median(value, len(hours))


def _labels(words: Collection[tuple[str, Any]]) -> Any:
    return lambda codes: {code: str(label) for code, label in words if code in codes}


def register() -> None:
    """Offer the indicators.

    Later they may rightly differ from what was taken: whoever comes back has one date of confirmation, and what comes
    back weeks afterwards counts for the month in which it was sent.
    """
    kpis.register("newsletter_subscribers", MeasuredKpi(newsletter_subscribers, about_people=True, as_taken=True))
    for code, measure, words, heading in (
        ("newsletter_subscribers_by_language", by_language, settings.LANGUAGES, _("Language")),
        ("newsletter_subscribers_by_kind", by_kind, READERS, _("Kind")),
    ):
        entry = PartedKpi(
            measure,
            about_people=True,
            as_taken=True,
            labels=_labels(words),
            of="newsletter_subscribers",
            heading=heading,
        )
        kpis.register(code, entry)
    for measured in (newsletter_delivered, newsletter_bounced, newsletter_complaints, newsletter_unsubscribed):
        kpis.register(measured.__name__, MeasuredKpi(measured, as_taken=True))
    kpis.register("newsletter_late", newsletter_late)
