"""Drafting help articles from answered requests."""

from django.conf import settings
from django.db import transaction
from django.utils.translation import override, pgettext

from portal.accounts.models import Person
from portal.audit.services import record
from portal.languages import text_columns
from portal.text import clean_line, clean_text, is_blank
from tickets.choices import EntryKind
from tickets.models import Article, ArticleCategory, ArticleSource, Ticket
from tickets.rules.personal import may_draft_from, still_there
from tickets.services.moves import TicketRefused, locked


def draft_text(ticket: Ticket) -> str:
    """Return question and answers of a request as the text of an article begins, in the language of the request."""
    entries = list(ticket.entries.public().in_order())
    questions = [entry.text for entry in entries if entry.kind == EntryKind.MESSAGE and entry.text][:1]
    answers = [entry.text for entry in entries if entry.kind == EntryKind.REPLY and entry.text]
    with override(ticket.language):
        heading = pgettext("heading of a help article", "Answer")
    return "\n\n".join([*questions, f"## {heading}", *answers])


@transaction.atomic
def draft_article(
    ticket: Ticket, *, title: str, summary: str, text: str, category: ArticleCategory, by: Person
) -> Article:
    """Make a draft in the language of the request; a second time the first is returned.

    Editors of the body publish it in their usual way. Raises ``TicketRefused``: ``forbidden`` for who may not and for
    what is not answered, ``blank`` without a title or a text, ``personal`` while data of who asked stand in it.
    """
    ticket = locked(ticket)
    if not may_draft_from(by, ticket):
        raise TicketRefused("forbidden")
    earlier = ArticleSource.objects.select_related("article").filter(ticket=ticket).first()
    if earlier is not None:
        return earlier.article
    said = {"title": clean_line(title), "summary": clean_line(summary), "text": clean_text(text)}
    if is_blank(said["title"]) or is_blank(said["text"]):
        raise TicketRefused("blank")
    if still_there("\n\n".join(said.values()), ticket):
        raise TicketRefused("personal")
    # The columns of the other languages are empty, not null, as after the admin's form.
    texts = {
        column: said[field] if code == ticket.language else ""
        for field, columns in text_columns(Article).items()
        for code, column in columns.items()
        if code in dict(settings.LANGUAGES)
    }
    article = Article(organisation=ticket.organisation, category=category, service=ticket.service, **texts)
    article.save()
    ArticleSource.objects.create(article=article, ticket=ticket)
    record("article.created", article, by=by, data={"request": ticket.reference})
    record("ticket.article_drafted", ticket, by=by, data={"article": article.code})
    return article
