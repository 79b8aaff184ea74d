"""Tags of the pages of surveys: ``{% load surveys %}``."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.web.templatetags.texts import direction, lang_tag

register = template.Library()


@register.simple_tag
def words(told: object) -> SafeString | str:
    """Show a text inline, named as what it is where it is not in the reader's language."""
    if not told.is_foreign:
        return told.text
    marks = (lang_tag(told.language), direction(told.language), told.text)
    return format_html('<span class="foreign" lang="{}" dir="{}">{}</span>', *marks)


@register.simple_tag
def described(drawn: object) -> SafeString | str:
    """Return the attributes that tie an input to its help and its error."""
    about = format_html(' aria-describedby="{}"', drawn.described_by) if drawn.described_by else ""
    return format_html("{}{}", about, SafeString(' aria-invalid="true"') if drawn.error else "")
