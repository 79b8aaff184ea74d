"""What templates of messages may use besides Django's own tags."""

from typing import Any

from django import template
from django.conf import settings
from django.urls import reverse

from portal.text import clean_line

register = template.Library()


def absolute_url(path: str) -> str:
    """Return the whole address of a path of the portal."""
    return settings.BASE_URL.rstrip("/") + path


@register.simple_tag
def absolute(name: str, *args: Any, **kwargs: Any) -> str:
    """Return the whole address of a page, in the language that is active."""
    return absolute_url(reverse(name, args=args, kwargs=kwargs))


@register.filter(name="absolute")
def absolute_path(path: Any) -> str:
    """Return the whole address of a path that the caller made, as by ``Kind.url``."""
    return absolute_url(str(path))


@register.filter
def isolate(text: Any) -> str:
    """Set a person's words on one line apart, so that their direction turns nothing beside them round.

    For plain text and subjects; HTML has ``<bdi>``.
    """
    return f"\u2068{clean_line(str(text))}\u2069"
