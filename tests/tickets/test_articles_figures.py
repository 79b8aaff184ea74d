"""Indicators of help articles, and the counters beside them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from portal import registry
from tests.factories import ArticleFactory
from tickets.models import Article, ArticleAnswer, ArticleReads, HelpOutcome, SearchCount
from tickets.services.answers import drifts

pytestmark = pytest.mark.django_db
RIYADH = ZoneInfo("Asia/Riyadh")
MARCH = registry.Period(datetime(2026, 3, 1, tzinfo=RIYADH), datetime(2026, 4, 1, tzinfo=RIYADH))


def value(code: str, scope=None) -> float | None:
    """Return the figure of March."""
    (figure,) = registry.kpis[code](MARCH, scope)
    return figure.value


def test_reads_are_those_of_the_periods_days_and_of_a_body():
    article, other = ArticleFactory(), ArticleFactory()
    assert value("article_reads") == 0
    for month, day, count in ((2, 28, 1), (3, 1, 10), (3, 31, 100), (4, 1, 1000)):
        ArticleReads.objects.create(article=article, language="en", day=date(2026, month, day), count=count)
    ArticleReads.objects.create(article=other, language="en", day=date(2026, 3, 9), count=5)
    assert (value("article_reads"), value("article_reads", article.organisation)) == (115, 110)


def test_the_share_found_useful():
    article = ArticleFactory()
    assert value("articles_useful") is None
    for number, (month, is_useful) in enumerate([(3, True), (3, False), (3, False), (3, False), (4, True)]):
        ArticleAnswer.objects.create(
            article=article, voter=str(number), language="en", day=date(2026, month, 2), is_useful=is_useful
        )
    assert (value("articles_useful"), value("articles_useful", ArticleFactory().organisation)) == (25, None)


def test_searches_without_result_belong_to_no_body():
    assert value("searches_without_result") is None
    SearchCount.objects.create(language="en", day=date(2026, 3, 2), found=6, missed=2)
    SearchCount.objects.create(language="ar", day=date(2026, 3, 2), found=2, missed=0)
    SearchCount.objects.create(language="ar", day=date(2026, 4, 1), found=0, missed=9)
    assert value("searches_without_result") == 20
    assert value("searches_without_result", ArticleFactory().organisation) is None


def test_readers_who_asked_nothing_count_when_their_seventh_day_is_over():
    assert value("requests_spared") is None
    for month, day, readers, asked in ((2, 21, 100, 100), (2, 22, 6, 1), (3, 24, 4, 1), (3, 25, 100, 100)):
        HelpOutcome.objects.create(day=date(2026, month, day), readers=readers, asked=asked)
    # Eight of ten: the seventh days of the others lie in February and in April.
    assert value("requests_spared") == 80
    assert value("requests_spared", ArticleFactory().organisation) is None


def test_counters_that_drifted_are_found_and_mended():
    article = ArticleFactory(useful_count=7)
    ArticleAnswer.objects.create(article=article, voter="x", language="en", day=date(2026, 3, 2), is_useful=False)
    ArticleFactory()
    assert [(drift.name, drift.stored, drift.found) for drift in drifts(False)] == [
        ("useful_count", 7, 0),
        ("useless_count", 0, 1),
    ]
    assert len(list(drifts(True))) == 2
    assert list(drifts(False)) == []
    assert Article.objects.values_list("useful_count", "useless_count").get(pk=article.pk) == (0, 1)
