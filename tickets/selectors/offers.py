"""What a newsletter may tell of help articles: the new ones, and the questions most people have."""

from datetime import datetime

from django.utils.translation import override

from portal.languages import written_texts
from portal.registry import Offer
from tickets.models import Article

# Of a kind at most; the newsletter takes the first ones that it has not told of lately.
_MOST = 20


def guides(since: datetime, until: datetime) -> list[Offer]:
    """Return the articles published between the two moments, the newest first."""
    new = Article.objects.public().filter(published_at__gt=since, published_at__lte=until)
    return [_offer(article, "guide") for article in new.order_by("-published_at", "-pk")[:_MOST]]


def questions(since: datetime, until: datetime) -> list[Offer]:
    """Return what is asked most, with the answer in a sentence or two: the articles read most in 30 days."""
    asked = Article.objects.most_read().filter(published_at__lte=until, recent_reads__gt=0)
    return [_offer(article, "question") for article in asked[:_MOST]]


def _offer(article: Article, section: str) -> Offer:
    def path(language: str) -> str:
        with override(language):
            return article.get_absolute_url()

    titles, texts = written_texts(article, "title"), written_texts(article, "summary")
    return Offer(f"article:{article.code}:{section}", section, titles, texts, path)
