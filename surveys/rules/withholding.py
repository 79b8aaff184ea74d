"""Which counts are withheld, so that nobody is found in a small one, nor by taking counts from their sums.

What is withheld follows from the counts alone, never from who asks or which view is open: views beside each other
never tell more than the whole. Zeros are shown: they say that nobody gave an answer.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)

# Counts from 1 to below this one are withheld.
SMALLEST = 10

Cell = tuple[int, int]


def is_small(count: int) -> bool:
    """Tell whether a count points to few people."""
    return 0 < count < SMALLEST


def withheld_in_line(
    counts: Mapping[Name, int], also: Iterable[Name] = (), near: Callable[[Name], object] = lambda name: None
) -> set[Name]:
    """Return which counts of a line are withheld where its sum is known; those of ``also`` are in any case.

    Beside the small ones as many of the next smallest as it takes for two to be withheld, and at least ``SMALLEST``
    people in them together; first those that are as ``near`` says like one that is withheld already. Where the sum
    itself is small everything is withheld.
    """
    if sum(counts.values()) < SMALLEST:
        return set(counts)
    hidden = {name for name, count in counts.items() if is_small(count)} | (set(also) & set(counts))
    while hidden and (len(hidden) == 1 or sum(counts[name] for name in hidden) < SMALLEST):
        kinds = {near(name) for name in hidden}
        rest = [name for name, count in counts.items() if name not in hidden]
        if not rest:
            break
        hidden.add(min(rest, key=lambda name: (not counts[name], near(name) not in kinds, counts[name], str(name))))
    return hidden


@dataclass(frozen=True)
class Guarded:
    """A table with what is withheld of it. ``lines`` and ``tops`` are the sums by line and by column."""

    cells: Sequence[Sequence[int]]
    hidden: frozenset[Cell]
    hidden_lines: frozenset[int]
    hidden_tops: frozenset[int]

    def shown(self, line: int, column: int) -> int | None:
        """Return a count, None where it is withheld."""
        return None if (line, column) in self.hidden else self.cells[line][column]


def guard(cells: Sequence[Sequence[int]], hidden_lines: Iterable[int] = (), hidden_tops: Iterable[int] = ()) -> Guarded:
    """Say what of a table is withheld where its sums are known but for those named, and the sum of all is.

    Small counts are, and whole lines and columns whose sum is. Then as many more as it takes until every line and
    column has at least ``SMALLEST`` people in what is withheld, and nothing can be worked out: sums and counts that are
    withheld are the edges of a graph between lines and columns, and exactly the bridges of this graph are determined
    by what is shown (Gusfield, A Graph Theoretic Approach to Statistical Data Security, 1988).
    """
    lines, tops = frozenset(hidden_lines), frozenset(hidden_tops)
    size = (len(cells), len(cells[0]) if cells else 0)
    places = [(line, column) for line in range(size[0]) for column in range(size[1])]
    hidden = {(i, j) for i, j in places if is_small(cells[i][j]) or (cells[i][j] and (i in lines or j in tops))}
    # A sum that is withheld leaves its line without a zero too, else those that are not nought add up to it.
    hidden |= {(i, j) for i, j in places if i in lines or j in tops}
    while True:
        wanted = _too_thin(cells, hidden, size, lines, tops) or _bridges(hidden, size, lines, tops)
        more = next(filter(None, (_next(cells, hidden, size, each) for each in wanted)), None)
        if more is None:
            break
        hidden.add(more)
    return Guarded(cells, frozenset(hidden), lines, tops)


def _too_thin(
    cells: Sequence[Sequence[int]], hidden: set[Cell], size: Cell, lines: frozenset[int], tops: frozenset[int]
) -> list[Cell]:
    """Return one cell of each line and column in which too few people are withheld beside a sum that is shown."""
    found = []
    for axis, count, without in ((0, size[0], lines), (1, size[1], tops)):
        for place in range(count):
            inside = [cell for cell in hidden if cell[axis] == place]
            people = sum(cells[i][j] for i, j in inside)
            if inside and place not in without and people < SMALLEST:
                found.append((place, -1) if axis == 0 else (-1, place))
    return found


def _next(cells: Sequence[Sequence[int]], hidden: set[Cell], size: Cell, where: Cell) -> Cell | None:
    """Return the smallest count that can be withheld beside: in the line or column named, or in both of a cell."""
    line, column = where
    beside = [(line, j) for j in range(size[1]) if line >= 0] + [(i, column) for i in range(size[0]) if column >= 0]
    free = [cell for cell in beside if cell not in hidden]
    return min(free, key=lambda cell: (not cells[cell[0]][cell[1]], cells[cell[0]][cell[1]], cell), default=None)


def _bridges(hidden: set[Cell], size: Cell, lines: frozenset[int], tops: frozenset[int]) -> list[Cell]:
    """Return the withheld counts that what is shown determines."""
    # The sums stand in a line and a column of their own; the sum of all is shown.
    edges = [*sorted(hidden), *((i, size[1]) for i in sorted(lines)), *((size[0], j) for j in sorted(tops))]
    beside: dict[int, list[tuple[int, int]]] = {}
    for number, (i, j) in enumerate(edges):
        for one, other in ((i, size[0] + 1 + j), (size[0] + 1 + j, i)):
            beside.setdefault(one, []).append((other, number))
    return [edges[number] for number in _bridge_numbers(beside) if edges[number] in hidden]


def _bridge_numbers(beside: Mapping[int, list[tuple[int, int]]]) -> list[int]:
    """Return the edges without which the graph falls apart (Tarjan, 1974), without recursion."""
    seen: dict[int, int] = {}
    lowest: dict[int, int] = {}
    found = []
    for start in beside:
        if start in seen:
            continue
        seen[start] = lowest[start] = len(seen)
        path = [(start, -1, iter(beside[start]))]
        while path:
            node, came, rest = path[-1]
            for other, edge in rest:
                if edge == came:
                    continue
                if other in seen:
                    lowest[node] = min(lowest[node], seen[other])
                    continue
                seen[other] = lowest[other] = len(seen)
                path.append((other, edge, iter(beside[other])))
                break
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    lowest[above] = min(lowest[above], lowest[node])
                    if lowest[node] > seen[above]:
                        found.append(came)
    return found
