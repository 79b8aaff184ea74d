"""Help articles, and what readers make of them."""

from tickets.models.articles import Article, ArticleCategory, ArticleVersion
from tickets.models.figures import ArticleAnswer, ArticleReads, SearchCount, SearchMiss
from tickets.models.search import ArticleText, SearchWord

__all__ = [
    "Article",
    "ArticleAnswer",
    "ArticleCategory",
    "ArticleReads",
    "ArticleText",
    "ArticleVersion",
    "SearchCount",
    "SearchMiss",
    "SearchWord",
]
