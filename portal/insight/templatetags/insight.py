"""What the downloads say of themselves: ``{% load insight %}``."""

from typing import Any

from django import template
from django.conf import settings

from portal.insight.selectors import opendata

register = template.Library()


@register.simple_tag
def licence() -> dict[str, Any]:
    """Return name and address of the licence, and the smallest number of people that is published."""
    return opendata.licence() | {"smallest": settings.STATISTICS_SMALLEST_CELL}
