"""Canaries: whose copy does not arrive within the hour raises an alarm, once."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from newsletter.choices import Silence
from newsletter.models import CanaryAlarm
from newsletter.selectors.watching import inbox_count, open_alarms
from newsletter.services import watching
from portal.accounts.choices import Role
from portal.audit.models import Entry
from portal.mailings.choices import DeliveryState
from portal.mailings.models import Arrival, Delivery, Mailing
from portal.mailings.services.returned import MAILBOX
from portal.messaging.models import WayState
from tests.factories import OrganisationFactory, PersonFactory, staff
from tests.newsletter.test_subscribing import going_out

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def sent(reader, settings):
    """A copy that a canary was sent just now, and a mailbox that is read."""
    settings.BOUNCE_IMAP = settings.BOUNCE_IMAP | {"host": "imap.example"}
    watching.set_canary(reader, by=PersonFactory())
    mailing = going_out()
    now = timezone.now()
    Mailing.objects.update(started_at=now)
    Delivery.objects.update(state=DeliveryState.SENT, sent_at=now)
    WayState.objects.create(way=MAILBOX, fetched_at=now + 2 * HOUR)
    return mailing.deliveries.get()


def test_an_hour_without_it_is_an_alarm_and_a_second_less_is_none(sent):
    assert watching.watch(sent.sent_at + HOUR - timedelta(seconds=1)) == 0
    assert watching.watch(sent.sent_at + HOUR) == 1
    assert watching.watch(sent.sent_at + 2 * HOUR) == 0
    assert CanaryAlarm.objects.values_list("language", "reason").get() == ("ar", Silence.MISSING)
    assert Entry.objects.filter(action="mailing.canary_missed").count() == 1
    assert open_alarms() == 1.0


def test_what_arrived_raises_none_and_settles_a_late_one(sent):
    watching.watch(sent.sent_at + HOUR)
    Arrival.objects.create(delivery=sent)
    assert watching.watch(sent.sent_at + 2 * HOUR) == 0
    assert open_alarms() == 0.0
    assert CanaryAlarm.objects.get().settled_at is not None


def test_a_mailbox_that_cannot_be_read_is_an_alarm_of_its_own(sent):
    WayState.objects.update(fetched_at=sent.sent_at)
    watching.watch(sent.sent_at + HOUR)
    assert CanaryAlarm.objects.get().reason == Silence.MAILBOX


def test_a_copy_that_was_never_sent_raises_one_an_hour_after_the_end(sent):
    Delivery.objects.update(state=DeliveryState.BOUNCED, sent_at=None)
    assert watching.watch(sent.sent_at + 5 * HOUR) == 0
    Mailing.objects.update(state="sent", finished_at=sent.sent_at)
    assert watching.watch(sent.sent_at + HOUR) == 1


def test_readers_who_are_none_are_not_watched(sent, reader):
    watching.set_canary(reader, by=PersonFactory())
    assert watching.watch(sent.sent_at + HOUR) == 0


def test_editors_of_the_body_see_it(client, sent, monday):
    watching.watch(sent.sent_at + HOUR)
    editor, stranger = staff(Role.EDITOR, monday.organisation), staff(Role.EDITOR, OrganisationFactory())
    assert (inbox_count(editor), inbox_count(stranger), inbox_count(PersonFactory())) == (1, 0, None)
    client.force_login(editor)
    page = client.get(reverse("admin:newsletter_canaryalarm_changelist"))
    assert [row.reason for row in page.context["cl"].result_list] == [Silence.MISSING]
