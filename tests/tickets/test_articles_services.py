"""Writing help articles: states, versions, which languages are behind, answers, and figures."""

from datetime import date, timedelta
from unittest import mock

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import override

from portal.accounts.choices import Role
from portal.audit.models import Entry
from portal.cache import tally
from portal.languages import Revision
from tests.factories import ArticleFactory, OrganisationFactory, PersonFactory, staff
from tickets.choices import ArticleState, Reason
from tickets.models import Article, ArticleAnswer, ArticleReads, ArticleText, ArticleVersion, SearchCount, SearchWord
from tickets.services import answers, figures
from tickets.services.articles import ArticleRefused, plain_text, publish_article, retire_article, save_article

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    """Sentences are read in English."""
    with override("en"):
        yield


@pytest.fixture
def article():
    """A draft."""
    return ArticleFactory()


@pytest.fixture
def editor(article):
    """An editor of its body."""
    return staff(Role.EDITOR, article.organisation)


@pytest.fixture
def public(article, editor):
    """The article, published."""
    return publish_article(article, by=editor)


# States


def test_publishing_makes_it_readable_findable_and_kept(article, editor):
    assert list(Article.objects.public()) == []
    published = publish_article(article, by=editor)
    assert list(Article.objects.public()) == [published]
    assert sorted(ArticleText.objects.values_list("language", flat=True)) == ["ar", "en", "zh-hans"]
    version = ArticleVersion.objects.get()
    assert (version.number, version.texts["title_en"], version.behind) == (1, "How do I renew a parking permit?", {})
    assert Entry.objects.filter(action="article.published", actor_id=editor.pk).count() == 1


@pytest.mark.parametrize(
    ("emptied", "problem"),
    [
        (["title_ar", "summary_ar", "text_ar", "text_en", "text_zh_hans"], "Write title, summary and text in one"),
        (["text_en"], "In English something is missing"),
        (["title_zh_hans", "summary_zh_hans"], "In Chinese something is missing"),
    ],
)
def test_what_is_half_written_is_not_published(article, editor, emptied, problem):
    for name in emptied:
        setattr(article, name, " \u200b")
    article.save()
    with pytest.raises(ArticleRefused, match=problem):
        publish_article(article, by=editor)
    assert list(Article.objects.public()) == []


def test_one_whole_language_is_enough(article, editor):
    for name in ("title", "summary", "text"):
        setattr(article, f"{name}_en", "")
        setattr(article, f"{name}_ar", None)
    article.save()
    publish_article(article, by=editor)
    assert list(ArticleText.objects.values_list("language", flat=True)) == ["zh-hans"]


def test_a_retired_article_is_gone_from_help_and_can_come_back_on_its_first_day(public, editor):
    first = public.published_at
    retire_article(public, by=editor)
    assert list(Article.objects.public()) == [] == list(ArticleText.objects.all())
    again = publish_article(public, by=editor)
    assert (again.published_at, ArticleText.objects.count(), ArticleVersion.objects.count()) == (first, 3, 1)


@pytest.mark.parametrize(("state", "move"), [("draft", retire_article), ("published", publish_article)])
def test_moves_that_no_state_allows_are_refused(article, editor, state, move):
    if state == "published":
        publish_article(article, by=editor)
    with pytest.raises(ArticleRefused, match="state has changed"):
        move(article, by=editor)
    assert Article.objects.get().state == state


@pytest.mark.parametrize("write", [publish_article, retire_article, save_article])
def test_nobody_but_editors_of_its_body_writes(article, write):
    for person in (
        AnonymousUser(),
        PersonFactory(),
        staff(Role.AGENT, article.organisation),
        staff(Role.EDITOR, OrganisationFactory()),
    ):
        with pytest.raises(ArticleRefused, match="You cannot change this article"):
            write(article, by=person)


def test_the_database_asks_for_a_day_of_publication():
    with pytest.raises(IntegrityError, match="article_public_has_date"), transaction.atomic():
        ArticleFactory(state=ArticleState.PUBLISHED)


# Texts


def test_a_change_of_meaning_leaves_the_other_languages_behind(public, editor):
    public.text_en = "Open the service and pay first."
    save_article(public, by=editor)
    assert set(public.behind) == {"text_ar", "text_zh_hans"}
    version = ArticleVersion.objects.first()
    assert (version.number, set(version.behind)) == (2, {"text_ar", "text_zh_hans"})


def test_a_change_of_wording_leaves_nothing_behind(public, editor):
    public.text_en = "Open the service page."
    save_article(public, by=editor, revision=Revision(wording_only=True))
    assert public.behind == {}
    assert ArticleVersion.objects.first().texts["text_en"] == "Open the service page."


def test_a_translation_that_follows_is_behind_no_more(public, editor):
    public.text_en = "Open the service and pay first."
    save_article(public, by=editor)
    public.text_ar = "افتحوا الخدمة وادفعوا أولًا."
    save_article(public, by=editor)
    assert set(public.behind) == {"text_zh_hans"}


def test_saving_without_a_change_keeps_version_and_day(public, editor):
    before = Article.objects.get().updated_at
    save_article(public, by=editor)
    assert (ArticleVersion.objects.count(), Article.objects.get().updated_at) == (1, before)


def test_a_draft_keeps_no_versions_and_is_not_found(article, editor):
    article.title_en = "Another title"
    save_article(article, by=editor)
    assert (ArticleVersion.objects.count(), ArticleText.objects.count()) == (0, 0)


def test_a_public_article_cannot_lose_half_of_a_language(public, editor):
    public.summary_en = ""
    with pytest.raises(ArticleRefused, match="In English something is missing"):
        save_article(public, by=editor)
    assert Article.objects.get().summary_en == "Renew it online before it ends."


