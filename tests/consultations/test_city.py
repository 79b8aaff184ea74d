"""The city's data on a small scale: as many rows as asked for, counters right, and a second run changes nothing."""

import random
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from engagement.comments.models import Comment, CommentVote
from engagement.comments.services import recount
from engagement.consultations.choices import State
from engagement.consultations.management import city
from engagement.consultations.models import Consultation
from engagement.polls.models import Ballot, Turnout
from portal import registry
from portal.accounts.models import Person
from portal.registry import DemoStage

pytestmark = pytest.mark.django_db

SMALL = city.Size(people=60, consultations=30, large=(40, 300, 50), twin=(10, 40, 20), small=(6, 12))


@pytest.fixture
def stage():
    """The demonstration's bodies and sign-ins, and a stage like the command's."""
    call_command("seed", verbosity=0)
    anchor = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    registry.demo["accounts"](DemoStage(anchor, random.Random("42 accounts"), "unused"))
    return lambda: DemoStage(anchor, random.Random("42 city"), "unused")


def figures() -> list[tuple]:
    """Return what there is of everything, by plain SQL."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, t.comment_count, (SELECT count(*) FROM comments_comment c WHERE c.thread_id = t.id),"
            " (SELECT coalesce(sum(c.up + c.down), 0) FROM comments_comment c WHERE c.thread_id = t.id),"
            " (SELECT count(*) FROM comments_commentvote v JOIN comments_comment c ON c.id = v.comment_id"
            "  WHERE c.thread_id = t.id)"
            " FROM comments_thread t JOIN consultations_consultation s ON s.thread_id = t.id"
            " WHERE s.slug IN ('city-transport-plan', 'island-ferries') ORDER BY s.slug"
        )
        return [row[1:] for row in cursor.fetchall()]


def test_the_numbers_are_as_asked_and_the_counters_right(stage):
    city.load(stage(), SMALL)
    assert Person.objects.filter(email__endswith="@city.demo.example").count() == 60
    assert Consultation.objects.public().count() == 30
    assert figures() == [(40, 40, 300, 300), (10, 10, 40, 40)]
    assert recount(repair=False) == []
    large = Consultation.objects.get(slug="city-transport-plan")
    options = {option.pk: option.votes for option in large.poll.options.all()}
    counted = {pk: Ballot.objects.filter(option=pk).count() for pk in options}
    assert (options, sum(options.values())) == (counted, 50)
    verified = Turnout.objects.filter(poll=large.poll, is_verified=True).count()
    assert (large.poll.turnout_count, large.poll.verified_count) == (50, verified)


def test_nobody_votes_on_their_own_comment_and_nothing_is_later_than_the_anchor(stage):
    given = stage()
    city.load(given, SMALL)
    written = Comment.objects.filter(author__email__endswith="@city.demo.example")
    assert not [
        vote for vote in CommentVote.objects.select_related("comment") if vote.person_id == vote.comment.author_id
    ]
    assert not written.filter(created_at__gt=given.anchor).exists()
    assert {Consultation.objects.get(slug=slug).state for slug in ("city-transport-plan", "island-ferries")} == {
        State.OPEN
    }


def test_a_second_run_changes_nothing(stage):
    city.load(stage(), SMALL)
    before = [list(model.objects.order_by("pk").values()) for model in (Person, Consultation, Comment, CommentVote)]
    city.load(stage(), SMALL)
    assert [
        list(model.objects.order_by("pk").values()) for model in (Person, Consultation, Comment, CommentVote)
    ] == before


def test_the_command_loads_the_city_only_when_asked_and_tells_of_it(monkeypatch):
    seen = []
    monkeypatch.setattr(registry, "demo", registry.Registry("demo"))
    parts = registry.Registry("city")
    parts.register("part", lambda stage: seen.append(stage.anchor) or stage.say("half way"))
    monkeypatch.setattr(registry, "city", parts)
    call_command("demo", stdout=StringIO())
    assert seen == []
    out = StringIO()
    call_command("demo", scale="city", stdout=out)
    assert (len(seen), out.getvalue().splitlines()[:2]) == (1, ["city: part", "  half way"])


def test_the_city_is_refused_in_production(settings):
    settings.SETTINGS_MODULE = "portal.settings.production"
    with pytest.raises(CommandError, match="refused in production"):
        call_command("demo", scale="city")
    assert Person.objects.count() == 0
