"""Writing calendars, holidays and levels: every change is checked and recorded, and deadlines follow it."""

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise as Lazy

from portal.accounts.models import Organisation
from portal.audit.services import record
from portal.calendars.models import Calendar, DatedHours, Holiday, ServiceLevel, Window
from portal.calendars.rules import LAST_BEFORE_FIRST, calendar_problems, level_problems


class CalendarRefused(Exception):
    """It cannot be so; ``problems`` are sentences for the person who tried."""

    def __init__(self, problems: list[Lazy]) -> None:
        super().__init__([str(problem) for problem in problems])
        self.problems = problems


@transaction.atomic
def save_calendar(
    calendar: Calendar,
    *,
    windows: list[Window] | None = None,
    dated_hours: list[DatedHours] | None = None,
    holidays: list[Holiday] | None = None,
    by: Any,
) -> Calendar:
    """Save a calendar; rows that are given are added to it. Raises ``CalendarRefused``."""
    calendar.save()
    for row in (*(windows or ()), *(dated_hours or ()), *(holidays or ())):
        row.calendar = calendar
        row.save()
    settle_calendar(calendar, by=by)
    return calendar


def settle_calendar(calendar: Calendar, *, by: Any) -> None:
    """Check a calendar as it is stored now, with all its rows, and record it. Raises ``CalendarRefused``."""
    problems = calendar_problems(calendar)
    if problems:
        raise CalendarRefused(problems)
    calendar.updated_at = timezone.now()
    calendar.save(update_fields=["updated_at"])
    record("calendar.saved", calendar, by=by, data={"main": calendar.is_main, "zone": calendar.time_zone})


@transaction.atomic
def save_holiday(holiday: Holiday, *, by: Any) -> Holiday:
    """Save a holiday of a country or a calendar. Raises ``CalendarRefused``."""
    if holiday.last_day < holiday.first_day:
        raise CalendarRefused([LAST_BEFORE_FIRST])
    holiday.save()
    days = {"first": holiday.first_day.isoformat(), "last": holiday.last_day.isoformat()}
    record("holiday.saved", holiday, by=by, data={**days, "observed": holiday.is_observed})
    return holiday


@transaction.atomic
def confirm_holiday(holiday: Holiday, *, is_confirmed: bool, by: Any) -> None:
    """Write down who confirmed the dates, or that they are to be confirmed again; a repeated word changes nothing."""
    if is_confirmed == (holiday.confirmed_at is not None):
        return
    holiday.confirmed_by, holiday.confirmed_at = (by, timezone.now()) if is_confirmed else (None, None)
    holiday.save(update_fields=["confirmed_by", "confirmed_at"])
    record("holiday.confirmed" if is_confirmed else "holiday.unconfirmed", holiday, by=by)


@transaction.atomic
def save_level(level: ServiceLevel, *, by: Any) -> ServiceLevel:
    """Save what a body promises for one kind. Raises ``CalendarRefused``."""
    problems = level_problems(level)
    if problems:
        raise CalendarRefused(problems)
    level.save()
    terms = {"reply": [level.reply_amount, level.reply_unit], "solution": [level.solution_amount, level.solution_unit]}
    record("service_level.saved", level, by=by, data={"level": level.level, **terms})
    return level


def scope_of(changed: Calendar | Holiday | ServiceLevel) -> dict[str, Any]:
    """Return which deadlines a change may touch: those of the calendars, and of the bodies that use them.

    A calendar or level holds for the bodies below too, as long as they have none of their own.
    """
    if isinstance(changed, Holiday):
        kept = Calendar.objects.filter(country=changed.country) if changed.country else Calendar.objects.none()
        own = [changed.calendar_id] if changed.calendar_id else []
        return {"calendars": [*own, *kept.order_by("pk").values_list("pk", flat=True)]}
    bodies = _with_parts(changed.organisation)
    if isinstance(changed, ServiceLevel):
        return {"organisations": bodies, "level": changed.level}
    return {"calendars": [changed.pk], "organisations": bodies}


def _with_parts(body: Organisation) -> list[int]:
    parts = Organisation.objects.filter(parent=body).order_by("pk").values_list("pk", flat=True)
    return [body.pk, *parts]
