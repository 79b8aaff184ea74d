"""Reads of help articles: the start page, a category, one article with what it says of itself, figures for editors."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.accounts.choices import Role
from portal.accounts.rules import bodies_for
from portal.languages import behind_in
from portal.pages.selectors.judged import judged_rows
from tickets.choices import ArticleState, Reason
from tickets.models import Article, ArticleCategory
from tickets.querysets.articles import ArticleQuerySet

MOST_READ = 6
RELATED = 5


@dataclass(frozen=True)
class Figures:
    """What is known of one article: reads of the last 30 days by language, answers, and reasons why it failed."""

    reads: list[tuple[str, int]]
    useful: int
    useless: int
    reasons: list[tuple[str | Promise, int]]

    @property
    def total_reads(self) -> int:
        """Reads in all languages."""
        return sum(count for _language, count in self.reads)

    @property
    def answers(self) -> int:
        """All answers."""
        return self.useful + self.useless

    @property
    def useful_percent(self) -> float | None:
        """Share of the answers that found it useful; None without answers."""
        return 100 * self.useful / self.answers if self.answers else None


def categories() -> QuerySet[ArticleCategory]:
    """Return the categories that hold something public, with how much."""
    public = Count("articles", filter=Q(articles__state=ArticleState.PUBLISHED))
    return ArticleCategory.objects.annotate(article_count=public).filter(article_count__gt=0)


def most_read() -> list[Article]:
    """Return the articles read most."""
    return list(Article.objects.most_read()[:MOST_READ])


def in_category(category: ArticleCategory) -> ArticleQuerySet:
    """Return what everybody may read of a category, what is read most first."""
    return Article.objects.most_read().filter(category=category)


def related_to(article: Article) -> list[Article]:
    """Return public articles that editors tied to this one, then others of its category, five at most."""
    tied = list(article.related.public().order_by("-recent_reads", "id")[:RELATED])
    if len(tied) == RELATED:
        return tied
    seen = [article.pk, *(other.pk for other in tied)]
    return [*tied, *in_category(article.category).exclude(pk__in=seen)[: RELATED - len(tied)]]


def figures(article: Article, today: date | None = None) -> Figures:
    """Gather an article's figures, counted from the rows."""
    since = (today or timezone.localdate()) - timedelta(days=30)
    counts = dict(article.reads.filter(day__gt=since).values_list("language").annotate(reads=Sum("count")).order_by())
    answers = article.answers.aggregate(
        useful=Count("pk", filter=Q(is_useful=True)), useless=Count("pk", filter=Q(is_useful=False))
    )
    given = dict(article.answers.exclude(reason="").values_list("reason").annotate(times=Count("pk")).order_by())
    return Figures(
        reads=[(code, counts.get(code, 0)) for code, _name in settings.LANGUAGES],
        reasons=[(Reason(code).label, times) for code, times in sorted(given.items(), key=lambda row: -row[1])],
        **answers,
    )


def behind_count(user: Any) -> int | None:
    """Return how many of this editor's articles have a text that is behind; None for those who edit none."""
    bodies = bodies_for(user, Role.EDITOR)
    if not bodies.exists():
        return None
    behind = Q()
    for code, _name in settings.LANGUAGES:
        behind |= behind_in(Article, code)
    return Article.objects.filter(behind, organisation__in=bodies).exclude(state=ArticleState.RETIRED).count()


def answers_since(day: date) -> dict[str, tuple[int, int]]:
    """Return by article how many found it useful since a day, and how many answered."""
    useful = Count("answers", filter=Q(answers__is_useful=True))
    rows = Article.objects.public().filter(answers__day__gte=day).values_list("code")
    return {code: (yes, all_) for code, yes, all_ in rows.annotate(yes=useful, all=Count("answers")).order_by()}


# Articles ask their readers themselves, and give what was answered.
JUDGED = replace(
    judged_rows(
        _("Help article"), lambda: Article.objects.public(), by="code", titled="title", owner="organisation_id"
    ),
    counts=answers_since,
)
