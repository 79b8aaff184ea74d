"""Every write of promises, calendars and levels."""

from portal.calendars.services.breaches import record_breaches
from portal.calendars.services.deadlines import (
    DeadlineRefused,
    change_kind,
    drop,
    extend,
    meet,
    pick_up,
    promise,
    recompute,
    reopen,
    restart,
    resume,
    wait,
)
from portal.calendars.services.housekeeping import adopt
from portal.calendars.services.recounts import Preview, begin_recount, continue_recount, preview, unfinished
from portal.calendars.services.starters import load_starters
from portal.calendars.services.writing import (
    CalendarRefused,
    confirm_holiday,
    save_calendar,
    save_holiday,
    save_level,
    scope_of,
    settle_calendar,
)

__all__ = [
    "CalendarRefused",
    "DeadlineRefused",
    "Preview",
    "adopt",
    "begin_recount",
    "change_kind",
    "confirm_holiday",
    "continue_recount",
    "drop",
    "extend",
    "load_starters",
    "meet",
    "pick_up",
    "preview",
    "promise",
    "recompute",
    "record_breaches",
    "reopen",
    "restart",
    "resume",
    "save_calendar",
    "save_holiday",
    "save_level",
    "scope_of",
    "settle_calendar",
    "unfinished",
    "wait",
]
