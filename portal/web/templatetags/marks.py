"""Small marks: icons, status, numbers, stars."""

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.templatetags.static import static
from django.utils import formats
from django.utils.html import format_html
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

MIRRORED_ICONS = ("arrow", "back", "reply", "external")
# State: look, icon, word.
STATES = {
    "draft": ("neutral", "pencil", _("Draft")),
    "upcoming": ("neutral", "calendar", _("Upcoming")),
    "open": ("success", "comment", _("Open")),
    "closing": ("attention", "clock", _("Closes soon")),
    "analysing": ("info", "scales", _("Analysing")),
    "concluded": ("info", "check", _("Concluded")),
    "withdrawn": ("neutral", "close", _("Withdrawn")),
    "waiting": ("attention", "clock", _("Waiting")),
    "decided": ("info", "check", _("Decided")),
    "hidden": ("danger", "eye-off", _("Hidden")),
    "kept": ("success", "check", _("Kept")),
    "overdue": ("danger", "alert", _("Overdue")),
    "neutral": ("neutral", "info", _("Note")),
    "success": ("success", "check", _("Done")),
    "info": ("info", "info", _("Information")),
    "attention": ("attention", "alert", _("Attention")),
    "danger": ("danger", "alert", _("Problem")),
}


def icon(name: str) -> str:
    """Draw an icon for the eye only; the words beside it carry the meaning."""
    look = "icon icon-mirror" if name in MIRRORED_ICONS else "icon"
    return format_html(
        '<svg class="{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        look,
        static("img/icons.svg"),
        name,
    )


def status(state: str, label: Any = "") -> str:
    """Draw a status tag: icon and word, never colour alone."""
    look, picture, word = STATES.get(str(state), STATES["neutral"])
    return format_html('<span class="tag tag-{}">{}{}</span>', look, icon(picture), label or word)


def number(value: Any) -> str:
    """Group thousands: 1,284. Nothing for None; what is no number comes back as it is."""
    if value is None or value == "":
        return ""
    try:
        Decimal(str(value))
    except InvalidOperation:
        return str(value)
    return formats.number_format(value, force_grouping=True)


def percent(value: Any) -> str:
    """Show a number of per cent, whole or with one decimal, kept left to right in Arabic too."""
    if value is None or value == "":
        return ""
    try:
        rounded = Decimal(str(value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    except InvalidOperation:
        return str(value)
    shown = f"{rounded.normalize():f}"
    return format_html('<bdi dir="ltr">{}{}</bdi>', shown, "٪" if get_language() == "ar" else "%")


def signed(value: Any) -> str:
    """Show a difference with its sign, kept left to right: +0.9, −5. Nothing for None."""
    if value is None or value == "":
        return ""
    try:
        difference = Decimal(str(value))
    except InvalidOperation:
        return str(value)
    sign = "+" if difference > 0 else "−" if difference < 0 else ""
    return format_html('<bdi dir="ltr">{}{}</bdi>', sign, number(abs(difference)))


def filesize(value: Any) -> str:
    """Show a number of bytes in kB or MB of a thousand, as file managers do."""
    try:
        size = int(value)
    except (TypeError, ValueError):
        return ""
    if size < 1_000_000:
        return gettext("%(size)s kB") % {"size": number(max(1, round(size / 1000)))}
    return gettext("%(size)s MB") % {"size": f"{size / 1_000_000:.1f}"}


def rating(value: Any, best: int = 5) -> str:
    """Show stars; the number is said in words for those who do not see them."""
    filled = max(0, min(best, round(float(value or 0))))
    shown = f"{float(value or 0):.1f}".removesuffix(".0")
    words = gettext("%(value)s out of %(best)s") % {"value": shown, "best": best}
    return format_html(
        '<span class="rating"><span aria-hidden="true"><b>{}</b>{}</span> <span class="muted">{}</span></span>',
        "★" * filled,
        "☆" * (best - filled),
        words,
    )
