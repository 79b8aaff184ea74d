"""Answers a second of the pages and acts in question, taken in turn so that a slow minute slows all alike."""

from collections import Counter
from statistics import median

from bench import load
from bench.load import MakeRequest
from bench.people import Places, commenting, voting

ROUNDS = 7
SECONDS = 1.5
WARMING = 1.0
SETTLING = 0.3
# What passes by the cache: the server takes whoever brings this for somebody in particular.
UNCACHED = {"Authorization": "Bench"}
# What makes each request, and the status that is right.
Asked = dict[str, tuple[MakeRequest, int]]


def one_query() -> bytes:
    """Return a request of the page with one query."""
    return load.get("/bench/one-query")


class WrongAnswers(RuntimeError):
    """Too many answers were not what was asked for: the figures would mean nothing."""


def pages(where: Places, sessions: list[str]) -> Asked:
    """Return the pages and acts of participation."""
    return {
        "bare": (lambda: load.get("/bench/bare"), 200),
        "cached": (lambda: load.get(where.large), 200),
        "one query": (one_query, 200),
        "uncached": (lambda: load.get(where.large, **UNCACHED), 200),
        "uncached, 50 comments": (lambda: load.get(where.small, **UNCACHED), 200),
        "comment": (commenting(where.post_comment, sessions), 302),
        "vote": (voting(sessions), 200),
    }


def rates(
    address: tuple[str, int], asked: Asked, *, rounds: int = ROUNDS, seconds: float = SECONDS
) -> dict[str, list[float]]:
    """Return the answers a second of each thing in each round."""
    for make, _status in asked.values():
        load.run(address, make, WARMING)
    found: dict[str, list[float]] = {name: [] for name in asked}
    statuses: dict[str, Counter] = {name: Counter() for name in asked}
    for number in range(rounds):
        # Turned round each time, so that none always follows the same one.
        names = list(asked) if number % 2 == 0 else list(reversed(asked))
        for name in names:
            # What went before made pages old: each thing begins as it goes on.
            load.run(address, asked[name][0], SETTLING)
            result = load.run(address, asked[name][0], seconds)
            found[name].append(result.rate)
            statuses[name] += result.statuses
        print(f"round {number + 1} of {rounds}: " + ", ".join(f"{name} {found[name][-1]:,.0f}/s" for name in asked))
    for name, (_make, status) in asked.items():
        right = statuses[name][status] / statuses[name].total()
        # A few votes meet the author's own comment, or a limit; more than that would be something else.
        if right < 0.97:
            raise WrongAnswers(f"{name}: {dict(statuses[name])}")
    return found


def together(found: dict[str, list[float]], *names: str) -> list[float]:
    """Return how often a second all of these are done, one after the other, in each round."""
    return [1 / sum(1 / rate for rate in rates) for rates in zip(*(found[name] for name in names), strict=True)]


def ratio(found: dict[str, list[float]], above: str, below: str) -> float:
    """Return the median over the rounds of one rate by another of the same round."""
    return median(one / other for one, other in zip(found[above], found[below], strict=True))
