"""The question at the foot of a page. It is the same for everybody, so that pages stay in the cache."""

from typing import Any

from django import template

from portal.pages.selectors.judging import usefulness_of

register = template.Library()


@register.inclusion_tag("pages/feedback/_ask.html")
def page_feedback(kind: str, key: str) -> dict[str, Any]:
    """Ask whether this page was useful, and tell what others found; costs one query."""
    return {"kind": kind, "key": key, "found": usefulness_of(kind, key)}
