"""The button by which something is followed, and the bell of the header."""

from typing import Any

from django import template
from django.utils.translation import gettext_lazy as _

from portal.notifications.selectors import is_following
from portal.registry.notices import followables

register = template.Library()

# By kind: the words of the button, what is said once it was pressed, and what the other button is for.
_WORDS = {
    "consultation": (
        _("Follow this consultation"),
        _("You follow this consultation."),
        _("Stop following this consultation"),
    ),
    "topic": (_("Follow this topic"), _("You follow this topic."), _("Stop following this topic")),
    "organisation": (_("Follow this body"), _("You follow this body."), _("Stop following this body")),
}


@register.inclusion_tag("notifications/_follow.html", takes_context=True)
def follow_button(context: dict[str, Any], kind: str, key: str) -> dict[str, Any]:
    """Draw the button for something; nothing for what is not public, which nobody can follow."""
    request = context["request"]
    action, state, stop = _WORDS[kind]
    return {
        "request": request,
        "csrf_token": context.get("csrf_token"),
        "shown": bool(key) and key in followables[kind].find([key]),
        "kind": kind,
        "key": key,
        "action": action,
        "state": state,
        "stop": stop,
        "is_on": is_following(request.user, kind, key),
    }
