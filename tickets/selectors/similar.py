"""Help articles like a text that somebody is about to send."""

from django.utils.translation import override

from portal.registry import SimilarItem
from tickets.models import Article, ArticleText
from tickets.selectors.passages import beginning
from tickets.selectors.search import closest

# As much of a long text as is compared.
_READ = 2000


def similar_articles(text: str, language: str, limit: int) -> list[SimilarItem]:
    """Return published articles in this language that share words with the text, the likest first."""
    ids = closest(text[:_READ], language, limit)
    texts = {
        found.article_id: found
        for found in ArticleText.objects.filter(language=language, article__in=ids).select_related("article")
    }
    with override(language):
        return [_item(texts[pk].article, texts[pk]) for pk in ids if pk in texts]


def _item(article: Article, text: ArticleText) -> SimilarItem:
    return SimilarItem("article", text.title, article.get_absolute_url(), beginning(text.summary))
