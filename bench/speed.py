"""Answers a second of the pages and acts in question, taken in turn so that a slow minute slows all alike."""

from collections import Counter
from statistics import median

from bench import load
from bench.people import Places, commenting, voting

ROUNDS = 7
SECONDS = 1.5
WARMING = 1.0
SETTLING = 0.3
# What passes by the cache: the server takes whoever brings this for somebody in particular.
UNCACHED = {"Authorization": "Bench"}


class WrongAnswers(RuntimeError):
    """Too many answers were not what was asked for: the figures would mean nothing."""


def rates(address: tuple[str, int], where: Places, sessions: list[str]) -> dict[str, list[float]]:
    """Return the answers a second of each thing in each round."""
    asked = {
        "bare": (lambda: load.get("/bench/bare"), 200),
        "cached": (lambda: load.get(where.large), 200),
        "one query": (lambda: load.get("/bench/one-query"), 200),
        "uncached": (lambda: load.get(where.large, **UNCACHED), 200),
        "uncached, 50 comments": (lambda: load.get(where.small, **UNCACHED), 200),
        "comment": (commenting(where.post_comment, sessions), 302),
        "vote": (voting(sessions), 200),
    }
    for make, _status in asked.values():
        load.run(address, make, WARMING)
    found: dict[str, list[float]] = {name: [] for name in asked}
    statuses: dict[str, Counter] = {name: Counter() for name in asked}
    for number in range(ROUNDS):
        # Turned round each time, so that none always follows the same one.
        names = list(asked) if number % 2 == 0 else list(reversed(asked))
        for name in names:
            # What went before made pages old: each thing begins as it goes on.
            load.run(address, asked[name][0], SETTLING)
            result = load.run(address, asked[name][0], SECONDS)
            found[name].append(result.rate)
            statuses[name] += result.statuses
        print(f"round {number + 1} of {ROUNDS}: " + ", ".join(f"{name} {found[name][-1]:,.0f}/s" for name in asked))
    for name, (_make, status) in asked.items():
        right = statuses[name][status] / statuses[name].total()
        # A few votes meet the author's own comment, or a limit; more than that would be something else.
        if right < 0.97:
            raise WrongAnswers(f"{name}: {dict(statuses[name])}")
    return found


def ratio(found: dict[str, list[float]], above: str, below: str) -> float:
    """Return the median over the rounds of one rate by another of the same round."""
    return median(one / other for one, other in zip(found[above], found[below], strict=True))
