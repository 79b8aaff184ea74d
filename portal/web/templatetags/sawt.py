"""The portal's tags and filters: ``{% load sawt %}``. docs/components.md lists them."""

from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from portal.web.templatetags import dates, marks, texts

register = template.Library()

for _filter in (dates.day, dates.moment, dates.short_moment, dates.hijri, marks.number, marks.percent):
    register.filter(_filter.__name__, _filter)
for _filter in (
    marks.signed,
    marks.filesize,
    texts.lang_tag,
    texts.direction,
    texts.plain,
    texts.markdown,
    texts.paragraphs,
):
    register.filter(_filter.__name__, _filter)
for _tag in (dates.closes_in, dates.opens_in, dates.zone, marks.icon, marks.status, marks.rating):
    register.simple_tag(_tag)
for _tag in (texts.translated, texts.translated_markdown, texts.language_name, texts.person_name, texts.avatar):
    register.simple_tag(_tag)


@register.simple_tag
def crumb(label: Any, url: str = "") -> SafeString:
    """One step of the breadcrumb; without an address it is the page itself."""
    if url:
        return format_html('<li><a href="{}">{}</a></li>', url, label)
    return format_html('<li aria-current="page"><bdi>{}</bdi></li>', label)


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, *pair: Any, **changes: Any) -> str:
    """Return the current query with these changes; a new choice begins at the first page again."""
    query = context["request"].GET.copy()
    for name in ("page", "after"):
        query.pop(name, None)
    if len(pair) == 2:
        changes[str(pair[0])] = pair[1]
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return "?" + query.urlencode()


@register.simple_tag
def form_title(form: Any, title: Any) -> str:
    """Return a page's title, which says first that what was sent has errors."""
    return gettext("Error: %(title)s") % {"title": title} if getattr(form, "errors", None) else title


@register.filter
def is_sentence(label: Any) -> bool:
    """Tell whether a label ends like a sentence, so that nothing can be joined to it with a colon."""
    return str(label).rstrip().endswith((".", "?", "!", ":", "؟", "。", "？", "！", "："))


@register.simple_tag(takes_context=True)
def messages_at(context: template.Context, anchor: str = "") -> list[Any]:
    """Return the messages for this place of the page; without an anchor, those that have no place of their own on it.

    A message names its place with ``extra_tags``, and the page the places it has with ``anchors``.
    """
    anchors = context.get("anchors") or ()
    if anchor and anchor not in anchors:
        return []
    shown = context.get("messages") or ()
    return [message for message in shown if (message.extra_tags if message.extra_tags in anchors else "") == anchor]


@register.filter
def series(option: Any, place: Any) -> int:
    """Return the colour (1–5) of an option: its own, or by its place from 1."""
    own = option.get("series") if isinstance(option, dict) else getattr(option, "series", None)
    return int(own or (int(place) - 1) % 5 + 1)


@register.filter
def whole(value: Any) -> int:
    """Return a share as a whole number from 0 to 100, for the width of a bar."""
    return max(0, min(100, round(float(value or 0))))


@register.filter
def is_future(value: Any) -> bool:
    """Tell whether a moment is still to come."""
    return isinstance(value, datetime) and value > timezone.now()


@register.filter
def first_control(field: BoundField) -> str:
    """Return the id to which an error's link leads: the field itself, or the first choice of a group."""
    return field.id_for_label or f"{field.auto_id}_0"


@register.simple_tag(takes_context=True)
def page_link(context: template.Context, page: int) -> str:
    """Return the current query with another page."""
    query = context["request"].GET.copy()
    query["page"] = str(page)
    return "?" + query.urlencode()


@register.filter
def wordlist(text: str) -> list[str]:
    """Split words for a loop in a template."""
    return text.split()
