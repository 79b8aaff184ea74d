"""Days, hours and what is left of them, as people read them. All in the portal's zone."""

from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import formats, timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext
from hijridate import Gregorian

_MOMENT = {"ar": "l j F Y، g:i\u00a0a", "en": "l j F Y, H:i", "zh-hans": "Y年n月j日l H:i"}
_SHORT_MOMENT = {"ar": "j F Y، g:i\u00a0a", "en": "j M Y, H:i", "zh-hans": "Y年n月j日 H:i"}
_HIJRI_MONTHS_AR = (
    "محرم", "صفر", "ربيع الأول", "ربيع الآخر", "جمادى الأولى", "جمادى الآخرة",
    "رجب", "شعبان", "رمضان", "شوال", "ذو القعدة", "ذو الحجة",
)  # fmt: skip
_HIJRI_MONTHS_EN = (
    "Muharram", "Safar", "Rabi al-Awwal", "Rabi al-Akhir", "Jumada al-Ula", "Jumada al-Akhirah",
    "Rajab", "Shaban", "Ramadan", "Shawwal", "Dhu al-Qadah", "Dhu al-Hijjah",
)  # fmt: skip


def zone(name: str = "") -> str:
    """Return what a zone is called beside a time of day; without a name, the portal's own."""
    name = name or settings.TIME_ZONE
    known = {
        "Asia/Riyadh": gettext("Riyadh time"),
        "Asia/Dubai": gettext("Abu Dhabi time"),
        "Asia/Qatar": gettext("Doha time"),
        "Asia/Muscat": gettext("Muscat time"),
        "Asia/Kuwait": gettext("Kuwait time"),
        "Asia/Bahrain": gettext("Manama time"),
    }
    return known.get(name, name)


def _local(value: date | datetime) -> date | datetime:
    return timezone.localtime(value) if isinstance(value, datetime) and timezone.is_aware(value) else value


def _day_of(value: date | datetime) -> date:
    local = _local(value)
    return local.date() if isinstance(local, datetime) else local


def _time(value: date | datetime, shown: str) -> SafeString:
    local = _local(value)
    stamp = local.isoformat(timespec="minutes") if isinstance(local, datetime) else local.isoformat()
    return format_html('<time datetime="{}">{}</time>', stamp, shown)


def day(value: Any) -> str:
    """Show the day: 3 December 2026; nothing for what is no date."""
    if not isinstance(value, date):
        return ""
    return _time(_day_of(value), formats.date_format(_day_of(value), "DATE_FORMAT"))


def _in_format(value: Any, by_language: dict[str, str]) -> str:
    if not isinstance(value, datetime):
        return day(value)
    wanted = by_language.get(get_language() or "", by_language["en"])
    return _time(value, formats.date_format(_local(value), wanted))


def moment(value: Any) -> str:
    """Show weekday, day and time: Thursday 3 December 2026, 16:00."""
    return _in_format(value, _MOMENT)


def short_moment(value: Any) -> str:
    """Show day and time in little room: 3 Dec 2026, 16:00."""
    return _in_format(value, _SHORT_MOMENT)


def hijri(value: Any) -> str:
    """Show the day in the Umm al-Qura calendar; nothing before 1343 and after 1500 AH, where it is not defined."""
    if not isinstance(value, date):
        return ""
    there = _day_of(value)
    try:
        here = Gregorian(there.year, there.month, there.day).to_hijri()
    except (OverflowError, ValueError):
        return ""
    language = get_language() or settings.LANGUAGE_CODE
    if language == "ar":
        shown, tag = f"{here.day} {_HIJRI_MONTHS_AR[here.month - 1]} {here.year}هـ", "ar"
    elif language.startswith("zh"):
        shown, tag = f"伊斯兰历{here.year}年{here.month}月{here.day}日", "zh-Hans"
    else:
        shown, tag = f"{here.day} {_HIJRI_MONTHS_EN[here.month - 1]} {here.year} AH", "en"
    return format_html('<bdi class="hijri" lang="{}">{}</bdi>', tag, shown)


def _left(value: datetime) -> tuple[int, int]:
    """Return (calendar days, whole hours) from now; days only once a full day is left."""
    now = timezone.now()
    left = value - now
    days = (_day_of(value) - timezone.localdate(now)).days if left >= timedelta(days=1) else 0
    return days, int(left.total_seconds() // 3600)


def closes_in(value: Any) -> str:
    """Say in how many days or hours it closes, or that it is closed; nothing without a moment."""
    if not isinstance(value, datetime):
        return ""
    if value <= timezone.now():
        return gettext("Closed")
    days, hours = _left(value)
    if days:
        return ngettext("Closes in %(count)s day", "Closes in %(count)s days", days) % {"count": days}
    if hours:
        return ngettext("Closes in %(count)s hour", "Closes in %(count)s hours", hours) % {"count": hours}
    return gettext("Closes in less than an hour")


def opens_in(value: Any) -> str:
    """Say in how many days or hours it opens, or that it is open; nothing without a moment."""
    if not isinstance(value, datetime):
        return ""
    if value <= timezone.now():
        return gettext("Open")
    days, hours = _left(value)
    if days:
        return ngettext("Opens in %(count)s day", "Opens in %(count)s days", days) % {"count": days}
    if hours:
        return ngettext("Opens in %(count)s hour", "Opens in %(count)s hours", hours) % {"count": hours}
    return gettext("Opens in less than an hour")
