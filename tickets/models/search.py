"""What the search of help articles reads: kept by the services, and made anew from the articles at any time."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Func, Q, Value

from tickets.models.articles import Article


def _head() -> Func:
    """Return the words of title and summary, as ``tickets.selectors.search`` writes it too."""
    return Func(F("words"), Value("{a,b}"), function="ts_filter", output_field=SearchVectorField())


def _suffix(language: str) -> str:
    return language.replace("-", "_")


class ArticleText(models.Model):
    """A published article in one language, as plain text for passages and as normalised words for finding it.

    Words of the title weigh A, of the summary B, of the text C.
    """

    article = models.ForeignKey(Article, on_delete=models.CASCADE, related_name="search_texts")
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    title = models.CharField(max_length=120)
    summary = models.CharField(max_length=300)
    text = models.TextField()
    words = SearchVectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "language"], name="article_text_once")]
        # One for each language: what is searched for is always in one of them.
        indexes = [
            index
            for code, _name in settings.LANGUAGES
            for index in (
                GinIndex(fields=["words"], condition=Q(language=code), name=f"article_words_{_suffix(code)}"),
                # Of titles and summaries alone, so that of a word that most texts hold the best places are found.
                GinIndex(_head(), condition=Q(language=code), name=f"article_head_{_suffix(code)}"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.article_id} {self.language}"


class SearchWord(models.Model):
    """A word that published articles use, by which a mistyped one is recognised."""

    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    word = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["language", "word"], name="search_word_once")]
        indexes = [GinIndex(fields=["word"], name="search_word_letters", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.word
