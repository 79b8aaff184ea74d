"""The lanes of the queue, by which it is both read and indexed: the two must be written alike."""

from django.db.models import Case, IntegerField, Q, Value, When

from tickets.choices import ENDED_STATES, URGENT_KINDS, WORK_STATES

IN_WORK = Q(state__in=sorted(WORK_STATES))
OVER = Q(state__in=sorted(ENDED_STATES))


def lane() -> Case:
    """Return 0 for urgent kinds, 1 for all others."""
    urgent = When(kind__in=sorted(URGENT_KINDS), then=Value(0))
    return Case(urgent, default=Value(1), output_field=IntegerField())
