"""The figures of a month, taken and kept."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Organisation
from portal.cache import bump
from portal.insight.models import Snapshot
from portal.insight.selectors import figures, month_period
from portal.insight.selectors.periods import FINALISING_DAYS, first_of, months_before
from portal.registry import Figure


def take_snapshots(day: date) -> None:
    """Take the figures of the day's month, and in its first days those of the month before for the last time."""
    take_month(first_of(day))
    if day.day <= FINALISING_DAYS:
        take_month(months_before(day, 1))


def take_month(month: date) -> None:
    """Take a month's figures, of all bodies together and of each; taken again, they replace the earlier ones."""
    for organisation in [None, *Organisation.objects.public_bodies()]:
        take_of(month, organisation)


@transaction.atomic
def take_of(month: date, organisation: Organisation | None) -> None:
    """Take a month's figures of one body, or (None) of all together."""
    taken_at = timezone.now()
    found = figures(month_period(month), organisation)
    rows = [
        snapshot_of(month, organisation, code, figure, taken_at, position)
        for code, parts in found.items()
        for position, figure in enumerate(parts)
    ]
    earlier = Snapshot.objects.filter(month=month, organisation=organisation)
    current = {(row.code, row.dimension) for row in rows}
    # A part that is gone (a response that is no longer overdue) must not linger beside the new figures.
    gone = [pk for pk, *part in earlier.values_list("pk", "code", "dimension") if tuple(part) not in current]
    Snapshot.objects.filter(pk__in=gone).delete()
    Snapshot.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["month", "code", "organisation", "dimension"],
        update_fields=["value", "numerator", "denominator", "n", "position", "taken_at"],
    )
    bump()


def snapshot_of(
    month: date, organisation: Organisation | None, code: str, figure: Figure, taken_at: datetime, position: int = 0
) -> Snapshot:
    """Return one figure of a month as a row, not saved."""
    return Snapshot(
        month=month,
        organisation=organisation,
        code=code,
        dimension=figure.dimension,
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        n=figure.n,
        position=position,
        taken_at=taken_at,
    )
