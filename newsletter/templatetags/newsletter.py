"""What templates of issues need besides the portal's own tags."""

import re
from typing import Any

from django import template
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_EMPHASIS = re.compile(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1")
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)


@register.filter
def whole_address(link: Any) -> str:
    """Return an address as it can be read in a plain mail; what is no path of ours stays as it is."""
    text = str(link)
    return settings.BASE_URL.rstrip("/") + text if text.startswith("/") and not text.startswith("//") else text


@register.filter
def as_published(edition: Any) -> SafeString:
    """Show an edition as it was when it was approved."""
    # Made by our own template, which escapes and cleans what staff wrote; nobody can write into this row.
    return mark_safe(edition.page)


@register.filter
def markdown_text(text: Any) -> str:
    """Return Markdown as people write plain mail: links in brackets behind their words, no marks of emphasis."""
    plain = _LINK.sub(lambda found: f"{found[1]} ({whole_address(found[2])})", str(text or ""))
    return _EMPHASIS.sub(r"\2", _HEADING.sub("", plain)).strip()
