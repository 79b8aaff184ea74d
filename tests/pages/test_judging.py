"""What readers think: one answer a day and source, counted with its row, and nothing kept of who gave it."""

import threading
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test import TransactionTestCase
from django.utils import timezone

from portal.audit.models import Entry
from portal.pages.choices import RemarkState, Scale, Useful
from portal.pages.models import Judgement, Mark, Remark, Service, Subject, Tally
from portal.pages.selectors import judging as reads
from portal.pages.services import judging
from portal.pages.tasks import sweep
from portal.registry.judged import JudgedPages, judged_pages
from tests.factories import OrganisationFactory, PageFactory, PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    """A page of a body."""
    return PageFactory(key="rules")


def judge(key="rules", value=Useful.YES, source="one", *, kind="page", scale=Scale.USEFUL, language="en"):
    """Answer as this source."""
    return judging.judge(kind, key, scale=scale, value=value, language=language, source=source)


def say(key="rules", value=Useful.NO, source="one", *, reason="unclear", text="Words"):
    """Answer, and say why."""
    return judging.remark(
        "page", key, scale=Scale.USEFUL, value=value, language="en", source=source, reason=reason, text=text
    )


def counts() -> dict:
    """Return the counts that are not zero, by language and value."""
    return {(row.language, row.value): row.count for row in Tally.objects.filter(count__gt=0)}


def service(code="permits"):
    """Create a service."""
    return Service.objects.create(code=code, name_en="Permits", organisation=OrganisationFactory())


class TestOneSource:
    def test_counts_once_a_day_for_each_page(self, page):
        for _time in range(3):
            judge()
        assert counts() == {("en", 1): 1}
        PageFactory(key="other")
        judge("other")
        assert counts() == {("en", 1): 1} | {("en", 1): 1}
        assert [row.count for row in Tally.objects.order_by("pk")] == [1, 1]

    def test_the_last_answer_of_a_day_takes_the_place_of_the_first(self, page):
        judge(value=Useful.YES)
        judge(value=Useful.NO)
        assert counts() == {("en", 0): 1}
        assert [each.value for each in Judgement.objects.all()] == [0]

    def test_another_source_counts_beside_it(self, page):
        judge(source="one", language="ar")
        judge(source="two", value=Useful.NO)
        assert counts() == {("ar", 1): 1, ("en", 0): 1}

    def test_counts_again_on_the_next_day(self, page, monkeypatch):
        judge()
        tomorrow = timezone.localdate() + timedelta(days=1)
        monkeypatch.setattr(timezone, "localdate", lambda *_given: tomorrow)
        judge()
        assert sum(counts().values()) == 2

    def test_stars_and_usefulness_of_one_service_are_two_things(self):
        service()
        judge("permits", kind="service")
        judge("permits", 5, kind="service", scale=Scale.STARS)
        assert {(row.scale, row.value, row.count) for row in Tally.objects.all()} == {("useful", 1, 1), ("stars", 5, 1)}


class TestNothingIsKept:
    def test_of_the_source_but_a_digest_whose_salt_is_in_the_cache_alone(self, page):
        mark = judge(source="203.0.113.9 a browser")
        name = f"pages.salt.{timezone.localdate():%Y-%m-%d}"
        salt = cache.get(name)
        assert (len(salt), len(mark.digest)) == (64, 64)
        assert cache.ttl(name) if hasattr(cache, "ttl") else True
        cache.delete(name)
        # Without the salt the same source is another, and nobody can say which mark was whose.
        assert judging.mark_of("page", "rules", scale=Scale.USEFUL, source="203.0.113.9 a browser") is None
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_jsonb(m)::text || to_jsonb(j)::text FROM pages_mark m, pages_judgement j")
            (stored,) = cursor.fetchone()
        assert "203.0.113" not in stored
        assert salt not in stored

    def test_a_judgement_knows_its_week_and_no_moment(self, page):
        judge()
        names = {field.name for field in Judgement._meta.get_fields() if field.concrete}
        assert names == {"id", "scale", "language", "week", "value", "subject"}
        assert Judgement.objects.get().week == reads.week_of(timezone.localdate())

    def test_marks_of_former_days_are_deleted_and_answers_stay(self, page):
        judge()
        Mark.objects.update(day=timezone.localdate() - timedelta(days=1))
        judge(source="two")
        sweep()
        assert [mark.day for mark in Mark.objects.all()] == [timezone.localdate()]
        assert (Judgement.objects.count(), counts()) == (2, {("en", 1): 2})

    @pytest.mark.parametrize(("age", "left"), [(372, 1), (373, 0)])
    def test_remarks_are_deleted_after_the_time_that_was_stated(self, page, settings, age, left):
        settings.REMARK_MONTHS = 12
        say()
        Remark.objects.update(day=timezone.localdate() - timedelta(days=age))
        judging.sweep()
        assert Remark.objects.count() == left

    def test_zero_months_keep_them(self, page, settings):
        settings.REMARK_MONTHS = 0
        say()
        Remark.objects.update(day=date(2020, 1, 1))
        assert judging.sweep() == (0, 0)

    def test_while_the_cache_is_away_nothing_is_held_against_anybody(self, page, monkeypatch):
        monkeypatch.setattr(judging.cache, "get", lambda *_given: None)
        judge()
        judge()
        assert counts() == {("en", 1): 2}


