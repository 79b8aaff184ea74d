"""Writing help articles: every text that was public is kept, and the search follows in the same transaction."""

import re
from collections.abc import Iterable
from datetime import datetime
from itertools import chain
from typing import Any

from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.models import Value
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.audit.services import record, stored
from portal.languages import MEANING, Revision, revise, text_columns
from tickets.choices import ArticleState
from tickets.models import Article, ArticleCategory, ArticleText, ArticleVersion, SearchWord
from tickets.rules import article_moves, before_publishing, may_edit_article, said_in
from tickets.selectors.search import DICTIONARIES
from tickets.selectors.words import is_han, words_of

_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_LINE_MARKS = re.compile(r"^\s*(?:#{1,6}\s+|[-*+]\s+|\d+[.)]\s+|>\s?)", re.M)
_TABLE_LINE = re.compile(r"^\s*\|?[\s:|-]*-{3}[\s:|-]*\|?\s*$", re.M)
_SHORTEST_WORD = 3


class ArticleRefused(Exception):
    """The change cannot be made; ``problems`` are sentences for the person who tried."""

    def __init__(self, problems: Iterable[Promise | str]) -> None:
        self.problems = list(problems)
        super().__init__([str(problem) for problem in self.problems])


@transaction.atomic
def save_article(
    article: Article,
    *,
    by: Any,
    revision: Revision = MEANING,
    related: Iterable[Article] | None = None,
    at: datetime | None = None,
) -> Article:
    """Save what an editor wrote; ``revision`` says what it means for the other languages, ``related`` None: as is.

    ``at`` is now, unless what is written down happened earlier.

    Raises ``ArticleRefused`` for those who may not, and for a public one that would be left without a whole language
    or with half of one.
    """
    if not may_edit_article(by, article):
        raise ArticleRefused([_("You cannot change this article.")])
    # Locked, so that two editors do not write one version twice; the state is that of the row.
    if article.pk:
        locked = Article.objects.select_for_update(no_key=True).get(pk=article.pk)
        article.state, article.published_at = locked.state, locked.published_at
    if article.state == ArticleState.PUBLISHED and (problems := before_publishing(article)):
        raise ArticleRefused(problems)
    before = stored(article)
    revise(article, before, revision)
    if any(text != (before.get(name) or "") for name, text in texts_of(article).items()):
        article.updated_at = at or timezone.now()
    article.save()
    facts = revision.facts | (_relate(article, related) if related is not None else {})
    record("article.saved" if before else "article.created", article, by=by, data=facts, before=before)
    if article.state == ArticleState.PUBLISHED:
        _keep_version(article, by, at)
        refresh_search(article)
    return article


@transaction.atomic
def publish_article(article: Article, *, by: Any, at: datetime | None = None) -> Article:
    """Let everybody read it. ``at`` is now, unless what is written down happened earlier.

    Raises ``ArticleRefused`` with what is missing, for those who may not, and where the state does not allow it.
    """
    article = _moved(article, ArticleState.PUBLISHED, by, before_publishing)
    article.published_at = article.published_at or at or timezone.now()
    article.save(update_fields=["state", "published_at"])
    _keep_version(article, by, at)
    refresh_search(article)
    record("article.published", article, by=by)
    return article


@transaction.atomic
def retire_article(article: Article, *, by: Any) -> Article:
    """Take it out of the help pages; what it said is kept. Raises ``ArticleRefused`` as ``publish_article`` does."""
    article = _moved(article, ArticleState.RETIRED, by, lambda article: [])
    article.save(update_fields=["state"])
    refresh_search(article)
    record("article.retired", article, by=by)
    return article


@transaction.atomic
def save_category(category: ArticleCategory, *, by: Any, revision: Revision = MEANING) -> ArticleCategory:
    """Save a category."""
    before = stored(category)
    revise(category, before, revision)
    category.save()
    action = "article_category.changed" if before else "article_category.created"
    record(action, category, by=by, data=revision.facts, before=before)
    return category


@transaction.atomic
def refresh_search(article: Article) -> None:
    """Make what the search reads of an article anew: nothing unless it is public."""
    ArticleText.objects.filter(article=article).delete()
    if article.state != ArticleState.PUBLISHED:
        return
    for code, said in said_in(article).items():
        if all(said):
            _index(article, code)


def texts_of(thing: Article | ArticleCategory) -> dict[str, str]:
    """Return what it says, by column."""
    return {
        column: getattr(thing, column) or ""
        for columns in text_columns(type(thing)).values()
        for column in columns.values()
    }


def plain_text(markdown: str) -> str:
    """Return the words of a Markdown text in one line."""
    text = _LINK.sub(r"\1", _TABLE_LINE.sub("", markdown))
    return " ".join(_LINE_MARKS.sub("", text).replace("|", " ").replace("*", "").replace("`", "").split())


def known_words(words: Iterable[Iterable[str]]) -> set[str]:
    """Return those of an article's words by which a mistyped one may be recognised."""
    return {word for word in chain.from_iterable(words) if len(word) >= _SHORTEST_WORD and not is_han(word)}


def _index(article: Article, code: str) -> None:
    title, summary, text = (plain_text(getattr(article, columns[code])) for columns in text_columns(Article).values())
    words = [words_of(part, for_index=True) for part in (title, summary, text)]
    vector = [
        SearchVector(Value(" ".join(part)), config=DICTIONARIES[code], weight=weight)
        for part, weight in zip(words, "ABC", strict=True)
    ]
    ArticleText.objects.create(
        article=article, language=code, title=title, summary=summary, text=text, words=vector[0] + vector[1] + vector[2]
    )
    SearchWord.objects.bulk_create(
        [SearchWord(language=code, word=word) for word in sorted(known_words(words))], ignore_conflicts=True
    )


def _relate(article: Article, related: Iterable[Article]) -> dict[str, Any]:
    """Set the related articles; returns their codes, before and after, for the trail."""
    before, after = set(article.related.all()), {other for other in related if other.pk != article.pk}
    article.related.set(after)
    return {"related": [sorted(other.code for other in told) for told in (before, after)]} if before != after else {}


def _moved(article: Article, state: ArticleState, by: Any, problems_of: Any) -> Article:
    found = Article.objects.select_for_update(no_key=True, of=("self",)).select_related("organisation")
    article = found.get(pk=article.pk)
    if not may_edit_article(by, article):
        raise ArticleRefused([_("You cannot change this article.")])
    if state not in article_moves(article):
        raise ArticleRefused([_("The article's state has changed meanwhile.")])
    if problems := problems_of(article):
        raise ArticleRefused(problems)
    article.state = state
    return article


def _keep_version(article: Article, by: Any, at: datetime | None = None) -> None:
    """Keep what it says as its next version, unless that is what the last one says."""
    last = article.versions.first()
    texts = texts_of(article)
    if last is not None and (last.texts, last.behind) == (texts, article.behind):
        return
    ArticleVersion.objects.create(
        article=article,
        number=last.number + 1 if last else 1,
        texts=texts,
        behind=article.behind,
        saved_at=at or timezone.now(),
        saved_by_id=getattr(by, "pk", None),
    )
