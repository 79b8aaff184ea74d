"""Moments and calendars that the tests of deadlines share."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from portal.calendars.arithmetic import Hours
from portal.calendars.models import Calendar, Holiday, Window
from portal.calendars.services import save_calendar

RIYADH = ZoneInfo("Asia/Riyadh")
# Sunday to Thursday, 8:00 to 16:00; Monday is 0.
WEEK = [((480, 960),)] * 4 + [()] * 2 + [((480, 960),)]
HOLIDAYS = {date(2026, 3, day): "eid" for day in range(19, 25)} | {date(2026, 9, 23): "national-day"}
AGREED = Hours("Asia/Riyadh", WEEK, closed=HOLIDAYS)


def riyadh(text):
    """Return a moment by Riyadh's clock, in 2026: “04-05 10:00”."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=RIYADH)


def calendar_of(body, *, holidays=((date(2026, 3, 19), date(2026, 3, 24)), (date(2026, 9, 23), date(2026, 9, 23)))):
    """Store the agreed calendar for a body."""
    names = {"name_ar": "دوام", "name_en": "Hours", "name_zh_hans": "工作时间"}
    return save_calendar(
        Calendar(organisation=body, time_zone="Asia/Riyadh", **names),
        windows=[Window(weekday=day, opens=time(8), closes=time(16)) for day in (6, 0, 1, 2, 3)],
        holidays=[holiday(first, last) for first, last in holidays],
        by=None,
    )


def holiday(first, last, **fields):
    """Return a holiday that is not stored yet."""
    return Holiday(name_ar="عطلة", name_en="Holiday", name_zh_hans="假日", first_day=first, last_day=last, **fields)
