"""Whether two rounds differ by more than chance, and whether two questions go together.

Tests are two-sided at ``ALPHA``. Where several questions are compared at once, ``holm`` keeps the chance that even one
of them is wrongly called changed below it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import erfc, exp, lgamma, log, sqrt

from surveys.rules.figures import Counts, size, variance_of_sums

ALPHA = 0.05
# Fewer answers than these on either side are not compared.
LEAST = 30
# Cochran's rule (1954) for tables: of the counts expected by chance none below 1, and four fifths at least 5.
LEAST_EXPECTED, MOST_BELOW_FIVE = 1, 0.2


class Word(StrEnum):
    """What is said of a comparison."""

    CHANGED = "changed"
    CHANCE = "chance"
    TOO_FEW = "too_few"


class Method(StrEnum):
    """The test that was applied."""

    SHARES = "shares"
    WELCH = "welch"
    RANKS = "ranks"
    TABLE = "table"


@dataclass(frozen=True)
class Compared:
    """What a test says: the chance ``p`` of such a difference where there is none, and how large it is."""

    test: Method
    p: float
    statistic: float


def two_shares(part: int, whole: int, other_part: int, other_whole: int) -> Compared | None:
    """Compare two shares by the z test with the pooled share; None with fewer than ``LEAST`` answers on a side."""
    if min(whole, other_whole) < LEAST:
        return None
    pooled = (part + other_part) / (whole + other_whole)
    error = sqrt(pooled * (1 - pooled) * (1 / whole + 1 / other_whole))
    z = 0.0 if error == 0 else (part / whole - other_part / other_whole) / error
    return Compared(Method.SHARES, _two_sided(z), z)


@dataclass(frozen=True)
class Sums:
    """Numbers of which only these are known."""

    n: int
    total: float
    squares: float

    @classmethod
    def of(cls, counts: Counts) -> "Sums":
        """Return those of counted points."""
        total = sum(point * count for point, count in counts.items())
        return cls(size(counts), total, sum(point**2 * count for point, count in counts.items()))


def welch(one: Sums, other: Sums) -> Compared | None:
    """Compare two means by Welch's t test (1947); None with fewer than ``LEAST`` answers on a side."""
    if min(one.n, other.n) < LEAST:
        return None
    parts = [variance_of_sums(each.n, each.total, each.squares) / each.n for each in (one, other)]
    difference = one.total / one.n - other.total / other.n
    if sum(parts) == 0:
        return Compared(Method.WELCH, 1.0 if difference == 0 else 0.0, 0.0)
    t = difference / sqrt(sum(parts))
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / (one.n - 1) + parts[1] ** 2 / (other.n - 1))
    return Compared(Method.WELCH, student(t, freedom), t)


def ranks(one: Counts, other: Counts) -> Compared | None:
    """Compare two sets of points by the test of Mann and Whitney (1947), ties corrected, by the normal distribution.

    The statistic is z. None with fewer than ``LEAST`` answers on a side.
    """
    n, m = size(one), size(other)
    if min(n, m) < LEAST:
        return None
    u, below, ties = 0.0, 0, 0
    for point in sorted(set(one) | set(other)):
        mine, theirs = one.get(point, 0), other.get(point, 0)
        u += mine * (below + theirs / 2)
        below += theirs
        ties += (mine + theirs) ** 3 - (mine + theirs)
    total = n + m
    spread = n * m / 12 * (total + 1 - ties / (total * (total - 1)))
    z = 0.0 if spread <= 0 else (u - n * m / 2) / sqrt(spread)
    return Compared(Method.RANKS, _two_sided(z), z)


def table(cells: Sequence[Sequence[int]]) -> Compared | None:
    """Test by chi-square whether the lines of a table differ; None where too few are expected in its cells.

    Lines and columns in which nobody is are left out.
    """
    lines = [list(line) for line in cells if sum(line)]
    columns = [place for place in range(len(lines[0]) if lines else 0) if sum(line[place] for line in lines)]
    lines = [[line[place] for place in columns] for line in lines]
    if len(lines) < 2 or len(columns) < 2:
        return None
    whole = sum(map(sum, lines))
    tops = [sum(column) for column in zip(*lines, strict=True)]
    expected = [[sum(line) * top / whole for top in tops] for line in lines]
    flat = [each for line in expected for each in line]
    if min(flat) < LEAST_EXPECTED or sum(each < 5 for each in flat) > MOST_BELOW_FIVE * len(flat):
        return None
    found = sum(
        (seen - due) ** 2 / due
        for line, wanted in zip(lines, expected, strict=True)
        for seen, due in zip(line, wanted, strict=True)
    )
    return Compared(Method.TABLE, chi_square(found, (len(lines) - 1) * (len(columns) - 1)), found)


def two_rounds(cells: Sequence[Sequence[int]]) -> Compared | None:
    """Test two sets of answers to the same choices as ``table`` does, the rarest choices put together until they do.

    None with fewer than ``LEAST`` answers on a side. Where all chose the same there is no difference.
    """
    if min(map(sum, cells)) < LEAST:
        return None
    columns = sorted((column for column in zip(*cells, strict=True) if sum(column)), key=sum)
    if len(columns) == 1:
        return Compared(Method.TABLE, 1.0, 0.0)
    while (found := table(list(zip(*columns, strict=True)))) is None and len(columns) > 2:
        rarest = tuple(map(sum, zip(*columns[:2], strict=True)))
        columns = sorted([rarest, *columns[2:]], key=sum)
    return found


def holm(found: Mapping[str, Compared | None]) -> dict[str, Word]:
    """Say of each comparison whether it is more than chance, by Holm's step-down rule (1979).

    The smallest p is held against α by the number of comparisons, the next against α by one fewer, and so on to the
    first that fails.
    """
    tested = sorted((one.p, name) for name, one in found.items() if one is not None)
    words = dict.fromkeys(found, Word.TOO_FEW) | {name: Word.CHANCE for _p, name in tested}
    for place, (p, name) in enumerate(tested):
        if p > ALPHA / (len(tested) - place):
            break
        words[name] = Word.CHANGED
    return words


def _two_sided(z: float) -> float:
    return erfc(abs(z) / sqrt(2))


def student(t: float, freedom: float) -> float:
    """Return the chance of a value of Student's t at least as far from 0."""
    return _beta(freedom / 2, 0.5, freedom / (freedom + t * t))


def chi_square(value: float, freedom: int) -> float:
    """Return the chance of a chi-square at least as large."""
    if value <= 0:
        return 1.0
    a, x = freedom / 2, value / 2
    return 1 - _gamma_series(a, x) if x < a + 1 else _gamma_fraction(a, x)


def _gamma_series(a: float, x: float) -> float:
    term = total = 1 / a
    place = a
    while abs(term) > 1e-16 * abs(total):
        place += 1
        term *= x / place
        total += term
    return total * exp(a * log(x) - x - lgamma(a))


# Continued fractions by Lentz's rule, as in Numerical Recipes (Press et al., 2007, 5.2, 6.2 and 6.4).
_TINY = 1e-300


def _gamma_fraction(a: float, x: float) -> float:
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    found = d
    for place in range(1, 1000):
        step = -place * (place - a)
        b += 2
        d = 1 / _from_nought(step * d + b)
        c = _from_nought(b + step / c)
        found *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return found * exp(a * log(x) - x - lgamma(a))


def _beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log(1 - x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1 - front * _beta_fraction(b, a, 1 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _from_nought(1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, 1000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 / _from_nought(1 + step * d)
            c = _from_nought(1 + step / c)
            found *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return found


def _from_nought(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
