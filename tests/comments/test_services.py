"""Rules of threads: what is taken, what is refused, and what the counters say afterwards."""

from contextlib import suppress
from datetime import timedelta
from threading import Barrier
from threading import Thread as Worker

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from engagement.comments.choices import CommentState
from engagement.comments.models import Comment, CommentVote
from engagement.comments.services import (
    CommentRefused,
    ThreadClosed,
    edit_comment,
    erase_comments_of,
    hide_comment,
    post_comment,
    recount,
    restore_comment,
    vote_on_comment,
)
from portal.accounts.choices import OrganisationKind, Role
from portal.audit.models import Entry
from tests.factories import (
    CommentFactory,
    GroundFactory,
    MembershipFactory,
    OrganisationFactory,
    PersonFactory,
    ThreadFactory,
    days,
    staff,
)

pytestmark = pytest.mark.django_db


def post(thread, author=None, body="A bus every ten minutes would do.", **kwargs):
    return post_comment(thread, author=author or PersonFactory(), body=body, language="en", **kwargs)


def refused(*args, **kwargs):
    with pytest.raises(CommentRefused) as raised:
        post(*args, **kwargs)
    return raised.value.reason


def test_posting_counts_and_leaves_a_trace():
    thread, author = ThreadFactory(), PersonFactory()
    comment = post(thread, author, "  Shade\r\nat every stop.\n\n\n\nPlease. ")
    thread.refresh_from_db()
    assert comment.body == "Shade\nat every stop.\n\nPlease."
    assert (comment.language, comment.parent, thread.comment_count) == ("en", None, 1)
    entry = Entry.objects.get(action="comment.posted")
    assert (entry.actor_id, entry.target_key) == (author.pk, comment.code)
    assert "Shade" not in str(entry.data)


@pytest.mark.parametrize("body", ["", "   \n\t ", "\u200b\u200d\ufeff", "\u0301\u0302", "\u2800\u3164", "\x00\x01"])
def test_what_nobody_could_see_is_refused(body):
    assert refused(ThreadFactory(), body=body) == "blank"
    assert Comment.objects.count() == 0


@pytest.mark.parametrize(("length", "taken"), [(2000, True), (2001, False), (1_000_000, False)])
def test_length_at_its_edge(length, taken):
    thread = ThreadFactory()
    if taken:
        assert len(post(thread, body="م" * length).body) == 2000
    else:
        assert refused(thread, body="م" * length) == "long"


def test_stacked_marks_are_capped_and_direction_overrides_dropped():
    comment = post(ThreadFactory(), body="e" + "\u0301" * 500 + " \u202egnitirw")
    assert len(comment.body) < 20
    assert "\u202e" not in comment.body


def test_thread_closes_to_the_second():
    thread = ThreadFactory(closes_at=timezone.now() + timedelta(seconds=30))
    assert post(thread).pk
    thread.closes_at = timezone.now()
    thread.save()
    with pytest.raises(ThreadClosed):
        post(thread, body="too late")
    assert Comment.objects.count() == 1


@pytest.mark.parametrize("change", [{"is_public": False}, {"opens_at": timezone.now() + days(1)}])
def test_a_thread_that_is_not_open_takes_nothing(change):
    assert refused(ThreadFactory(**change)) == "closed"


def test_a_reply_to_a_reply_joins_the_first_level():
    thread = ThreadFactory()
    top = post(thread)
    reply = post(thread, body="I agree", reply_to=top)
    third = post(thread, body="So do I", reply_to=reply)
    top.refresh_from_db()
    assert (reply.parent, third.parent, top.reply_count) == (top, top, 2)


def test_a_parent_of_another_thread_or_a_hidden_one_is_refused():
    thread = ThreadFactory()
    assert refused(thread, reply_to=CommentFactory()) == "parent"
    hidden = CommentFactory(thread=thread, state=CommentState.HIDDEN)
    assert refused(thread, reply_to=hidden) == "parent"


def test_the_same_words_twice_are_one_comment_until_time_has_passed():
    thread, author = ThreadFactory(), PersonFactory()
    first = post(thread, author)
    assert post(thread, author) == first
    Comment.objects.filter(pk=first.pk).update(created_at=timezone.now() - timedelta(seconds=601))
    assert post(thread, author) != first
    assert post(thread, PersonFactory()) != first


