"""Who enters the desk, and which request an address means."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from portal.accounts.choices import Role
from portal.accounts.rules import holds
from tickets.models import Ticket


def for_agents(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Refuse staff who answer for no body; which requests an agent sees is decided by the queryset."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not holds(request.user, Role.AGENT):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def ticket_of(request: HttpRequest, code: str) -> Ticket:
    """Return the request of this code that the agent may see; 404 for all others."""
    return get_object_or_404(Ticket.objects.for_desk(request.user).with_people(), code=code)
