"""The demonstration's mail: held and taken by the rules, told to nobody."""

import random

import pytest
from django.utils import timezone

from portal.messaging.models import Message
from portal.registry import DemoStage
from tickets.choices import Channel
from tickets.management import demo_mail
from tickets.models import Incoming, Ticket

pytestmark = pytest.mark.django_db


def test_two_are_held_one_is_left_alone_and_those_of_requests_are_with_them(ask, ministry):
    ticket = ask(channel=Channel.EMAIL)
    Ticket.objects.update(once=f"{demo_mail.REQUESTS}001")
    told = Message.objects.count()
    stage = DemoStage(anchor=timezone.now(), random=random.Random(1), password="")
    for _ in range(2):
        demo_mail.load(stage)
    assert list(Incoming.objects.order_by("pk").values_list("state", "why", "ticket")) == [
        ("taken", "", ticket.pk),
        ("held", "stranger", ticket.pk),
        ("held", "spam", None),
        ("ignored", "automatic", None),
    ]
    assert Message.objects.count() == told