def test_only_staff_of_the_body_speak_for_it():
    thread = ThreadFactory()
    agent = staff(Role.AGENT, thread.organisation)
    stranger = staff(Role.AGENT, OrganisationFactory())
    assert post(thread, agent, official_for=thread.organisation).official_for == thread.organisation
    assert refused(thread, stranger, official_for=thread.organisation) == "forbidden"
    assert refused(thread, PersonFactory(), official_for=thread.organisation) == "forbidden"


def test_a_contact_speaks_for_the_organisation_as_it_was():
    organisation = OrganisationFactory(kind=OrganisationKind.COMPANY)
    contact = PersonFactory()
    before = post(ThreadFactory(), contact)
    MembershipFactory(person=contact, organisation=organisation, role=Role.CONTACT)
    after = post(ThreadFactory(), contact, body="from now on")
    assert (before.speaks_for, after.speaks_for) == (None, organisation)
    assert post(ThreadFactory(), staff(Role.AGENT, OrganisationFactory())).speaks_for is None


def test_editing_keeps_the_earlier_text_for_fifteen_minutes():
    comment = CommentFactory(created_at=timezone.now() - timedelta(minutes=14, seconds=50), body="first")
    edit_comment(comment, by=comment.author, body="second", language="ar")
    comment.refresh_from_db()
    assert (comment.body, comment.language) == ("second", "ar")
    assert [version.body for version in comment.versions.all()] == ["first"]
    Comment.objects.filter(pk=comment.pk).update(created_at=timezone.now() - timedelta(minutes=15))
    with pytest.raises(CommentRefused):
        edit_comment(comment, by=comment.author, body="third", language="ar")
    with pytest.raises(CommentRefused):
        edit_comment(CommentFactory(), by=PersonFactory(), body="not mine", language="en")


def test_correcting_the_language_alone_is_no_edit():
    comment = CommentFactory(body="نص", language="en")
    edited = edit_comment(comment, by=comment.author, body="نص", language="ar")
    assert (edited.language, edited.edited_at, edited.versions.count()) == ("ar", None, 0)


def test_votes_are_set_changed_and_taken_back():
    comment, person = CommentFactory(), PersonFactory()
    for value, expected in [(1, (1, 0)), (1, (1, 0)), (-1, (0, 1)), (0, (0, 0)), (0, (0, 0))]:
        counted = vote_on_comment(comment, by=person, value=value)
        assert (counted.up, counted.down) == expected
    assert CommentVote.objects.count() == 0


def test_who_may_not_vote():
    comment = CommentFactory()
    for by, value in [(comment.author, 1), (PersonFactory(), 2)]:
        with pytest.raises(CommentRefused):
            vote_on_comment(comment, by=by, value=value)
    hidden = CommentFactory(state=CommentState.HIDDEN)
    with pytest.raises(CommentRefused):
        vote_on_comment(hidden, by=PersonFactory(), value=1)
    closed = CommentFactory(thread__closes_at=timezone.now())
    with pytest.raises(ThreadClosed):
        vote_on_comment(closed, by=PersonFactory(), value=1)