class TestWhatIsJudged:
    @pytest.mark.parametrize(
        ("kind", "key"), [("page", "nothing"), ("nothing", "rules"), ("", ""), ("page", "x" * 500)]
    )
    def test_is_only_what_exists(self, page, kind, key):
        with pytest.raises(judging.NothingToJudge):
            judge(key, kind=kind)
        assert not Subject.objects.exists()

    def test_is_nothing_that_asks_its_readers_itself(self, page, monkeypatch):
        entry = judged_pages["page"]
        asking = JudgedPages(entry.label, entry.find, entry.keys, counts=lambda day: {"rules": (8, 10)})
        monkeypatch.setitem(judged_pages._entries, "page", asking)
        with pytest.raises(judging.NothingToJudge):
            judge()
        (row,) = reads.judged_list()
        assert (row.key, row.found.useful, row.found.answers) == ("rules", 8, 10)

    def test_belongs_to_the_body_of_the_page_as_it_is_now(self, page):
        judge()
        assert Subject.objects.get().organisation == page.owner
        page.owner = OrganisationFactory()
        page.save()
        judge(source="two")
        assert Subject.objects.get().organisation == page.owner

    def test_what_is_of_the_whole_portal_belongs_to_the_ministry(self):
        ministry = OrganisationFactory(kind="ministry")
        judge("hours", kind="hours")
        assert Subject.objects.get().organisation == ministry

    @pytest.mark.parametrize(("scale", "value"), [("useful", 2), ("stars", 0), ("stars", 6)])
    def test_the_database_refuses_what_is_no_value(self, page, scale, value):
        subject = Subject.objects.create(kind="page", key="rules")
        with pytest.raises(IntegrityError), transaction.atomic():
            Judgement.objects.create(subject=subject, scale=scale, value=value, language="en", week="2026-11-22")


class TestRemarks:
    def test_count_the_answer_and_keep_the_reason(self, page):
        say(text="Hard to read")
        found = Remark.objects.get()
        assert (found.reason, found.text, found.day, found.state) == (
            "unclear", "Hard to read", timezone.localdate(), "new",
        )  # fmt: skip
        assert counts() == {("en", 0): 1}

    def test_one_a_day(self, page):
        say()
        with pytest.raises(judging.SaidAlready):
            say(text="More")
        assert Remark.objects.count() == 1

    def test_what_editors_do_leaves_a_trace_without_the_words(self, page):
        editor = PersonFactory()
        found = judging.set_remark_state(say(text="secret words"), RemarkState.DONE, by=editor)
        judging.set_remark_state(found, RemarkState.DONE, by=editor)
        (entry,) = Entry.objects.filter(action="remark.moved")
        assert (entry.actor_id, entry.target_key, entry.data) == (
            editor.pk, str(found.pk), {"from": "new", "to": "done"},
        )  # fmt: skip
        assert "secret" not in str(entry.data)


