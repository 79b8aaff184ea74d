"""The city's vote on one question."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from engagement.consultations.management.city.people import Citizen
from engagement.polls.models import Ballot, Poll, Turnout
from portal.web.management.copying import Say, copy_rows

_WEIGHTS = [61, 12, 27]


def write_ballots(poll: Poll, random: Random, voters: Sequence[Citizen], *, until: datetime, say: Say) -> None:
    """Write one ballot for each of these people, and the poll's counters."""
    options = list(poll.options.all())
    cast = [(str(uuid.UUID(int=random.getrandbits(128), version=4)), voter) for voter in voters]
    chosen = random.choices(options, _WEIGHTS, k=len(cast))
    ballots = ((key, poll.pk, option.pk) for (key, _voter), option in zip(cast, chosen, strict=True))
    copy_rows(Ballot, ["id", "poll", "option"], ballots, total=len(cast), what="ballots", say=say)
    fields = ["poll", "person", "ballot", "language", "is_verified", "voted_at"]
    turnout = (
        (poll.pk, voter.pk, key, voter.language, voter.is_verified, _moment(random, poll, until).isoformat())
        for key, voter in cast
    )
    copy_rows(Turnout, fields, turnout, total=len(cast), what="participations", say=say)
    for option in options:
        option.votes = chosen.count(option)
        option.save(update_fields=["votes"])
    poll.turnout_count, poll.verified_count = len(cast), sum(voter.is_verified for voter in voters)
    poll.save(update_fields=["turnout_count", "verified_count"])


def _moment(random: Random, poll: Poll, until: datetime) -> datetime:
    span: timedelta = until - poll.opens_at
    return poll.opens_at + span * random.betavariate(1, 1.6)
