"""One issue a week: made ahead, approved by a second person, frozen, sent once, or missed and said so."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django.utils.translation import override

from newsletter.choices import IssueState
from newsletter.models import Block, EditionPage, Issue
from newsletter.rules import next_start, week_of
from newsletter.selectors.checks import findings, leads_somewhere
from newsletter.selectors.rendering import editions_of
from newsletter.services import issues, subscribing
from newsletter.services.issues import IssueRefused
from portal import registry
from portal.accounts.choices import Role
from portal.mailings.choices import MailingState
from portal.mailings.emails import PERSONAL_SLOT, TOKEN_SLOT
from portal.mailings.models import Delivery, Mailing
from portal.mailings.services import control
from portal.messaging.models import Message
from tests.factories import OrganisationFactory, staff
from tests.newsletter import MONDAY, RIYADH, THURSDAY

pytestmark = pytest.mark.django_db


def approved(issue, writer, second, moment=THURSDAY):
    issues.submit(issue, by=writer)
    issues.approve(issue, by=second, moment=moment)
    issue.refresh_from_db()
    return issue


class TestWeeks:
    @pytest.mark.parametrize(
        ("moment", "start"),
        [
            (THURSDAY, MONDAY),
            (MONDAY - timedelta(seconds=1), MONDAY),
            (MONDAY, MONDAY + timedelta(days=7)),
            (MONDAY + timedelta(hours=3), MONDAY + timedelta(days=7)),
        ],
    )
    def test_the_next_issue_starts_at_the_next_monday_at_eight(self, moment, start):
        assert next_start(moment) == start

    def test_a_week_is_the_iso_week_in_the_newsletters_zone(self):
        assert week_of(MONDAY) == (2026, 49)
        # The first Monday of 2027 is in its week 1, the last one of 2026 in week 53.
        assert week_of(datetime(2026, 12, 28, 8, tzinfo=RIYADH)) == (2026, 53)
        assert week_of(datetime(2027, 1, 4, 8, tzinfo=RIYADH)) == (2027, 1)

    @pytest.mark.parametrize(
        ("moment", "start"),
        [
            # Clocks go back on Sunday, 25 October 2026, and forward on Sunday, 28 March 2027.
            (datetime(2026, 10, 17, tzinfo=UTC), datetime(2026, 10, 19, 6, tzinfo=UTC)),
            (datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, 7, tzinfo=UTC)),
            (datetime(2027, 3, 28, 0, 59, tzinfo=UTC), datetime(2027, 3, 29, 6, tzinfo=UTC)),
            (datetime(2027, 3, 28, 1, 1, tzinfo=UTC), datetime(2027, 3, 29, 6, tzinfo=UTC)),
        ],
    )
    def test_eight_stays_eight_where_summer_time_begins_and_ends(self, settings, moment, start):
        settings.NEWSLETTER_ZONE = "Europe/Berlin"
        assert next_start(moment) == start


class TestMaking:
    def test_a_clock_that_is_set_back_makes_no_second_one(self, ministry):
        made = issues.make_next(THURSDAY)
        issues.tick(MONDAY + timedelta(hours=1))
        issues.tick(THURSDAY)
        assert issues.make_next(THURSDAY + timedelta(minutes=1)) == made
        assert Issue.objects.filter(year=made.year, week=made.week).count() == 1
        made.refresh_from_db()
        assert made.state == IssueState.MISSED

    def test_two_ticks_make_one_issue(self, ministry):
        first, second = issues.make_next(THURSDAY), issues.make_next(THURSDAY + timedelta(hours=1))
        assert first == second
        assert (first.start_at, first.not_after) == (MONDAY, MONDAY + timedelta(hours=10))

    def test_nothing_is_made_too_far_ahead(self, ministry):
        issues.tick(MONDAY - timedelta(days=5, seconds=1))
        assert Issue.objects.count() == 0
        issues.tick(MONDAY - timedelta(days=5))
        assert Issue.objects.count() == 1

    def test_what_the_portal_offers_is_in_it_and_missing_texts_stay_missing(self, ministry, monkeypatch):
        one = registry.Offer(
            key="consultation:abc",
            section="opening",
            titles={"ar": "استشارة"},
            texts={"ar": "ملخص", "en": "Summary"},
            path=lambda language: f"/{language}/consultations/abc/",
        )
        monkeypatch.setattr(registry.offers, "_entries", {"tests": lambda since, until: [one]})
        issue = issues.make_next(THURSDAY)
        block = issue.blocks.get()
        assert (block.heading_ar, block.heading_en, block.text_en) == ("استشارة", "", "Summary")
        assert issues.offer(issue) == 0
        assert {(one.language, one.is_error) for one in findings(issue) if one.part} >= {
            ("en", True),
            ("zh-hans", True),
        }

    @pytest.mark.django_db(transaction=True)
    def test_at_the_same_time_one_is_made(self, ministry):
        def work():
            try:
                issues.make_next(THURSDAY)
            finally:
                connection.close()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Issue.objects.count() == 1


class TestChecks:
    def test_a_complete_issue_has_nothing_to_mend(self, issue):
        assert [one.text for one in findings(issue) if one.is_error] == []

    def test_a_missing_language_is_shown_as_missing_and_not_filled(self, issue, writer):
        Block.objects.update(text_zh_hans="")
        with override("ar"):
            found = [one for one in findings(issue) if one.is_error]
        assert [(one.language, one.part) for one in found] == [("zh-hans", "افتتاح")]
        with pytest.raises(IssueRefused, match="incomplete"):
            issues.submit(issue, by=writer)

    @pytest.mark.parametrize(
        ("address", "leads"),
        [
            ("/en/consultations/", True),
            ("/en/nowhere/", False),
            ("https://example.org/page", True),
            ("http://example.org/page", False),
            ("javascript:alert(1)", False),
            ("//example.org/x", False),
        ],
    )
    def test_links_lead_somewhere(self, address, leads):
        assert leads_somewhere(address) is leads

    def test_words_that_filters_know_are_pointed_out_but_stop_nothing(self, issue, writer):
        Issue.objects.update(subject_en="WINNER!!! Free money")
        issue.refresh_from_db()
        assert [(one.language, one.is_error) for one in findings(issue)] == [("en", False)]
        issues.submit(issue, by=writer)


class TestApproving:
    def test_takes_a_second_person_who_may(self, issue, writer, second, ministry):
        issues.submit(issue, by=writer)
        for by, reason in ((writer, "second_person"), (staff(Role.AGENT, ministry), "forbidden")):
            with pytest.raises(IssueRefused, match=reason):
                issues.approve(issue, by=by, moment=THURSDAY)
        assert issues.approve(issue, by=second, moment=THURSDAY) == 0
        issue.refresh_from_db()
        assert (issue.state, issue.mailing.state) == (IssueState.APPROVED, MailingState.READY)
        assert issue.mailing.key == "newsletter/2026-W49"

    def test_freezes_whom_it_goes_to(self, issue, writer, second, reader, wish):
        approved(issue, writer, second)
        subscribing.confirm(subscribing.ask("late@example.org", wish))
        assert [one.address for one in issue.mailing.deliveries.all()] == ["reader@example.org"]
        assert issue.mailing.frozen_count == 1

    def test_what_is_changed_afterwards_changes_nothing_that_is_sent(self, issue, writer, second):
        approved(issue, writer, second)
        Block.objects.update(heading_en="Changed")
        assert "Opening" in EditionPage.objects.get(language="en").mail
        assert "Opening" in issue.mailing.editions.get(language="en").html

    def test_can_be_taken_back_until_it_begins(self, issue, writer, second, reader):
        approved(issue, writer, second)
        issues.recall(issue, by=writer)
        issue.refresh_from_db()
        assert (issue.state, issue.mailing.deliveries.count()) == (IssueState.DRAFT, 0)
        Block.objects.update(heading_en="Changed")
        approved(issue, writer, second)
        assert (Mailing.objects.count(), issue.mailing.deliveries.count()) == (1, 1)
        assert "Changed" in issue.mailing.editions.get(language="en").html
        control.begin(issue.mailing, moment=MONDAY)
        with pytest.raises(IssueRefused, match="late"):
            issues.recall(issue, by=writer)

    def test_sends_back_with_a_reason(self, issue, writer, second):
        issues.submit(issue, by=writer)
        issues.send_back(issue, by=second, note="The figure is of last year.")
        issue.refresh_from_db()
        assert (issue.state, issue.return_note) == (IssueState.DRAFT, "The figure is of last year.")
        assert Message.objects.filter(template="newsletter/returned", person=writer).count() == 1

    def test_of_another_bodys_editor_is_refused(self, issue, writer):
        issues.submit(issue, by=writer)
        with pytest.raises(IssueRefused, match="forbidden"):
            issues.approve(issue, by=staff(Role.EDITOR, OrganisationFactory()), moment=THURSDAY)


class TestTheClock:
    def test_the_people_responsible_are_told_on_sunday_once(self, issue, writer, second):
        sunday = MONDAY - timedelta(hours=22)
        issues.tick(sunday - timedelta(seconds=1))
        assert Message.objects.filter(template="newsletter/unapproved").count() == 0
        issues.tick(sunday)
        issues.tick(sunday + timedelta(hours=1))
        assert Message.objects.filter(template="newsletter/unapproved").count() == 2

    def test_what_nobody_approved_is_missed_and_nothing_goes_out(self, issue, reader):
        issues.tick(MONDAY - timedelta(seconds=1))
        issue.refresh_from_db()
        assert issue.state == IssueState.DRAFT
        issues.tick(MONDAY)
        issue.refresh_from_db()
        assert issue.state == IssueState.MISSED
        assert Mailing.objects.count() == 0

    def test_a_missed_one_may_still_go_out_by_hand_until_the_cut_off(self, issue, writer, second, reader):
        issues.tick(MONDAY)
        late = MONDAY + timedelta(hours=2)
        approved(issue, writer, second, moment=late)
        assert issue.mailing.start_at == late
        assert issue.mailing.deliveries.count() == 1

    def test_after_the_cut_off_it_may_not(self, issue, writer, second):
        issues.tick(MONDAY)
        issues.submit(issue, by=writer)
        with pytest.raises(IssueRefused, match="late"):
            issues.approve(issue, by=second, moment=issue.not_after + timedelta(seconds=1))

    @pytest.mark.django_db(transaction=True)
    def test_it_goes_out_once_and_into_the_archive(self, issue, writer, second, reader, mailoutbox):
        approved(issue, writer, second)
        mailoutbox.clear()
        control.tick(MONDAY - timedelta(seconds=1))
        assert mailoutbox == []
        Mailing.objects.update(start_at=timezone.now() - timedelta(minutes=1))
        Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=1))
        for _ in range(3):
            control.tick()
            issues.tick(MONDAY)
        assert [mail.to for mail in mailoutbox] == [["reader@example.org"]]
        issue.refresh_from_db()
        assert issue.state == IssueState.SENT
        assert list(Issue.objects.published()) == [issue]


class TestEditions:
    def test_hold_the_readers_links_and_whole_addresses(self, issue, settings):
        mail = editions_of(issue)["en"].mail
        base = settings.BASE_URL.rstrip("/")
        assert f"{base}/en/newsletter/s/{TOKEN_SLOT}/leave/" in mail.html
        assert f"{base}/en/newsletter/s/{TOKEN_SLOT}/leave/" in mail.text
        assert mail.html.count(PERSONAL_SLOT) == mail.text.count(PERSONAL_SLOT) == 1
        assert f'href="{base}/en/consultations/"' in mail.html
        assert f"Some bold words and a link ({base}/en/consultations/)" in mail.text
        assert 'href="/' not in mail.html

    def test_speak_one_language_each(self, issue):
        found = editions_of(issue)
        assert 'dir="rtl"' in found["ar"].mail.html
        assert "Opening" not in found["ar"].mail.html + found["zh-hans"].mail.html
        assert found["zh-hans"].mail.subject == "最新动态"

    def test_what_staff_write_is_escaped(self, issue):
        Block.objects.update(heading_en="<script>alert(1)</script>", text_en="<img src=x onerror=alert(1)>")
        html = editions_of(Issue.objects.get())["en"].mail.html
        assert "<script>" not in html
        assert "<img src=x" not in html