class TestFigures:
    @pytest.mark.parametrize(("answers", "shown"), [(9, None), (10, (7, 10))])
    def test_are_shown_from_ten_answers_on(self, page, answers, shown):
        for number in range(answers):
            judge(value=Useful(int(number < 7)), source=str(number))
        found = reads.usefulness_of("page", "rules")
        assert (found and (found.useful, found.answers)) == shown
        assert len(reads.judged_list()) == (shown is not None)

    def test_of_a_service_are_mean_and_distribution(self):
        found = service()
        for number, stars in enumerate([5, 5, 5, 5, 4, 4, 3, 2, 1, 1]):
            judge("permits", stars, str(number), kind="service", scale=Scale.STARS)
        rating = reads.rating_of(found)
        assert (rating.counts, rating.answers, rating.mean) == ((2, 1, 1, 2, 4), 10, 3.5)
        assert [(bar.votes, bar.percent) for bar in rating.bars] == [(4, 40), (2, 20), (1, 10), (1, 10), (2, 20)]
        assert [row.service for row in reads.rated_list()] == [found]

    def test_forget_what_is_older_than_52_weeks(self, page):
        for number in range(10):
            judge(source=str(number))
        Tally.objects.update(week=reads.first_week())
        assert reads.usefulness_of("page", "rules") is None
        Tally.objects.update(week=reads.first_week() + timedelta(weeks=1))
        assert reads.usefulness_of("page", "rules").answers == 10

    def test_stand_in_the_order_asked_for(self):
        for key, useful, answers in (("a", 9, 10), ("b", 5, 10), ("c", 9, 12)):
            PageFactory(key=key)
            for number in range(answers):
                judge(key, Useful(int(number < useful)), str(number))
        orders = {sort: [row.key for row in reads.judged_list(sort)] for sort in reads.SORTS}
        assert orders == {"useful": ["a", "c", "b"], "useless": ["b", "c", "a"], "answers": ["c", "a", "b"]}

    def test_leave_out_what_nobody_can_read_any_more(self, page):
        for number in range(10):
            judge(source=str(number))
        page.delete()
        assert reads.judged_list() == []

    @pytest.mark.parametrize("pages", [1, 3])
    def test_cost_the_same_however_many_pages(self, pages, django_assert_num_queries):
        for key in range(pages):
            PageFactory(key=f"page-{key}")
            for number in range(10):
                judge(f"page-{key}", source=str(number))
        # Counts, counts of help articles, pages.
        with django_assert_num_queries(3):
            assert len(reads.judged_list()) == pages

    @pytest.mark.parametrize(
        ("day", "week"), [(date(2026, 11, 21), date(2026, 11, 15)), (date(2026, 11, 22), date(2026, 11, 22))]
    )
    def test_a_week_begins_on_sunday(self, day, week):
        assert reads.week_of(day) == week


class TestRecount:
    def test_a_false_count_is_told_and_mended(self, page):
        judge()
        judge(source="two", value=Useful.NO)
        week = reads.week_of(timezone.localdate())
        Tally.objects.filter(value=1).update(count=5)
        Tally.objects.filter(value=0).delete()
        told = sorted(str(drift) for drift in judging.drifts(False))
        assert told == [
            f"pages.Subject page/rules: useful en {week} 0 was 0, is 1",
            f"pages.Subject page/rules: useful en {week} 1 was 5, is 1",
        ]
        assert counts() == {("en", 1): 5}
        assert len(list(judging.drifts(True))) == 2
        assert counts() == {("en", 1): 1, ("en", 0): 1}
        assert list(judging.drifts(True)) == []
        assert Entry.objects.filter(action="counter.mended", target_key="page/rules").count() == 1


class TestTwoTabs(TransactionTestCase):
    def test_at_once_count_once_and_the_counts_are_those_of_the_rows(self):
        PageFactory(key="rules")
        start = threading.Barrier(8)

        def answer(number: int) -> None:
            start.wait()
            try:
                judge(value=Useful(number % 2), source="one")
            finally:
                connection.close()

        threads = [threading.Thread(target=answer, args=[number]) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Judgement.objects.count() == Mark.objects.count() == 1
        assert sum(counts().values()) == 1
        assert list(judging.drifts(False)) == []

    def test_one_remark_of_two_sent_at_once(self):
        PageFactory(key="rules")
        start, refused = threading.Barrier(4), []

        def answer() -> None:
            start.wait()
            try:
                say()
            except judging.SaidAlready as error:
                refused.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=answer) for _number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (Remark.objects.count(), len(refused)) == (1, 3)
