"""The demonstration's newsletter: the record, the archive and the figures agree."""

import random

import pytest
from django.core.management import call_command
from django.db.models import Count, Q
from django.utils import timezone

from newsletter.management import demo
from newsletter.models import Consent, EditionPage, Issue, Subscription
from newsletter.selectors.checks import findings
from portal.accounts.models import Person
from portal.mailings.models import Delivery, DeliveryEvent, Mailing
from portal.messaging.models import Message
from portal.registry import DemoStage
from tests.factories import PersonFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(db):
    call_command("seed", verbosity=0)
    for name in ("editor", "manager"):
        PersonFactory(email=f"{name}@demo.example")
    return DemoStage(timezone.now(), random.Random(1), "x")


def test_agrees_with_itself_and_writes_to_nobody(stage):
    demo.load(stage)
    assert Issue.objects.published().count() == demo.WEEKS
    assert EditionPage.objects.count() == demo.WEEKS * 3
    assert Subscription.objects.filter(state__in=["active", "paused"]).count() == 5000
    confirmed = Subscription.objects.exclude(confirmed_at=None).count()
    assert Consent.objects.filter(act="confirmed").count() == confirmed
    for mailing in Mailing.objects.annotate(
        copies=Count("deliveries"), handed=Count("deliveries", filter=Q(deliveries__state__in=["sent", "complained"]))
    ):
        assert (mailing.frozen_count, mailing.state) == (mailing.copies, "sent")
        assert mailing.handed > 0.98 * mailing.copies
    assert DeliveryEvent.objects.count() == Delivery.objects.exclude(state="skipped").count()
    waiting = Issue.objects.get(state="submitted")
    assert [one.text for one in findings(waiting) if one.is_error] == []
    assert waiting.submitted_by == Person.objects.get(email="editor@demo.example")
    assert Message.objects.count() == 0
    before = Delivery.objects.count()
    demo.load(stage)
    assert Delivery.objects.count() == before
