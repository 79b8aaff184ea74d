"""How much time a promise has left, and who holds a case: ``{% load moderation %}``."""

from datetime import timedelta
from typing import Any

from django import template
from django.utils import formats, timezone
from django.utils.translation import gettext, ngettext

from portal.messaging.templatetags.mail import isolate

register = template.Library()
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@register.simple_tag
def due_in(deadline: Any) -> str:
    """Say how much time is left until the promised moment, or by how much it has passed."""
    left = deadline.due_at - timezone.now()
    return _overdue(-left) if left < timedelta(0) else _due(left)


@register.simple_tag
def due_look(deadline: Any) -> str:
    """Return the class of its look: late, due within the day, or neither. The words say the same."""
    left = deadline.due_at - timezone.now()
    if left < timedelta(0):
        return "due due-late"
    return "due due-soon" if left < _DAY else "due"


@register.simple_tag
def held_by(case: Any, user: Any) -> str:
    """Say who holds the case until when; nothing for one that nobody holds."""
    if case.claimed_by_id is None or case.claimed_until <= timezone.now():
        return ""
    time = formats.time_format(timezone.localtime(case.claimed_until))
    if case.claimed_by_id == user.pk:
        return gettext("yours until %(time)s") % {"time": time}
    name = isolate(case.claimed_by.display_name)
    return gettext("taken by %(name)s until %(time)s") % {"name": name, "time": time}


@register.filter
def is_held(case: Any) -> bool:
    """Tell whether somebody holds the case now."""
    return case.claimed_by_id is not None and case.claimed_until > timezone.now()


def _due(left: timedelta) -> str:
    if left < _HOUR:
        count = max(1, left // _MINUTE)
        return ngettext("Due in %(count)s minute", "Due in %(count)s minutes", count) % {"count": count}
    if left < 2 * _DAY:
        count = left // _HOUR
        return ngettext("Due in %(count)s hour", "Due in %(count)s hours", count) % {"count": count}
    count = left // _DAY
    return ngettext("Due in %(count)s day", "Due in %(count)s days", count) % {"count": count}


def _overdue(since: timedelta) -> str:
    if since < _HOUR:
        count = max(1, since // _MINUTE)
        return ngettext("Overdue by %(count)s minute", "Overdue by %(count)s minutes", count) % {"count": count}
    if since < 2 * _DAY:
        count = since // _HOUR
        return ngettext("Overdue by %(count)s hour", "Overdue by %(count)s hours", count) % {"count": count}
    count = since // _DAY
    return ngettext("Overdue by %(count)s day", "Overdue by %(count)s days", count) % {"count": count}
