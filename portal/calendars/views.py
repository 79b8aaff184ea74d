"""The page of working hours."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from portal.calendars.selectors import bodies_hours


@require_safe
def hours(request: HttpRequest) -> HttpResponse:
    """Show when each body works: today first, then the week, coming holidays and dated hours."""
    return render(request, "calendars/hours.html", {"bodies": bodies_hours(timezone.now())})
