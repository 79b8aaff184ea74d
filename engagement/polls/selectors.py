"""What a poll shows to one reader."""

from dataclasses import dataclass
from typing import Any

from engagement.polls.models import Option, Poll, Turnout
from portal.text import localised


@dataclass
class ResultRow:
    """One answer: ``votes`` and ``percent`` (whole, all rows together 100) are None while results are kept back."""

    code: str
    label: str
    votes: int | None
    percent: int | None
    chosen: bool = False


@dataclass
class PollView:
    """A poll as one reader sees it."""

    poll: Poll
    question: str
    rows: list[ResultRow]
    shows_results: bool
    verified_percent: int | None
    has_voted: bool


def poll_view(poll: Poll, *, reader: Any) -> PollView:
    """Return the question, its answers, and (when they may be seen) the numbers."""
    options = list(poll.options.all())
    chosen = _chosen(poll, reader)
    shown = poll.shows_results
    percents = whole_percents([option.votes for option in options]) if shown else [None] * len(options)
    return PollView(
        poll=poll,
        question=localised(poll, "question")[0],
        rows=[
            _row(option, percent, shown, option.pk == chosen) for option, percent in zip(options, percents, strict=True)
        ],
        shows_results=shown,
        verified_percent=round(100 * poll.verified_count / poll.turnout_count) if poll.turnout_count else None,
        has_voted=chosen is not None,
    )


def whole_percents(counts: list[int]) -> list[int]:
    """Return whole percentages that add up to exactly 100 (largest remainder), or zeros for no votes."""
    total = sum(counts)
    if total == 0:
        return [0] * len(counts)
    floors = [100 * count // total for count in counts]
    by_remainder = sorted(range(len(counts)), key=lambda i: (-(100 * counts[i] % total), i))
    for i in by_remainder[: 100 - sum(floors)]:
        floors[i] += 1
    return floors


def personal_export(person: Any) -> list[dict[str, Any]]:
    """Return the polls this person took part in and how, for their own copy alone."""
    turnouts = Turnout.objects.filter(person=person).select_related("poll", "ballot__option").order_by("pk")
    return [
        {"poll": turnout.poll.code, "vote": turnout.ballot.option.code, "time": turnout.voted_at.isoformat()}
        for turnout in turnouts
    ]


def _row(option: Option, percent: int | None, shown: bool, chosen: bool) -> ResultRow:
    return ResultRow(
        code=option.code,
        label=localised(option, "label")[0],
        votes=option.votes if shown else None,
        percent=percent,
        chosen=chosen,
    )


def _chosen(poll: Poll, reader: Any) -> int | None:
    if not reader.is_authenticated:
        return None
    return Turnout.objects.filter(poll=poll, person=reader).values_list("ballot__option_id", flat=True).first()