def test_the_database_keeps_one_vote_a_person():
    comment, person = CommentFactory(), PersonFactory()
    CommentVote.objects.create(comment=comment, person=person, value=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        CommentVote.objects.create(comment=comment, person=person, value=-1)
    with pytest.raises(IntegrityError), transaction.atomic():
        CommentVote.objects.create(comment=comment, person=PersonFactory(), value=2)


def test_hiding_keeps_the_place_and_restoring_brings_the_text_back():
    thread, moderator, ground = ThreadFactory(), PersonFactory(), GroundFactory(number=6)
    top = post(thread)
    reply = post(thread, body="reply", reply_to=top)
    hide_comment(reply, ground=ground, by=moderator)
    hide_comment(reply, ground=ground, by=moderator)
    thread.refresh_from_db(), top.refresh_from_db(), reply.refresh_from_db()
    assert (reply.state, reply.hidden_ground, reply.body) == (CommentState.HIDDEN, ground, "reply")
    assert (thread.comment_count, top.reply_count) == (1, 0)
    restore_comment(reply, by=moderator)
    restore_comment(reply, by=moderator)
    thread.refresh_from_db(), top.refresh_from_db(), reply.refresh_from_db()
    assert (reply.state, reply.hidden_ground, reply.hidden_at) == (CommentState.VISIBLE, None, None)
    assert (thread.comment_count, top.reply_count) == (2, 1)
    assert list(Entry.objects.filter(action__startswith="comment.").values_list("action", flat=True)) == [
        "comment.restored",
        "comment.hidden",
        "comment.posted",
        "comment.posted",
    ]


def test_a_drifted_counter_does_not_stop_a_decision():
    reply = CommentFactory(parent=CommentFactory())
    hide_comment(reply, ground=GroundFactory(), by=PersonFactory())
    reply.refresh_from_db()
    assert (reply.state, reply.thread.comment_count, reply.parent.reply_count) == (CommentState.HIDDEN, 0, 0)


def test_erasing_a_person_empties_their_words_alone():
    thread, person = ThreadFactory(), PersonFactory()
    mine = post(thread, person, "mine")
    answer = post(thread, body="an answer", reply_to=mine)
    edit_comment(mine, by=person, body="mine, edited", language="en")
    erase_comments_of(person)
    mine.refresh_from_db(), answer.refresh_from_db(), thread.refresh_from_db()
    assert (mine.state, mine.body, mine.versions.count()) == (CommentState.ERASED, "", 0)
    assert (answer.body, thread.comment_count) == ("an answer", 1)


def test_recount_reports_and_mends_drift():
    thread = ThreadFactory()
    comment = post(thread)
    vote_on_comment(comment, by=PersonFactory(), value=1)
    assert recount() == []
    Comment.objects.filter(pk=comment.pk).update(up=7)
    thread.comment_count = 9
    thread.save()
    assert recount() == [
        f"comments.Thread {thread.pk}: comment_count was 9, is 1",
        f"comments.Comment {comment.pk}: up was 7, is 1",
    ]
    assert recount() == []


@pytest.mark.django_db(transaction=True)
def test_fifty_clicks_at_once_are_one_vote():
    comment, person = CommentFactory(), PersonFactory()
    errors = at_once(50, lambda n: vote_on_comment(Comment.objects.get(pk=comment.pk), by=person, value=1))
    comment.refresh_from_db()
    assert errors == []
    assert (comment.up, comment.down, CommentVote.objects.filter(comment=comment).count()) == (1, 0, 1)


@pytest.mark.django_db(transaction=True)
def test_many_people_at_once_lose_no_vote():
    comment, people = CommentFactory(), [PersonFactory() for _ in range(20)]
    errors = at_once(
        20, lambda n: vote_on_comment(Comment.objects.get(pk=comment.pk), by=people[n], value=1 if n % 2 else -1)
    )
    comment.refresh_from_db()
    assert errors == []
    assert (comment.up, comment.down) == (10, 10)


@pytest.mark.django_db(transaction=True)
def test_a_doubled_submit_at_once_is_one_comment():
    thread, author = ThreadFactory(), PersonFactory()
    errors = at_once(8, lambda n: post(thread, author))
    thread.refresh_from_db()
    assert errors == []
    assert (Comment.objects.count(), thread.comment_count) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_replies_and_decisions_at_once_do_not_wait_in_a_ring():
    thread, ground, moderator = ThreadFactory(), GroundFactory(), PersonFactory()
    top = post(thread)

    def act(n):
        if n % 2:
            hide_comment(top, ground=ground, by=moderator)
            restore_comment(top, by=moderator)
            return
        with suppress(CommentRefused):
            post(thread, body=f"reply {n}", reply_to=Comment.objects.get(pk=top.pk))

    errors = at_once(16, act)
    assert errors == []
    assert recount() == []


def at_once(count, act):
    """Run an act in as many threads, all starting together; return the errors."""
    barrier, errors = Barrier(count), []

    def run(n):
        barrier.wait()
        try:
            act(n)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    workers = [Worker(target=run, args=(n,)) for n in range(count)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return errors
