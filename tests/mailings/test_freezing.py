"""A mailing goes to a frozen set: each address once, with a row also for whoever gets nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.audit.models import Entry
from portal.mailings.choices import MailingState
from portal.mailings.models import Mailing
from portal.mailings.services import freezing, suppression
from portal.mailings.services.control import MailingRefused, begin, tick
from tests.mailings.conftest import audience, prepared

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ended")]


def rows(mailing):
    return list(mailing.deliveries.order_by("pk").values_list("address", "state", "reason"))


class TestPrepare:
    def test_the_same_key_gives_the_first_mailing_unchanged(self):
        first = prepared(key="newsletter/2026-W48")
        second = prepared(key="newsletter/2026-W48", languages=("zh-hans",))
        assert second == first
        assert sorted(second.editions.values_list("language", flat=True)) == ["ar", "en"]
        assert Entry.objects.filter(action="mailing.prepared").count() == 1


class TestFreeze:
    def test_suppressed_addresses_and_languages_without_edition_get_a_row_and_no_copy(self):
        suppression.suppress("B@example.org", suppression.Reason.COMPLAINT)
        mailing = prepared(languages=("en",))
        everyone = audience("a@example.org", "b@example.org") and audience("c@example.org", language="ar")
        assert freezing.freeze(mailing, everyone) == 1
        assert rows(mailing) == [
            ("a@example.org", "queued", ""),
            ("b@example.org", "skipped", "suppressed"),
            ("c@example.org", "skipped", "language"),
        ]
        mailing.refresh_from_db()
        assert (mailing.state, mailing.frozen_count) == (MailingState.READY, 1)

    def test_whoever_comes_later_is_not_in_it(self):
        mailing = prepared()
        freezing.freeze(mailing, audience("a@example.org"))
        with pytest.raises(MailingRefused):
            freezing.freeze(mailing, audience("b@example.org"))
        assert [address for address, _, _ in rows(mailing)] == ["a@example.org"]

    def test_an_address_that_comes_twice_gets_one_copy(self):
        mailing = prepared()
        everyone = audience("a@example.org", "b@example.org")
        assert freezing.freeze(mailing, everyone.union(everyone.all(), all=True)) == 2


class TestTick:
    @pytest.mark.django_db(transaction=True)
    def test_begins_at_the_start_and_not_a_second_before(self):
        start = timezone.now() + timedelta(hours=1)
        mailing = prepared(start_at=start, not_after=start + timedelta(hours=4))
        freezing.freeze(mailing, audience())
        assert tick(start - timedelta(seconds=1)) == 0
        assert tick(start) == 1
        mailing.refresh_from_db()
        assert mailing.started_at == start
        # Nobody to send to: it has ended at once.
        assert mailing.state == MailingState.SENT

    def test_after_the_cut_off_a_person_decides(self):
        start = timezone.now()
        mailing = prepared(start_at=start, not_after=start + timedelta(hours=4))
        freezing.freeze(mailing, audience("a@example.org"))
        assert begin(mailing, moment=start + timedelta(hours=4, seconds=1)).state == MailingState.LATE
        assert tick(start + timedelta(days=1)) == 0
        assert rows(mailing) == [("a@example.org", "queued", "")]

    def test_at_the_last_moment_it_still_begins(self):
        start = timezone.now()
        mailing = prepared(start_at=start, not_after=start + timedelta(hours=4))
        freezing.freeze(mailing, audience("a@example.org"))
        Mailing.objects.filter(pk=mailing.pk).update(start_at=start)
        assert begin(mailing, moment=start + timedelta(hours=4)).state == MailingState.SENDING

    def test_what_is_not_frozen_never_begins(self):
        prepared()
        assert tick() == 0
