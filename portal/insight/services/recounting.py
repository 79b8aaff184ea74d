"""Every stored figure of months that are over, compared with what its rows say now."""

from collections.abc import Callable, Iterator
from datetime import date

from django.db import transaction
from django.utils import timezone

from portal.accounts.models import Organisation
from portal.audit.services import record
from portal.insight.models import Snapshot
from portal.insight.selectors import figures, month_period
from portal.insight.selectors.periods import is_final
from portal.insight.services.snapshots import snapshot_of
from portal.registry import Drift, Figure, kpis, no_progress

_FIELDS = ("value", "numerator", "denominator", "n")
_Key = tuple[str, str]


def drifts(repair: bool, progress: Callable[[int, int], None] = no_progress) -> Iterator[Drift]:
    """Compare the snapshots of one month and body at a time; give what differs, mended it leaves a trace.

    A month that still runs, or whose last hours may not be in yet, is taken again every hour and has nothing to
    drift from. Figures that tell what people's accounts said when they were taken are only added where they miss.
    """
    months = [month for month in Snapshot.objects.order_by("month").values_list("month", flat=True).distinct()]
    scopes = [None, *Organisation.objects.public_bodies()]
    claims = [(month, scope) for month in months if is_final(month) for scope in scopes]
    for done, (month, scope) in enumerate(claims, start=1):
        yield from _settle(month, scope, repair)
        progress(done, len(claims))


@transaction.atomic
def _settle(month: date, scope: Organisation | None, repair: bool) -> list[Drift]:
    kept = Snapshot.objects.select_for_update(no_key=True, of=("self",)).filter(month=month, organisation=scope)
    stored = {(row.code, row.dimension): row for row in kept}
    found = {
        (code, each.dimension): each for code, parts in figures(month_period(month), scope).items() for each in parts
    }
    # What no version measures any more is history, and stays.
    differing = [key for key in {**stored, **found} if key[0] in kpis and not _agrees(key, stored, found)]
    place = f"{month:%Y-%m} {scope.code if scope else 'all'}"
    result = [
        Drift(place, f"{code} {part}".rstrip(), _shown(stored.get((code, part))), _shown(found.get((code, part))))
        for code, part in differing
    ]
    if result and repair:
        _mend(month, scope, {key: (stored.get(key), found.get(key)) for key in differing})
    return result


def _agrees(key: _Key, stored: dict[_Key, Snapshot], found: dict[_Key, Figure]) -> bool:
    one, other = stored.get(key), found.get(key)
    if getattr(kpis[key[0]], "as_taken", False) and any(code == key[0] for code, _part in stored):
        return True
    return one is not None and other is not None and all(getattr(one, f) == getattr(other, f) for f in _FIELDS)


def _mend(month: date, scope: Organisation | None, changes: dict[_Key, tuple[Snapshot | None, Figure | None]]) -> None:
    now = timezone.now()
    for (code, _part), (row, figure) in changes.items():
        trace = _trace(month, scope, code, row, figure)
        if row is None:
            row = snapshot_of(month, scope, code, figure, now)
            row.save()
        elif figure is not None:
            Snapshot.objects.filter(pk=row.pk).update(**{f: getattr(figure, f) for f in _FIELDS}, taken_at=now)
        record("snapshot.mended", row, by=None, data=trace)
        if figure is None:
            row.delete()


def _trace(
    month: date, scope: Organisation | None, code: str, row: Snapshot | None, figure: Figure | None
) -> dict[str, object]:
    values = [_shown(row), _shown(figure)]
    part = row.dimension if row else figure.dimension
    return {"month": f"{month:%Y-%m}", "body": scope.code if scope else None, "part": part, code: values}


def _shown(figure: Snapshot | Figure | None) -> float | str | None:
    return "missing" if figure is None else figure.value
