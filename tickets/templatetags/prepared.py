"""What stands beside the reply box: ``{% load prepared %}``."""

from typing import Any

from django import template

from tickets.models import ArticleSource, Ticket
from tickets.rules.personal import may_draft_from
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


@register.simple_tag
def drafting_of(ticket: Ticket, user: Any) -> dict[str, Any]:
    """Return the help article that was drafted from a request, or whether this person may draft one."""
    if ticket.is_open:
        return {}
    source = ArticleSource.objects.select_related("article").filter(ticket=ticket).first()
    return {"article": source and source.article, "is_offered": source is None and may_draft_from(user, ticket)}


@register.simple_tag
def source_of(article: Any, user: Any) -> Ticket | None:
    """Return the request that a help article was drafted from, to those who answer for its body."""
    source = ArticleSource.objects.filter(article=article.pk).values("ticket") if article else []
    return Ticket.objects.for_desk(user).filter(pk__in=source).first() if article else None
