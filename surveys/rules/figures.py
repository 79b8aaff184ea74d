"""Figures of surveys, from counts by points: shares, means, medians, and how sure they are.

Counts map points to how many gave them. Intervals are two-sided at 95 per cent. Nothing here rounds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

Counts = Mapping[int, int]

# The quantile of the normal distribution that leaves 2.5 per cent on each side.
Z95 = 1.959963984540054
# Of five points these count as satisfied.
SATISFIED = (4, 5)
# Of 0 to 10, as Reichheld has them (The One Number You Need to Grow, 2003).
DETRACTORS, PASSIVES, PROMOTERS = range(0, 7), range(7, 9), range(9, 11)


@dataclass(frozen=True)
class Estimate:
    """A value with the interval it lies in; ``n`` answers stand behind it. Shares run from 0 to 1."""

    value: float
    low: float
    high: float
    n: int


def size(counts: Counts) -> int:
    """Return how many answered."""
    return sum(counts.values())


def share(part: int, whole: int) -> Estimate | None:
    """Return a share with Wilson's interval (1927), which holds for small numbers and shares near 0 and 1 too."""
    if whole <= 0:
        return None
    found, square = part / whole, Z95**2
    middle = (found + square / (2 * whole)) / (1 + square / whole)
    half = Z95 / (1 + square / whole) * sqrt(found * (1 - found) / whole + square / (4 * whole**2))
    # At the ends the formula gives 0 and 1 but for the last digits.
    low = 0.0 if part == 0 else max(0.0, middle - half)
    high = 1.0 if part == whole else min(1.0, middle + half)
    return Estimate(found, low, high, whole)


def csat(counts: Counts) -> Estimate | None:
    """Return the share of those who gave 4 or 5 of five points; None where nobody answered."""
    return share(_among(counts, SATISFIED), size(counts))


def nps(counts: Counts) -> Estimate | None:
    """Return the net promoter score of 0 to 10, from −100 to 100; None where nobody answered.

    Each answer counts 1, 0 or −1. Their mean is the score, and the interval stands on the variance of these three
    values, after one promoter and one detractor were added, as Bonett and Price (2012) have it for the difference of
    two shares of the same people: so it is sound for few answers and where all agree. The score is not adjusted.
    """
    n = size(counts)
    if n == 0:
        return None
    up, down = _among(counts, PROMOTERS), _among(counts, DETRACTORS)
    p, q = (up + 1) / (n + 2), (down + 1) / (n + 2)
    half = Z95 * sqrt(max(0.0, p + q - (p - q) ** 2) / (n + 2))
    low, high = max(-1.0, p - q - half), min(1.0, p - q + half)
    return Estimate(100 * (up - down) / n, 100 * low, 100 * high, n)


def ces(counts: Counts) -> Estimate | None:
    """Return the mean of how easy it was, 1 to 7; None where nobody answered."""
    return mean(counts)


def mean(counts: Counts) -> Estimate | None:
    """Return the mean of the points; None where nobody answered."""
    total = sum(point * count for point, count in counts.items())
    squares = sum(point**2 * count for point, count in counts.items())
    return mean_of_sums(size(counts), total, squares)


def mean_of_sums(n: int, total: float, squares: float) -> Estimate | None:
    """Return the mean of numbers of which the sum and the sum of squares are known."""
    if n <= 0:
        return None
    found = total / n
    half = Z95 * sqrt(variance_of_sums(n, total, squares) / n)
    return Estimate(found, found - half, found + half, n)


def variance(counts: Counts) -> float:
    """Return the variance of a sample (by n − 1), 0 below two answers."""
    total = sum(point * count for point, count in counts.items())
    return variance_of_sums(size(counts), total, sum(point**2 * count for point, count in counts.items()))


def variance_of_sums(n: int, total: float, squares: float) -> float:
    """Return the variance of a sample of which the sums are known, 0 below two answers."""
    return max(0.0, (squares - total**2 / n) / (n - 1)) if n > 1 else 0.0


def median(counts: Mapping[float, int]) -> float | None:
    """Return the median: of an even number of answers the middle between the two in the middle."""
    n = sum(counts.values())
    if n == 0:
        return None
    return (_at(counts, (n - 1) // 2) + _at(counts, n // 2)) / 2


def _at(counts: Mapping[float, int], place: int) -> float:
    """Return the value at a place, counted from 0, of all values in order."""
    passed = 0
    for value in sorted(counts):
        passed += counts[value]
        if place < passed:
            return value
    raise IndexError(place)


def _among(counts: Counts, points: Iterable[int]) -> int:
    return sum(counts.get(point, 0) for point in points)
