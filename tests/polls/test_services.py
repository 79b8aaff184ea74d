"""One person, one vote, by the database's word, and counters that are right after any race."""

from threading import Barrier
from threading import Thread as Worker

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from engagement.polls.choices import Results
from engagement.polls.models import Ballot, Poll, Turnout
from engagement.polls.selectors import personal_export, poll_view, whole_percents
from engagement.polls.services import VoteRefused, cast_vote
from portal.accounts.choices import Verification
from portal.audit.models import Entry
from tests.factories import PersonFactory, PollFactory, days

pytestmark = pytest.mark.django_db


def tally(poll):
    return dict(Poll.objects.get(pk=poll.pk).options.values_list("code", "votes"))


def cast(poll, person, option="support"):
    return cast_vote(poll, by=person, option_code=option, language="en")


def test_a_vote_counts_once_and_can_be_changed():
    poll, person = PollFactory(), PersonFactory(verification=Verification.IDENTITY)
    cast(poll, person)
    cast(poll, person)
    assert tally(poll) == {"support": 1, "neutral": 0, "oppose": 0}
    cast(poll, person, "oppose")
    poll.refresh_from_db()
    assert tally(poll) == {"support": 0, "neutral": 0, "oppose": 1}
    assert (poll.turnout_count, poll.verified_count, Turnout.objects.count(), Ballot.objects.count()) == (1, 1, 1, 2)


def test_the_trail_says_that_somebody_voted_never_how():
    poll, person = PollFactory(), PersonFactory()
    cast(poll, person)
    entry = Entry.objects.get(action="poll.voted")
    assert (entry.actor_id, entry.target_key, entry.data) == (person.pk, poll.code, {})


def test_a_closed_poll_or_a_foreign_option_is_refused():
    person = PersonFactory()
    for poll, option, reason in [
        (PollFactory(closes_at=timezone.now()), "support", "closed"),
        (PollFactory(opens_at=timezone.now() + days(1)), "support", "closed"),
        (PollFactory(is_public=False), "support", "closed"),
        (PollFactory(), "another", "option"),
    ]:
        with pytest.raises(VoteRefused) as refused:
            cast(poll, person, option)
        assert refused.value.reason == reason
    assert Turnout.objects.count() == Ballot.objects.count() == 0


def test_the_database_keeps_one_participation_a_person_and_never_changes_a_ballot():
    poll, person = PollFactory(), PersonFactory()
    turnout = cast(poll, person)
    ballot = Ballot.objects.create(poll=poll, option=poll.options.first())
    with pytest.raises(IntegrityError), transaction.atomic():
        Turnout.objects.create(poll=poll, person=person, ballot=ballot, language="en")
    other = poll.options.last()
    with pytest.raises(DatabaseError), transaction.atomic():
        Ballot.objects.filter(pk=turnout.ballot_id).update(option=other)
    with pytest.raises(DatabaseError), transaction.atomic():
        Ballot.objects.filter(pk=ballot.pk).delete()


def test_results_wait_for_the_close_where_the_owner_chose_so():
    poll = PollFactory(results=Results.AFTER_CLOSE)
    voter = PersonFactory()
    cast(poll, voter)
    poll.refresh_from_db()
    seen = poll_view(poll, reader=voter)
    assert (seen.shows_results, [row.votes for row in seen.rows]) == (False, [None, None, None])
    assert [row.chosen for row in seen.rows] == [True, False, False]
    poll.closes_at = timezone.now()
    poll.save()
    seen = poll_view(poll, reader=voter)
    assert [(row.votes, row.percent) for row in seen.rows] == [(1, 100), (0, 0), (0, 0)]


def test_export_shows_ones_own_votes():
    poll, person = PollFactory(), PersonFactory()
    cast(poll, person)
    cast(poll, PersonFactory(), "oppose")
    assert [(row["poll"], row["vote"]) for row in personal_export(person)] == [(poll.code, "support")]


@given(st.lists(st.integers(min_value=0, max_value=10**6), min_size=1, max_size=8))
def test_percentages_add_up_to_a_hundred(counts):
    percents = whole_percents(counts)
    assert sum(percents) == (100 if sum(counts) else 0)
    for count, percent in zip(counts, percents, strict=True):
        assert not sum(counts) or abs(percent - 100 * count / sum(counts)) < 1


@pytest.mark.django_db(transaction=True)
def test_fifty_votes_at_once_by_one_person_are_one():
    poll, person = PollFactory(), PersonFactory()
    barrier, errors = Barrier(50), []

    def run():
        barrier.wait()
        try:
            cast(poll, person)
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    workers = [Worker(target=run) for _ in range(50)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    poll.refresh_from_db()
    assert errors == []
    assert tally(poll) == {"support": 1, "neutral": 0, "oppose": 0}
    assert (poll.turnout_count, Turnout.objects.count(), Ballot.objects.count()) == (1, 1, 1)
