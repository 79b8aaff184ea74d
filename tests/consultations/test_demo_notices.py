"""The demonstration's follows and notices: told by the same rules as ever, sent to nobody, the same each time."""

import random

import pytest
from django.utils import timezone

from engagement.consultations.choices import Status
from engagement.consultations.management.demo_notices import NEW, OF_ACCOUNTS, load
from portal.messaging.models import Message
from portal.notifications.models import Follow, Happening, Notice
from portal.notifications.services.sending import send_due
from portal.registry import DemoStage
from tests.factories import (
    CommentFactory,
    ConsultationFactory,
    OrganisationFactory,
    PersonFactory,
    TopicFactory,
    days,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def stage(db):
    """The two accounts, what they follow, and three others."""
    anchor = timezone.now()
    for name, (slugs, topics, bodies) in OF_ACCOUNTS.items():
        PersonFactory(email=f"{name}@demo.example")
        for code in topics:
            TopicFactory(code=code)
        body = OrganisationFactory(code=bodies[0])
        for slug in slugs:
            opens = anchor - days(20)
            ConsultationFactory(slug=slug, organisation=body, opens_at=opens, published_at=opens - days(5))
    for number in range(3):
        PersonFactory(email=f"p{number}@people.demo.example")
    return DemoStage(anchor, random.Random(1), "x")


def told():
    return list(Notice.objects.order_by("pk").values_list("person__email", "event", "at", "read_at", "state"))


def test_everybody_is_told_what_happened_since_they_follow_it_in_the_order_of_time(stage):
    load(stage)
    rows = told()
    assert {row[1] for row in rows} == {"consultation.published", "consultation.opened"}
    assert [row[2] for row in rows] == sorted(row[2] for row in rows)
    assert {"citizen@demo.example", "organisation@demo.example"} <= {row[0] for row in rows}
    assert all((read_at is not None) == (at < stage.anchor - NEW) for _who, _event, at, read_at, _state in rows)


def test_nothing_of_it_is_sent(stage):
    load(stage)
    assert {row[4] for row in told()} == {"site"}
    assert send_due() == 0
    assert not Message.objects.exists()


def test_the_same_again_changes_nothing(stage):
    load(stage)
    before = (Follow.objects.count(), Happening.objects.count(), told())
    load(stage)
    assert (Follow.objects.count(), Happening.objects.count(), told()) == before


def test_whoever_took_part_is_told_of_the_end(stage):
    ended = ConsultationFactory(status=Status.CONCLUDED, responded_at=stage.anchor - days(1))
    author = CommentFactory(thread=ended.thread).author
    load(stage)
    assert list(Notice.objects.filter(person=author).values_list("event", "subject", "read_at")) == [
        ("consultation.concluded", "outcomes", None)
    ]


def test_drafts_are_followed_by_nobody(stage):
    draft = ConsultationFactory(status=Status.DRAFT)
    load(stage)
    assert not Follow.objects.filter(key=draft.code).exists()
