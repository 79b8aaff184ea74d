"""What is stored is compared with what its rows say: reported, mended, traced, and never in the way of live traffic."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from engagement.comments.models import Comment, CommentVote, Thread
from engagement.comments.services import post_comment, vote_on_comment
from engagement.polls.models import Option, Poll
from engagement.polls.services import cast_vote
from moderation.models import Case
from portal.accounts.choices import OrganisationKind
from portal.audit.models import Entry
from portal.insight import tasks
from portal.insight.models import Snapshot
from portal.insight.selectors.periods import is_final
from portal.insight.services import recounting, take_month
from portal.registry import recounts
from tests.factories import CommentFactory, OrganisationFactory, PersonFactory, PollFactory, ThreadFactory
from tests.insight import records
from tests.insight.records import bounds, month_ago

pytestmark = pytest.mark.django_db


def command(*arguments):
    """Run the command; return its exit code and what it said."""
    said = io.StringIO()
    try:
        call_command("recount", *arguments, stdout=said, stderr=io.StringIO())
    except CommandError as error:
        return error.returncode, said.getvalue()
    return 0, said.getvalue()


@pytest.fixture
def activity():
    """A little of everything that is counted, by the services that count it."""
    thread, poll = ThreadFactory(), PollFactory()
    comment = post_comment(thread, author=PersonFactory(), body="One", language="en")
    post_comment(thread, author=PersonFactory(), body="Two", language="en", reply_to=comment)
    vote_on_comment(comment, by=PersonFactory(), value=1)
    cast_vote(poll, by=PersonFactory(verification="identity"), option_code="support", language="en")
    case = records.case(OrganisationFactory(), timezone.now(), "a")
    records.report(case, timezone.now())
    Case.objects.update(report_count=1)
    return comment, poll, case


def drift_everywhere(comment, poll, case):
    """Make every counter wrong."""
    Thread.objects.filter(pk=comment.thread_id).update(comment_count=9)
    Comment.objects.filter(pk=comment.pk).update(up=7, reply_count=0)
    Poll.objects.filter(pk=poll.pk).update(turnout_count=5, verified_count=4)
    Option.objects.filter(poll=poll, code="oppose").update(votes=3)
    Case.objects.filter(pk=case.pk).update(report_count=0)


def test_every_app_that_counts_offers_its_counters():
    apps = ["judgements", "moderation", "surveys", "comments", "polls", "articles", "requests", "prepared_replies"]
    counting = [*apps, "insight"]
    assert list(recounts) == counting


def test_what_is_right_is_left_alone(activity):
    code, said = command("--check")
    assert (code, said.splitlines()) == (0, [f"{name}: no drift" for name in recounts])
    assert not Entry.objects.filter(action__endswith=".mended").exists()


def test_check_reports_and_mends_nothing(activity):
    comment, poll, case = activity
    drift_everywhere(comment, poll, case)
    code, said = command("--check")
    oppose = poll.options.get(code="oppose")
    assert code == 1
    assert said.splitlines() == [
        "judgements: no drift",
        f"moderation: moderation.Case {case.pk}: report_count was 0, is 1",
        "moderation: 1 drifted",
        "surveys: no drift",
        f"comments: comments.Thread {comment.thread_id}: comment_count was 9, is 2",
        f"comments: comments.Comment {comment.pk}: up was 7, is 1",
        f"comments: comments.Comment {comment.pk}: reply_count was 0, is 1",
        "comments: 3 drifted",
        f"polls: polls.Poll {poll.pk}: turnout_count was 5, is 1",
        f"polls: polls.Poll {poll.pk}: verified_count was 4, is 1",
        f"polls: polls.Option {oppose.pk}: votes was 3, is 0",
        "polls: 3 drifted",
        "articles: no drift",
        "requests: no drift",
        "prepared_replies: no drift",
        "insight: no drift",
    ]
    assert command("--check")[0] == 1
    assert not Entry.objects.filter(action__endswith=".mended").exists()


def test_without_check_it_mends_and_leaves_a_trace(activity):
    comment, poll, case = activity
    drift_everywhere(comment, poll, case)
    code, said = command()
    assert (code, "polls: 3 drifted and mended" in said) == (0, True)
    assert command("--check")[0] == 0
    traces = {entry.target_kind: entry.data for entry in Entry.objects.filter(action="counter.mended")}
    assert traces == {
        "moderation.case": {"report_count": [0, 1]},
        "comments.thread": {"comment_count": [9, 2]},
        "comments.comment": {"up": [7, 1], "reply_count": [0, 1]},
        "polls.poll": {
            f"poll.{poll.code}.turnout_count": [5, 1],
            f"poll.{poll.code}.verified_count": [4, 1],
            "option.oppose.votes": [3, 0],
        },
    }


def test_only_some_are_asked_for(activity):
    drift_everywhere(*activity)
    code, said = command("--check", "--only", "polls")
    assert (code, {line.partition(":")[0] for line in said.splitlines()}) == (1, {"polls"})


def test_the_task_of_the_night_mends_and_warns(activity, caplog):
    drift_everywhere(*activity)
    tasks.recount()
    assert "polls drifted" in caplog.text
    assert command("--check")[0] == 0


# Figures


@pytest.fixture
def taken():
    """Two bodies and a month long over, whose figures were taken."""
    ministry = OrganisationFactory(kind=OrganisationKind.MINISTRY)
    body = OrganisationFactory(parent=ministry)
    records.comment(body, bounds(month_ago(3))[0])
    take_month(month_ago(3))
    return body


def test_a_figure_that_drifted_is_taken_again(taken):
    Snapshot.objects.filter(code="comments", organisation=taken).update(value=8)
    Snapshot.objects.filter(code="poll_votes", organisation=None).delete()
    place = f"{month_ago(3):%Y-%m}"
    code, said = command("--check", "--only", "insight")
    assert (code, said.splitlines()) == (
        1,
        [
            f"insight: {place} all: poll_votes was missing, is 0.0",
            f"insight: {place} {taken.code}: comments was 8.0, is 1.0",
            "insight: 2 drifted",
        ],
    )
    assert command("--only", "insight")[0] == 0
    assert Snapshot.objects.get(code="comments", organisation=taken).value == 1
    assert Snapshot.objects.get(code="poll_votes", organisation=None).value == 0
    assert [entry.data for entry in Entry.objects.filter(action="snapshot.mended").order_by("pk")] == [
        {"month": place, "body": None, "part": "", "poll_votes": ["missing", 0.0]},
        {"month": place, "body": taken.code, "part": "", "comments": [8.0, 1.0]},
    ]
    assert command("--check", "--only", "insight")[0] == 0


def test_a_part_of_which_nothing_is_left_goes(taken):
    Snapshot.objects.create(month=month_ago(3), code="overdue_responses", dimension="gone", value=4)
    assert "overdue_responses gone was 4.0, is missing" in command("--only", "insight")[1]
    assert not Snapshot.objects.filter(dimension="gone").exists()


def test_what_no_version_measures_any_more_stays(taken):
    Snapshot.objects.create(month=month_ago(3), code="of_old", value=4)
    assert command("--check", "--only", "insight")[0] == 0


def test_what_accounts_said_then_is_no_drift(taken):
    author = Comment.objects.get().author
    author.kind, author.verification = "expert", "identity"
    author.save()
    assert command("--check", "--only", "insight")[0] == 0
    Snapshot.objects.filter(code="participants_by_kind", organisation=None).delete()
    assert "participants_by_kind expert was missing, is 1.0" in command("--only", "insight")[1]


@pytest.mark.parametrize(("day", "final"), [(3, False), (4, True)])
def test_a_month_is_compared_once_its_last_hours_are_in(monkeypatch, day, final):
    start, _ = bounds(month_ago(0))
    monkeypatch.setattr(timezone, "now", lambda: start + timedelta(days=day - 1))
    assert is_final(month_ago(1)) is final


def test_a_running_month_has_nothing_to_drift_from(taken):
    take_month(month_ago(0))
    Snapshot.objects.filter(month=month_ago(0)).update(value=99)
    assert command("--check", "--only", "insight")[0] == 0


def test_one_claim_is_one_month_and_body(taken, monkeypatch):
    claims = []
    monkeypatch.setattr(recounting, "_settle", lambda month, scope, repair: claims.append((month, scope)) or [])
    told = []
    assert list(recounting.drifts(False, lambda done, total: told.append((done, total)))) == []
    assert claims == [(month_ago(3), None), (month_ago(3), taken.parent), (month_ago(3), taken)]
    assert told == [(1, 3), (2, 3), (3, 3)]


# Beside live traffic


@pytest.mark.django_db(transaction=True)
def test_votes_cast_while_counters_are_mended_are_not_lost():
    comment, poll, people = CommentFactory(), PollFactory(), [PersonFactory() for _ in range(24)]
    Comment.objects.filter(pk=comment.pk).update(up=50)
    Poll.objects.filter(pk=poll.pk).update(turnout_count=50)
    barrier = Barrier(8)

    def act(number):
        try:
            barrier.wait(timeout=20)
            if number >= 6:
                for _ in range(4):
                    for name in ("comments", "polls"):
                        list(recounts[name](True, lambda done, total: None))
                return
            for person in people[number * 4 : number * 4 + 4]:
                vote_on_comment(Comment.objects.get(pk=comment.pk), by=person, value=1)
                cast_vote(poll, by=person, option_code="support", language="en")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(8)))
    comment.refresh_from_db(), poll.refresh_from_db()
    support = poll.options.get(code="support").votes
    assert (comment.up, poll.turnout_count, support, CommentVote.objects.count()) == (24, 24, 24, 24)
    assert command("--check")[0] == 0


@pytest.mark.django_db(transaction=True)
def test_comments_posted_while_counters_are_mended_are_not_lost():
    thread = ThreadFactory()
    Thread.objects.filter(pk=thread.pk).update(comment_count=50)
    people, barrier = [PersonFactory() for _ in range(6)], Barrier(8)

    def act(number):
        try:
            barrier.wait(timeout=20)
            if number >= 6:
                for _ in range(5):
                    list(recounts["comments"](True, lambda done, total: None))
                return
            for turn in range(4):
                post_comment(thread, author=people[number], body=f"Word {turn}", language="en")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(act, range(8)))
    thread.refresh_from_db()
    assert (thread.comment_count, Comment.objects.count()) == (24, 24)
