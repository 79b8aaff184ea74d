"""Casting votes: one person, one vote, changeable until the close."""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Count, F, Max, Q, QuerySet

from engagement.polls.models import Ballot, Option, Poll, Turnout
from portal.accounts.models import Person
from portal.audit.services import record
from portal.registry import Drift, no_progress

# Polls compared at once by the recount.
RECOUNT_STRIDE = 500


class VoteRefused(Exception):
    """The vote cannot be taken; ``reason`` is ``closed`` or ``option``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@transaction.atomic
def cast_vote(poll: Poll, *, by: Person, option_code: str, language: str) -> Turnout:
    """Cast or change this person's vote. The same vote twice is one vote.

    Counts follow the ballots in force; a replaced ballot stays in the ledger. The audit trail says that somebody
    voted, never how. Raises ``VoteRefused`` once the closing time has passed by the server's clock, or for an
    option of another poll.
    """
    # One vote at a time: two clicks of one person meet here, and no vote slips in after the close.
    poll = Poll.objects.select_for_update(no_key=True).get(pk=poll.pk)
    if not poll.is_open:
        raise VoteRefused("closed")
    option = poll.options.filter(code=option_code).first()
    if option is None:
        raise VoteRefused("option")
    turnout = Turnout.objects.select_related("ballot").filter(poll=poll, person=by).first()
    if turnout is not None:
        return _change(turnout, option)
    turnout = Turnout.objects.create(
        poll=poll,
        person=by,
        ballot=Ballot.objects.create(poll=poll, option=option),
        language=language,
        is_verified=by.is_verified,
    )
    Option.objects.filter(pk=option.pk).update(votes=F("votes") + 1)
    Poll.objects.filter(pk=poll.pk).update(
        turnout_count=F("turnout_count") + 1, verified_count=F("verified_count") + int(turnout.is_verified)
    )
    record("poll.voted", poll, by=by)
    return turnout


def _change(turnout: Turnout, option: Option) -> Turnout:
    before = turnout.ballot.option_id
    if before == option.pk:
        return turnout
    turnout.ballot = Ballot.objects.create(poll_id=turnout.poll_id, option=option)
    turnout.save(update_fields=["ballot"])
    Option.objects.filter(pk=before).update(votes=F("votes") - 1)
    Option.objects.filter(pk=option.pk).update(votes=F("votes") + 1)
    record("poll.vote_changed", turnout.poll, by=turnout.person)
    return turnout


@transaction.atomic
def create_poll(
    *, organisation: object, question: dict[str, str], labels: dict[str, dict[str, str]], **fields: object
) -> Poll:
    """Create a poll with its options: ``question`` by language code, ``labels`` by option code and language code."""
    poll = Poll(organisation=organisation, **fields)
    _translate(poll, "question", question)
    poll.save()
    for position, (code, names) in enumerate(labels.items()):
        option = Option(poll=poll, code=code, position=position)
        _translate(option, "label", names)
        option.save()
    return poll


def reword_poll(poll: Poll, *, question: dict[str, str], results: str) -> None:
    """Change the question and when results are shown: the caller sees to it that nobody has voted."""
    _translate(poll, "question", question)
    poll.results = results
    poll.save()


def set_period(poll: Poll, *, opens_at: datetime, closes_at: datetime, is_public: bool) -> None:
    """Let the poll open and close with what it belongs to."""
    poll.opens_at, poll.closes_at, poll.is_public = opens_at, closes_at, is_public
    poll.save(update_fields=["organisation", "opens_at", "closes_at", "is_public"])


def drifts(repair: bool, progress: Callable[[int, int], None] = no_progress) -> Iterator[Drift]:
    """Compare the counts of polls with who took part and which ballots are in force; give what differs.

    What differs is counted once more under the poll's lock, so that a vote cast meanwhile is not taken for drift.
    """
    last = Poll.objects.aggregate(last=Max("pk"))["last"] or 0
    for first in range(0, last + 1, RECOUNT_STRIDE):
        for pk in _polls_that_differ(range(first, first + RECOUNT_STRIDE)):
            yield from _settle(pk, repair)
        progress(min(first + RECOUNT_STRIDE, last), last)


def _polls_that_differ(stride: range) -> list[int]:
    took_part = Count("turnout"), Count("turnout", filter=Q(turnout__is_verified=True))
    polls = Poll.objects.filter(pk__gte=stride.start, pk__lt=stride.stop).annotate(all=took_part[0], known=took_part[1])
    differing = set(polls.exclude(turnout_count=F("all"), verified_count=F("known")).values_list("pk", flat=True))
    options = Option.objects.filter(poll_id__gte=stride.start, poll_id__lt=stride.stop)
    cast = _in_force(Turnout.objects.filter(poll_id__gte=stride.start, poll_id__lt=stride.stop))
    differing |= {poll for poll, pk, votes in options.values_list("poll", "pk", "votes") if votes != cast.get(pk, 0)}
    return sorted(differing)


def _in_force(turnout: QuerySet[Turnout]) -> dict[int, int]:
    """Return the ballots in force by option: totals alone, and of nobody."""
    return dict(turnout.order_by().values_list("ballot__option").annotate(all=Count("pk")))


@transaction.atomic
def _settle(pk: int, repair: bool) -> list[Drift]:
    poll = Poll.objects.select_for_update(no_key=True).get(pk=pk)
    took_part = poll.turnout.aggregate(
        turnout_count=Count("pk"), verified_count=Count("pk", filter=Q(is_verified=True))
    )
    cast = _in_force(poll.turnout.all())
    found = [(poll, name, value) for name, value in took_part.items()]
    found += [(option, "votes", cast.get(option.pk, 0)) for option in poll.options.all()]
    wrong = [(row, name, getattr(row, name), value) for row, name, value in found if getattr(row, name) != value]
    if wrong and repair:
        # Both in one statement: the database never lets more be verified than took part.
        Poll.objects.filter(pk=pk).update(**took_part)
        for row, name, _stored, value in wrong:
            type(row).objects.filter(pk=row.pk).update(**{name: value})
        names = {f"{row._meta.model_name}.{row.code}.{name}": [stored, value] for row, name, stored, value in wrong}
        record("counter.mended", poll, by=None, data=names)
    return [Drift(f"{row._meta.label} {row.pk}", name, stored, value) for row, name, stored, value in wrong]


def _translate(obj: object, field: str, texts: dict[str, str]) -> None:
    for code, text in texts.items():
        setattr(obj, f"{field}_{code.replace('-', '_')}", text)
