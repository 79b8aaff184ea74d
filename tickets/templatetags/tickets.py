"""How a request stands, drawn: ``{% load tickets %}``."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from portal.web.templatetags import marks
from tickets.choices import TicketState

register = template.Library()
LOOKS = {
    TicketState.NEW: "info",
    TicketState.OPEN: "info",
    TicketState.REOPENED: "info",
    TicketState.WAITING: "attention",
    TicketState.ELSEWHERE: "neutral",
    TicketState.SOLVED: "success",
    TicketState.CLOSED: "neutral",
    TicketState.MERGED: "neutral",
    TicketState.SPAM: "danger",
}


@register.simple_tag
def ticket_status(ticket: Any) -> SafeString:
    """Draw the state of a request as a tag with its word."""
    return marks.status(LOOKS[TicketState(ticket.state)], ticket.get_state_display())


@register.simple_tag
def tally_of(tallies: dict[str, Any], view: str) -> Any:
    """Return how many requests a view of the desk holds; nothing where that is not counted."""
    return tallies.get(view)
