"""What stands beside the reply box: ``{% load prepared %}``."""

from typing import Any

from django import template

from tickets.models import Ticket
from tickets.selectors.beside import Fitting, fitting_articles
from tickets.selectors.prepared import Offer, offers_for

register = template.Library()


@register.simple_tag
def prepared_for(ticket: Ticket) -> list[Offer]:
    """Return the prepared replies that may answer a request."""
    return offers_for(ticket)


@register.simple_tag
def prepared_used(form: Any) -> list[str]:
    """Return the codes of those that went into the reply as it is typed."""
    if form.is_bound:
        return form.data.getlist("prepared")
    return form.initial.get("prepared", [])


@register.simple_tag
def articles_fitting(ticket: Ticket, entries: list[Any]) -> list[Fitting]:
    """Return the help articles that may answer a request, by its subject and what its sender wrote first."""
    return fitting_articles(ticket, entries[0].text if entries else "")
