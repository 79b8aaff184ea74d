"""Help articles that may answer a request, in its language."""

from dataclasses import dataclass

from django.utils.translation import override

from portal.messaging.templatetags.mail import absolute_url
from tickets.models import ArticleText, Ticket
from tickets.selectors.passages import beginning
from tickets.selectors.search import closest

MOST_FITTING = 4
# As much of a long request as is compared.
_READ = 2000


@dataclass(frozen=True)
class Fitting:
    """A published article in the language of the request."""

    code: str
    title: str
    summary: str
    url: str

    @property
    def link(self) -> str:
        """What goes into a reply: the title, and the whole address on a line of its own."""
        return f"{self.title}\n{absolute_url(self.url)}"


def fitting_articles(ticket: Ticket, text: str) -> list[Fitting]:
    """Return published articles in the request's language that share words with it, the likest first.

    Three queries, whatever is found: words are cut by the database, compared, and the titles fetched.
    """
    ids = closest(f"{ticket.subject}\n{text}"[:_READ], ticket.language, MOST_FITTING)
    texts = {
        each.article_id: each
        for each in ArticleText.objects.filter(language=ticket.language, article__in=ids).select_related("article")
    }
    with override(ticket.language):
        return [_fitting(texts[pk]) for pk in ids if pk in texts]


def link_for_reply(code: str, language: str) -> str | None:
    """Return title and address of a published article as a reply names it, None where it is not in this language."""
    found = ArticleText.objects.filter(language=language, article__code=code).select_related("article").first()
    if found is None:
        return None
    with override(language):
        return _fitting(found).link


def _fitting(text: ArticleText) -> Fitting:
    return Fitting(text.article.code, text.title, beginning(text.summary), text.article.get_absolute_url())
