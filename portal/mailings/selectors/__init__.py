"""Reads of a mailing that is on its way: how far it is, how fast, and what went wrong."""

from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from time import time

from django.core.cache import cache
from django.db.models import Count

from portal.mailings.choices import UNSENT_STATES, DeliveryState, MailingState, Reason
from portal.mailings.models import Delivery, Mailing

# Counting a million rows of the index takes a quarter of a second: then less often.
FRESH, FRESH_WHEN_LARGE = 3, 15
LARGE = 200_000
# The rate is that of about the last minute.
_SPAN, _SAMPLES = 60.0, 40
MOST_LISTED = 50


@dataclass(frozen=True)
class Progress:
    """How a mailing stands: ``counts`` by state, ``rate`` in copies a minute, ``left`` until the last, if known."""

    counts: list[tuple[str, str, int]]
    reasons: list[tuple[str, int]]
    total: int
    done: int
    waiting: int
    in_doubt: int
    rate: float | None
    left: timedelta | None

    @property
    def percent(self) -> int:
        """How much of it is settled; 100 only when all is."""
        return 100 * self.done // self.total if self.total else 100

    @property
    def minutes_left(self) -> int | None:
        """How many minutes it takes yet, rounded up; None while that is not known."""
        return None if self.left is None else ceil(self.left / timedelta(minutes=1))


def waiting_by_language(mailing: Mailing) -> dict[str, int]:
    """Return how many copies will be sent, or were, by language: all but those that are skipped."""
    found = mailing.deliveries.exclude(state=DeliveryState.SKIPPED).order_by().values("language")
    return dict(found.annotate(count=Count("pk")).values_list("language", "count"))


def progress_of(mailing: Mailing) -> Progress:
    """Return how a mailing stands, at most a few seconds old."""
    counts, reasons, in_doubt = _counted(mailing)
    waiting = sum(counts.get(state, 0) for state in UNSENT_STATES)
    total = sum(counts.values())
    rate = _rate(mailing, total - waiting)
    left = timedelta(minutes=waiting / rate) if rate and waiting else None
    return Progress(
        counts=[(state.value, str(state.label), counts[state]) for state in DeliveryState if counts.get(state)],
        reasons=[(str(Reason(code).label), count) for code, count in reasons],
        total=total,
        done=total - waiting,
        waiting=waiting,
        in_doubt=in_doubt,
        rate=rate,
        left=left,
    )


def _counted(mailing: Mailing) -> tuple[dict[str, int], list[tuple[str, int]], int]:
    key = f"mailing.counts.{mailing.pk}.{mailing.state}"
    found = cache.get(key)
    if found is None:
        found = (_by_state(mailing), _by_reason(mailing), mailing.deliveries.in_doubt().count())
        cache.set(key, found, FRESH if mailing.frozen_count < LARGE else FRESH_WHEN_LARGE)
    return found


def _by_state(mailing: Mailing) -> dict[str, int]:
    # Answered from the index over mailing and state alone.
    found = mailing.deliveries.order_by().values("state").annotate(count=Count("*"))
    return dict(found.values_list("state", "count"))


def _by_reason(mailing: Mailing) -> list[tuple[str, int]]:
    found = mailing.deliveries.exclude(reason="").order_by().values("reason").annotate(count=Count("*"))
    return list(found.order_by("-count", "reason").values_list("reason", "count"))


def _rate(mailing: Mailing, done: int) -> float | None:
    """Return copies a minute from what was settled at earlier looks; None while nothing can be said."""
    key, now = f"mailing.rate.{mailing.pk}", time()
    if mailing.state != MailingState.SENDING:
        cache.delete(key)
        return None
    samples = [(at, count) for at, count in cache.get(key, []) if now - at <= _SPAN]
    if not samples or now - samples[-1][0] >= _SPAN / _SAMPLES:
        samples.append((now, done))
        cache.set(key, samples, int(_SPAN) * 2)
    first_at, first = samples[0]
    if now - first_at < 1.0 or done <= first:
        return None
    return 60 * (done - first) / (now - first_at)


def in_doubt_of(mailing: Mailing) -> list[Delivery]:
    """Return the copies whose recipients may have two of them, the first fifty."""
    return list(mailing.deliveries.in_doubt().order_by("pk")[:MOST_LISTED])
