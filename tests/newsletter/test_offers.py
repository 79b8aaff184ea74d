"""What the portal offers to an issue: consultations, help articles and questions, each once and in what it has."""

from datetime import timedelta

import pytest
from django.utils import timezone

from engagement.consultations.choices import Status
from newsletter.choices import IssueState
from newsletter.models import Block, Issue
from newsletter.services import issues
from portal import registry
from portal.accounts.choices import OrganisationKind
from tests.factories import ArticleFactory, ConsultationFactory, OrganisationFactory, days
from tickets.choices import ArticleState
from tickets.models import Article

pytestmark = pytest.mark.django_db


def keys(name, since, until):
    return [(one.section, one.key.split(":")[1]) for one in registry.offers[name](since, until)]


class TestConsultations:
    def make(self, opens, closes, **fields):
        now = timezone.now()
        return ConsultationFactory(
            status=fields.pop("status", Status.PUBLISHED), opens_at=now + opens, closes_at=now + closes, **fields
        )

    def test_tell_what_opened_closes_soon_and_was_answered(self):
        now = timezone.now()
        since, until = now - days(7), now
        opened = self.make(-days(6), days(30))
        closing = self.make(-days(20), days(9))
        self.make(-days(20), days(11))
        self.make(days(1), days(30))
        self.make(-days(20), -days(1))
        answered = self.make(-days(60), -days(30), status=Status.CONCLUDED, responded_at=now - days(1))
        self.make(-days(60), -days(30), status=Status.CONCLUDED, responded_at=now - days(8))
        self.make(-days(6), days(30), status=Status.DRAFT)
        assert keys("consultations", since, until) == [
            ("closing", closing.code),
            ("opening", opened.code),
            ("result", answered.code),
        ]

    def test_leave_out_languages_that_are_not_written(self):
        self.make(-days(1), days(30), title_zh_hans="", summary_zh_hans="")
        (one,) = registry.offers["consultations"](timezone.now() - days(7), timezone.now())
        assert set(one.titles) == set(one.texts) == {"ar", "en"}
        assert one.path("en").startswith("/en/consultations/")


class TestArticles:
    def make(self, **fields):
        fields = {"state": ArticleState.PUBLISHED, "published_at": timezone.now() - days(1), **fields}
        article = ArticleFactory()
        Article.objects.filter(pk=article.pk).update(**fields)
        return article

    def test_new_ones_are_guides_and_those_read_most_are_questions(self):
        now = timezone.now()
        new = self.make()
        often = self.make(published_at=now - days(90), recent_reads=50)
        more = self.make(published_at=now - days(90), recent_reads=80)
        self.make(published_at=now - days(90), recent_reads=0)
        self.make(state=ArticleState.DRAFT, recent_reads=99)
        assert keys("articles", now - days(7), now) == [("guide", new.code)]
        assert keys("questions", now - days(7), now) == [("question", more.code), ("question", often.code)]


class TestTaking:
    @pytest.fixture
    def ministry(self):
        return OrganisationFactory(kind=OrganisationKind.MINISTRY)

    @pytest.fixture
    def offered(self, monkeypatch):
        def path(language):
            return f"/{language}/consultations/"

        rows = [registry.Offer(f"a:{number}", "opening", {"en": str(number)}, {}, path) for number in range(5)]
        rows.append(registry.Offer("b:0", "question", {"en": "Question"}, {}, path))
        monkeypatch.setattr(registry.offers, "_entries", {"tests": lambda since, until: rows})

    def told(self, issue):
        return list(issue.blocks.values_list("offered_by", "kind"))

    def test_three_of_a_kind_and_no_more_on_asking_again(self, ministry, offered):
        issue = issues.make_next()
        expected = [("a:0", "call"), ("a:1", "call"), ("a:2", "call"), ("b:0", "question")]
        assert self.told(issue) == expected
        assert issues.offer(issue) == 0
        assert self.told(issue) == expected

    def test_what_readers_were_told_lately_is_not_told_again(self, ministry, offered):
        now = timezone.now()
        for week, (key, ago) in enumerate((("a:0", 30), ("b:0", 200)), start=1):
            start_at = now - days(ago)
            earlier = Issue.objects.create(
                organisation=ministry,
                year=2020,
                week=week,
                state=IssueState.SENT,
                start_at=start_at,
                not_after=start_at + timedelta(hours=1),
            )
            Block.objects.create(issue=earlier, kind="call", offered_by=key)
        assert [key for key, _kind in self.told(issues.make_next())] == ["a:1", "a:2", "a:3", "b:0"]
