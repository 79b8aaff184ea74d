"""Useful or not: one answer for each article and voter, who is nobody to us."""

import secrets
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q
from django.utils import timezone
from django.utils.crypto import salted_hmac

from portal.audit.services import record
from portal.registry import Drift, no_progress
from tickets.models import Article, ArticleAnswer

_COUNTS = {
    "useful": Count("answers", filter=Q(answers__is_useful=True)),
    "useless": Count("answers", filter=Q(answers__is_useful=False)),
}


def voter_of_person(article: Article, person: Any) -> str:
    """Return what stands for a person with this article alone."""
    return _digest(article.code, f"person {person.pk}")


def voter_of_visitor(article: Article, word: str) -> str:
    """Return what stands with this article alone for a visitor, whose session keeps this word."""
    return _digest(article.code, f"visitor {word}")


@transaction.atomic
def answer(article: Article, *, voter: str, language: str, is_useful: bool, reason: str = "") -> ArticleAnswer:
    """Take an answer, or change the one this voter gave before; a reason belongs to “not useful” alone."""
    # Locked, so that answers sent twice at once count once, and the counters are those of the rows.
    Article.objects.select_for_update(no_key=True).get(pk=article.pk)
    before = ArticleAnswer.objects.filter(article=article, voter=voter).first()
    values = {
        "language": language,
        "is_useful": is_useful,
        "reason": "" if is_useful else reason,
        "day": timezone.localdate(),
    }
    given, _is_new = ArticleAnswer.objects.update_or_create(article=article, voter=voter, defaults=values)
    useful = int(is_useful) - int(before is not None and before.is_useful)
    useless = int(not is_useful) - int(before is not None and not before.is_useful)
    if useful or useless:
        Article.objects.filter(pk=article.pk).update(
            useful_count=F("useful_count") + useful, useless_count=F("useless_count") + useless
        )
    return given


def answer_of(article: Article, voter: str) -> ArticleAnswer | None:
    """Return what this voter answered."""
    return ArticleAnswer.objects.filter(article=article, voter=voter).first()


def drifts(repair: bool, progress: Callable[[int, int], None] = no_progress) -> Iterator[Drift]:
    """Compare the articles' counters with their answers, and give what differs; mended, it leaves a trace."""
    total = Article.objects.count()
    for pk in _articles_that_differ():
        yield from _settle(pk, repair)
    progress(total, total)


def _articles_that_differ() -> list[int]:
    counted = Article.objects.annotate(**_COUNTS)
    differing = counted.exclude(useful_count=F("useful"), useless_count=F("useless"))
    return list(differing.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _settle(pk: int, repair: bool) -> list[Drift]:
    """Count once more under the lock, so that an answer given meanwhile is not taken for drift."""
    article = Article.objects.select_for_update(no_key=True).get(pk=pk)
    found = Article.objects.filter(pk=pk).annotate(**_COUNTS).values("useful", "useless").get()
    truth = {"useful_count": found["useful"], "useless_count": found["useless"]}
    wrong = {name: (getattr(article, name), value) for name, value in truth.items() if getattr(article, name) != value}
    if wrong and repair:
        Article.objects.filter(pk=pk).update(**truth)
        record("counter.mended", article, by=None, data={name: list(values) for name, values in wrong.items()})
    return [Drift(f"{article._meta.label} {pk}", name, *values) for name, values in wrong.items()]


def export_answers(person: Any) -> list[dict[str, Any]]:
    """Return what this person answered while signed in."""
    found = _answers_of(person).select_related("article").order_by("day", "pk")
    return [
        {"article": given.article.code, "useful": given.is_useful, "reason": given.reason, "day": given.day.isoformat()}
        for given in found
    ]


def forget_answers(person: Any) -> None:
    """Cut the tie between this person and their answers; the answers themselves stay."""
    for given in _answers_of(person):
        ArticleAnswer.objects.filter(pk=given.pk).update(voter=secrets.token_hex(32))


def _answers_of(person: Any) -> Any:
    codes = Article.objects.values_list("code", flat=True)
    return ArticleAnswer.objects.filter(voter__in=[_digest(code, f"person {person.pk}") for code in codes])


def _digest(code: str, who: str) -> str:
    return salted_hmac("tickets.answer", f"{code} {who}", algorithm="sha256").hexdigest()
