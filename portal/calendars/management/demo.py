"""The demonstration's calendars and service levels. What exists already stays as it is."""

from datetime import date, time
from typing import Any

from portal.accounts.models import Organisation, Person
from portal.calendars import content
from portal.calendars.choices import ALERTS_AT_ONCE, DEFAULT_TERMS, Level, Unit
from portal.calendars.models import Calendar, DatedHours, Holiday, ServiceLevel, Window
from portal.calendars.services import confirm_holiday, save_calendar, save_level
from portal.registry import DemoStage

# Ramadan 1447 and 1448 AH by the Umm al-Qura calendar.
RAMADANS = [(date(2026, 2, 18), date(2026, 3, 19)), (date(2027, 2, 8), date(2027, 3, 8))]
RAMADAN = {"name_ar": "رمضان", "name_en": "Ramadan", "name_zh_hans": "斋月"}
OTHER_TERMS = {Level.REPORT_OF_CONTENT: (72, Unit.CLOCK_HOURS), Level.CONSULTATION_RESPONSE: (12, Unit.WEEKS)}
# What asks for more than an answer has a time for its solution too.
SOLUTIONS = {Level.COMPLAINT: (10, Unit.WORKING_DAYS), Level.TECHNICAL: (24, Unit.WORKING_HOURS)}


def load(stage: DemoStage) -> None:
    """Create calendars and levels, and confirm the fixed days of this year; the moon's wait for a person."""
    bodies = {body.code: body for body in Organisation.objects.public_bodies()}
    known = set(Calendar.objects.values_list("organisation__code", "name_en"))
    for row in content.rows("calendars"):
        if (row["body"], row["name_en"]) not in known:
            _calendar(bodies[row.pop("body")], row)
    for body in bodies.values():
        _levels(body)
    administrator = Person.objects.filter(email="admin@demo.example").first()
    for holiday in Holiday.objects.filter(is_expected=False, confirmed_at=None, first_day__year=stage.anchor.year):
        confirm_holiday(holiday, is_confirmed=True, by=administrator)
    stage.say(f"{Calendar.objects.count()} calendars, {ServiceLevel.objects.count()} service levels")


def _calendar(body: Organisation, row: dict[str, Any]) -> None:
    week, ramadan = row.pop("week"), row.pop("ramadan", [])
    weekdays = row.pop("ramadan_weekdays", [])
    windows = [Window(weekday=day, opens=_time(opens), closes=_time(closes)) for day, opens, closes in week]
    hours = [(None, *each) for each in ramadan] + [tuple(each) for each in weekdays]
    dated = [
        DatedHours(
            **RAMADAN,
            first_day=first,
            last_day=last,
            weekday=weekday,
            opens=_time(opens),
            closes=_time(closes),
            is_expected=True,
        )
        for first, last in RAMADANS
        for weekday, opens, closes in hours
    ]
    save_calendar(Calendar(organisation=body, **row), windows=windows, dated_hours=dated, by=None)


def _levels(body: Organisation) -> None:
    known = set(body.service_levels.values_list("level", flat=True))
    for level, (amount, unit) in {**DEFAULT_TERMS, **OTHER_TERMS}.items():
        if level in known:
            continue
        solution_amount, solution_unit = SOLUTIONS.get(level, (None, ""))
        row = ServiceLevel(
            organisation=body,
            level=level,
            reply_amount=amount,
            reply_unit=unit,
            solution_amount=solution_amount,
            solution_unit=solution_unit,
            alerts_at_once=level in ALERTS_AT_ONCE,
        )
        save_level(row, by=None)


def _time(text: str) -> time:
    return time.fromisoformat(text)