def test_the_posted_state_is_not_believed(article, editor):
    article.state = ArticleState.PUBLISHED
    save_article(article, by=editor)
    assert Article.objects.get().state == ArticleState.DRAFT


def test_an_article_is_not_related_to_itself(article, editor):
    other = ArticleFactory(organisation=article.organisation)
    save_article(article, by=editor, related=[article, other])
    assert (list(article.related.all()), list(other.related.all())) == ([other], [article])


def test_what_is_searched_follows_the_text(public, editor):
    public.title_en = "Renewing a licence"
    save_article(public, by=editor)
    assert ArticleText.objects.get(language="en").title == "Renewing a licence"
    assert set(SearchWord.objects.filter(language="en").values_list("word", flat=True)) >= {"renewing", "licence"}


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("## Title\n\nSome **bold** and `code`.", "Title Some bold and code."),
        ("- one\n- two\n1. three", "one two three"),
        ("[the page](page:contact) and <b>x</b>", "the page and <b>x</b>"),
        ("| a | b |\n|---|:--:|\n| c | d |", "a b c d"),
        ("> quoted\n\n2 - 1", "quoted 2 - 1"),
    ],
)
def test_plain_text(markdown, plain):
    assert plain_text(markdown) == plain


# Answers


def counts(article: Article) -> tuple[int, int]:
    """Return the counters of the row."""
    return Article.objects.values_list("useful_count", "useless_count").get(pk=article.pk)


def test_one_voter_answers_once_and_may_change_it(public):
    person = PersonFactory()
    voter = answers.voter_of_person(public, person)
    answers.answer(public, voter=voter, language="en", is_useful=False)
    answers.answer(public, voter=voter, language="en", is_useful=False, reason=Reason.UNCLEAR)
    given = ArticleAnswer.objects.get()
    assert (given.is_useful, given.reason, given.day, counts(public)) == (
        False, Reason.UNCLEAR, timezone.localdate(), (0, 1),
    )  # fmt: skip
    answers.answer(public, voter=voter, language="en", is_useful=True, reason=Reason.UNCLEAR)
    given.refresh_from_db()
    assert (given.is_useful, given.reason, counts(public)) == (True, "", (1, 0))


def test_a_person_cannot_be_followed_from_article_to_article(public):
    person, other = PersonFactory(), ArticleFactory()
    assert answers.voter_of_person(public, person) != answers.voter_of_person(other, person)
    assert answers.voter_of_person(public, person) != answers.voter_of_visitor(public, str(person.pk))


def test_answers_are_exported_and_cut_loose(public):
    person, other = PersonFactory(), PersonFactory()
    for who, is_useful in ((person, False), (other, True)):
        answers.answer(public, voter=answers.voter_of_person(public, who), language="ar", is_useful=is_useful)
    day = timezone.localdate().isoformat()
    assert answers.export_answers(person) == [{"article": public.code, "useful": False, "reason": "", "day": day}]
    answers.forget_answers(person)
    assert (answers.export_answers(person), len(answers.export_answers(other))) == ([], 1)
    assert (ArticleAnswer.objects.count(), counts(public)) == (2, (1, 1))


def test_a_reason_never_stands_beside_useful(public):
    with pytest.raises(IntegrityError, match="article_answer_reason"), transaction.atomic():
        ArticleAnswer.objects.create(
            article=public, voter="x", language="en", is_useful=True, reason="unclear", day=date(2026, 1, 1)
        )


# Figures


def test_reads_are_added_to_their_day_once(public):
    retired = ArticleFactory()
    for _time in range(3):
        tally(figures.READS, f"2026-03-01 en {public.code}")
    tally(figures.READS, f"2026-03-02 ar {public.code}")
    tally(figures.READS, f"2026-03-02 ar {retired.code}")
    tally(figures.READS, "2026-03-02 ar nothing234")
    assert figures.count_reads() == 4
    tally(figures.READS, f"2026-03-01 en {public.code}")
    assert (figures.count_reads(), figures.count_reads()) == (1, 0)
    rows = ArticleReads.objects.order_by("day").values_list("article", "language", "day", "count")
    assert list(rows) == [(public.pk, "en", date(2026, 3, 1), 4), (public.pk, "ar", date(2026, 3, 2), 1)]


def test_what_was_set_aside_by_a_turn_that_failed_is_counted_by_the_next(public):
    tally(figures.READS, f"2026-03-01 en {public.code}")
    with mock.patch.object(figures, "_add", side_effect=RuntimeError), pytest.raises(RuntimeError):
        figures.count_reads()
    tally(figures.READS, f"2026-03-01 en {public.code}")
    assert figures.count_reads() == 1
    assert figures.count_reads() == 1
    assert ArticleReads.objects.get().count == 2


def test_searches_are_added_to_their_day():
    for outcome in ("found", "found", "missed"):
        tally(figures.SEARCHES, f"2026-03-01 zh-hans {outcome}")
    assert figures.count_searches() == 3
    tally(figures.SEARCHES, "2026-03-01 zh-hans missed")
    assert figures.count_searches() == 1
    row = SearchCount.objects.get()
    assert (row.language, row.day, row.found, row.missed) == ("zh-hans", date(2026, 3, 1), 2, 2)


def test_recent_reads_are_those_of_thirty_days(public):
    today = date(2026, 3, 31)
    for days_ago, count in ((0, 1), (29, 10), (30, 100)):
        ArticleReads.objects.create(article=public, language="en", day=today - timedelta(days=days_ago), count=count)
    figures.refresh_recent_reads(today)
    assert Article.objects.get().recent_reads == 11
    figures.refresh_recent_reads(today + timedelta(days=30))
    assert Article.objects.get().recent_reads == 0
