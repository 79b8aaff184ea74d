"""What of the counts of one question may be seen in a view: all of it, or what guarding leaves."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from surveys.choices import QuestionKind
from surveys.rules.figures import DETRACTORS, PASSIVES, PROMOTERS, SATISFIED, Counts
from surveys.rules.withholding import SMALLEST, guard, withheld_in_line

# Counts of a choice, or of all who answered, by the values of the dimension in question; ``""`` where there is none.
ByGroup = Mapping[str, int]


@dataclass(frozen=True)
class View:
    """What is looked at: everything, or one value (``group``) of one dimension.

    In a guarded view small counts are withheld. ``hidden`` are the values of the dimension of which nothing is shown.
    """

    is_guarded: bool = False
    group: str | None = None
    groups: Sequence[str] = ("",)
    hidden: frozenset[str] = frozenset()

    def of(self, counts: ByGroup) -> int:
        """Return the count of what is looked at."""
        return sum(counts.values()) if self.group is None else counts.get(self.group, 0)


@dataclass(frozen=True)
class Seen:
    """Counts of a question by choice, None for what is withheld; ``answered`` is how many answered it."""

    counts: Mapping[str, int | None] = field(default_factory=dict)
    answered: int | None = None

    @property
    def withheld(self) -> list[str]:
        """The choices of which the count is withheld."""
        return [code for code, count in self.counts.items() if count is None]

    @property
    def is_whole(self) -> bool:
        """True where nothing is withheld, and somebody answered."""
        return bool(self.answered) and not self.withheld

    def points(self) -> dict[int, int]:
        """Return whole counts by points."""
        return {int(code): count or 0 for code, count in self.counts.items()}


def view_of(sheets: ByGroup, *, is_guarded: bool, group: str | None = None) -> View:
    """Return the view of one value of a dimension, or of all; ``sheets`` are counted by its values."""
    hidden = withheld_in_line(sheets) if is_guarded else set()
    return View(is_guarded, group, tuple(sorted(sheets)), frozenset(hidden))


def seen(
    table: Mapping[str, ByGroup], answered: ByGroup, view: View, near: Callable[[str], object] = lambda code: None
) -> Seen:
    """Return what is seen of a question of which each answer is one choice."""
    if not view.is_guarded:
        return Seen({code: view.of(by_group) for code, by_group in table.items()}, view.of(answered))
    whole = {code: sum(by_group.values()) for code, by_group in table.items()}
    hidden_lines = withheld_in_line(whole, near=near)
    if view.group is None:
        everybody = sum(answered.values())
        shown = {code: None if code in hidden_lines else count for code, count in whole.items()}
        return Seen(shown, everybody if everybody == 0 or everybody >= SMALLEST else None)
    hidden_tops = withheld_in_line({group: answered.get(group, 0) for group in view.groups}, also=view.hidden)
    codes, groups = list(table), list(view.groups)
    cells = [[table[code].get(group, 0) for group in groups] for code in codes]
    lines = [place for place, code in enumerate(codes) if code in hidden_lines]
    tops = [place for place, group in enumerate(groups) if group in hidden_tops]
    guarded, at = guard(cells, lines, tops), groups.index(view.group)
    shown = {code: guarded.shown(place, at) for place, code in enumerate(codes)}
    return Seen(shown, None if view.group in hidden_tops else answered.get(view.group, 0))


def seen_several(table: Mapping[str, ByGroup], answered: ByGroup, view: View) -> Seen:
    """Return what is seen of a question of which an answer may be several choices.

    Whether somebody chose a thing is a question of its own: who did not is as well hidden as who did.
    """
    counts: dict[str, int | None] = {}
    found = Seen({}, seen({}, answered, view).answered)
    for code, by_group in table.items():
        others = {group: count - by_group.get(group, 0) for group, count in answered.items()}
        counts[code] = seen({"yes": by_group, "no": others}, answered, view).counts["yes"]
    return Seen(counts, found.answered)


# What a figure adds up: it may be told where what is withheld lies in one of them alone.
_PARTS: dict[str, tuple[Sequence[int], ...]] = {
    QuestionKind.SCALE: (SATISFIED,),
    QuestionKind.RATING: (SATISFIED,),
    QuestionKind.NPS: (PROMOTERS, PASSIVES, DETRACTORS),
}


def part_of(kind: str) -> Callable[[str], int]:
    """Return a function that tells in which part of a scale a point lies."""
    parts = _PARTS.get(kind, ())
    return lambda code: next((place for place, points in enumerate(parts) if int(code) in points), -1)


def summable(kind: str, found: Seen) -> Counts | None:
    """Return counts that give the same satisfaction or net promoters as the real ones; None where they are withheld.

    Where all that is withheld lies in one part, that part is what the others leave of those who answered.
    """
    if not found.answered:
        return None
    part = part_of(kind)
    parts = {part(code) for code in found.withheld}
    if len(parts) > 1:
        return None
    counts = {int(code): count for code, count in found.counts.items() if count is not None}
    if found.withheld:
        counts[int(found.withheld[0])] = found.answered - sum(counts.values())
    return counts
