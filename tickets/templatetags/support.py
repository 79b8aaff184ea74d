"""What the pages of requests show: where to call, and numbers as they are read."""

from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html

from portal.calendars.choices import Country

register = template.Library()


@register.simple_tag
def emergency_numbers() -> list[dict[str, Any]]:
    """Return the public emergency numbers, each with its country, as the deployment sets them."""
    return [{"country": Country(code).label, "number": number} for code, number in settings.EMERGENCY_NUMBERS]


@register.filter
def phone(number: str) -> str:
    """Show a number of E.164 in groups, from left to right whatever stands beside it."""
    return format_html('<bdi dir="ltr" class="nowrap">{}</bdi>', grouped(number)) if number else ""


def grouped(number: str) -> str:
    """Return +966512345678 as +966 51 234 5678, +97455123456 as +974 5512 3456; others as they are."""
    code, rest = number[:4], number[4:]
    if number.startswith(("+966", "+971")) and len(rest) == 9:
        return f"{code} {rest[:2]} {rest[2:5]} {rest[5:]}"
    if number.startswith("+9") and len(rest) == 8:
        return f"{code} {rest[:4]} {rest[4:]}"
    return number


@register.filter
def spelled(reference: str) -> list[str]:
    """Return the characters of a reference one by one, as they are read aloud."""
    return [character for character in reference if character.isalnum()]
