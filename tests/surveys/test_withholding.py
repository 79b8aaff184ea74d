"""Nothing small is shown, and nothing that is withheld can be worked out."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.choices import QuestionKind
from surveys.rules.seeing import Seen, seen, seen_several, summable, view_of
from surveys.rules.steps import Step, day_steps, number_steps, widened
from surveys.rules.withholding import SMALLEST, guard, is_small, withheld_in_line

pytestmark = pytest.mark.quick

lines = st.dictionaries(st.sampled_from("abcdefg"), st.one_of(st.integers(0, 15), st.integers(0, 300)), min_size=1)


def determined(equations, unknowns):
    """Return the unknowns that linear equations determine: by elimination over fractions."""
    names = list(unknowns)
    rows = [[Fraction(equation.get(name, 0)) for name in names] for equation in equations]
    pivots, top = [], 0
    for column in range(len(names)):
        found = next((at for at in range(top, len(rows)) if rows[at][column]), None)
        if found is None:
            continue
        rows[top], rows[found] = rows[found], rows[top]
        rows[top] = [value / rows[top][column] for value in rows[top]]
        for at in range(len(rows)):
            if at != top and rows[at][column]:
                factor = rows[at][column]
                rows[at] = [a - factor * b for a, b in zip(rows[at], rows[top], strict=True)]
        pivots.append(column)
        top += 1
    return {names[column] for at, column in enumerate(pivots) if sum(1 for value in rows[at] if value) == 1}


class TestLines:
    @given(lines)
    def test_nothing_small_is_shown_and_nothing_is_the_rest(self, counts):
        hidden = withheld_in_line(counts)
        assert not [name for name, count in counts.items() if is_small(count) and name not in hidden]
        if hidden and sum(counts.values()) >= SMALLEST:
            assert len(hidden) >= 2 and sum(counts[name] for name in hidden) >= SMALLEST

    @pytest.mark.parametrize(
        ("counts", "hidden"),
        [
            ({"a": 10, "b": 10}, set()),
            ({"a": 9, "b": 10, "c": 11}, {"a", "b"}),
            ({"a": 3, "b": 4, "c": 11, "d": 12}, {"a", "b", "c"}),
            ({"a": 4, "b": 6, "c": 11}, {"a", "b"}),
            ({"a": 0, "b": 30}, set()),
            ({"a": 2, "b": 3, "c": 0}, {"a", "b", "c"}),
        ],
    )
    def test_edges(self, counts, hidden):
        assert withheld_in_line(counts) == hidden

    def test_what_is_alike_is_withheld_first(self):
        counts = {"5": 40, "4": 11, "2": 30, "1": 3}
        assert withheld_in_line(counts) == {"1", "4"}
        assert withheld_in_line(counts, near=lambda code: int(code) >= 4) == {"1", "2"}


sizes = st.integers(2, 5)


@st.composite
def tables(draw):
    height, width = draw(sizes), draw(sizes)
    cell = st.one_of(st.integers(0, 12), st.integers(0, 80))
    return [[draw(cell) for _ in range(width)] for _ in range(height)]


class TestTables:
    @settings(max_examples=60, deadline=None)
    @given(tables())
    def test_no_count_can_be_worked_out(self, cells):
        height, width = len(cells), len(cells[0])
        rows = {str(i): sum(line) for i, line in enumerate(cells)}
        tops = {str(j): sum(line[j] for line in cells) for j in range(width)}
        if sum(rows.values()) < SMALLEST:
            return
        no_rows = {int(name) for name in withheld_in_line(rows)}
        no_tops = {int(name) for name in withheld_in_line(tops)}
        found = guard(cells, no_rows, no_tops)
        for i in range(height):
            for j in range(width):
                shown = found.shown(i, j)
                assert shown is None or (shown == cells[i][j] and not is_small(shown))
        unknown = set(found.hidden) | {("row", i) for i in no_rows} | {("top", j) for j in no_tops}
        equations = []
        for i in range(height):
            equation = {(i, j): 1 for j in range(width) if (i, j) in found.hidden}
            equations.append(equation | ({("row", i): -1} if i in no_rows else {}))
        for j in range(width):
            equation = {(i, j): 1 for i in range(height) if (i, j) in found.hidden}
            equations.append(equation | ({("top", j): -1} if j in no_tops else {}))
        equations.append({("row", i): 1 for i in no_rows})
        equations.append({("top", j): 1 for j in no_tops})
        assert determined(equations, unknown) == set()

    @given(tables())
    def test_too_few_never_stand_alone_beside_a_sum(self, cells):
        tops = [sum(line[j] for line in cells) for j in range(len(cells[0]))]
        rows = [sum(line) for line in cells]
        if any(is_small(each) for each in (*tops, *rows)):
            return
        found = guard(cells)
        for i, line in enumerate(cells):
            hidden = [count for j, count in enumerate(line) if (i, j) in found.hidden]
            assert not hidden or sum(hidden) >= SMALLEST

    def test_a_known_pattern_with_a_bridge(self):
        # Two in each line and column are withheld in two corners, and one joins them: Gusfield's example in small.
        cells = [[5, 5, 40, 40], [5, 5, 40, 40], [40, 40, 5, 5], [40, 40, 5, 5]]
        cells[1][2] = 7
        found = guard(cells)
        assert found.hidden > {(1, 2)} and len(found.hidden) > 9

    def test_nothing_small_nothing_withheld(self):
        assert guard([[10, 20], [30, 0]]).hidden == frozenset()


GROUPS = {"ar": 60, "en": 40, "zh": 4}


class TestViews:
    def test_a_small_group_takes_the_next_with_it(self):
        assert view_of(GROUPS, is_guarded=True).hidden == {"zh", "en"}
        assert view_of(GROUPS, is_guarded=False).hidden == frozenset()

    def test_the_smallest_group_does_not_come_out_of_the_rest(self):
        table = {"yes": {"ar": 30, "en": 25, "zh": 4}, "no": {"ar": 30, "en": 15}}
        whole = seen(table, GROUPS, view_of(GROUPS, is_guarded=True))
        assert whole.counts == {"yes": 59, "no": 45}
        assert seen(table, GROUPS, view_of(GROUPS, is_guarded=True, group="en")) == Seen(
            {"yes": None, "no": None}, None
        )
        assert seen(table, GROUPS, view_of(GROUPS, is_guarded=True, group="ar")).counts == {"yes": 30, "no": 30}

    def test_whoever_did_not_choose_is_hidden_too(self):
        sizes = {"ar": 60, "en": 60}
        table = {"a": {"ar": 57, "en": 60}, "b": {"ar": 30, "en": 30}}
        whole = view_of(sizes, is_guarded=True)
        assert seen_several(table, sizes, whole).counts == {"a": None, "b": 60}
        assert seen_several(table, sizes, view_of(sizes, is_guarded=True, group="ar")).counts == {"a": None, "b": 30}

    def test_a_share_is_told_where_what_is_withheld_lies_on_one_side(self):
        scale = QuestionKind.SCALE
        both = Seen({"1": None, "2": None, "3": 20, "4": 30, "5": 40}, 105)
        counts = summable(scale, both)
        assert sum(counts.values()) == 105 and counts[4] + counts[5] == 70
        assert summable(scale, Seen({"1": None, "2": 10, "3": 20, "4": None, "5": 40}, 105)) is None
        assert summable(scale, Seen({"1": None}, None)) is None

    def test_identified_results_show_everything(self):
        view = view_of(GROUPS, is_guarded=False)
        assert seen({"yes": {"zh": 1}}, {"zh": 4}, view) == Seen({"yes": 1}, 4)


class TestSteps:
    @given(st.lists(st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3)), min_size=1))
    def test_each_number_is_in_one_step(self, values):
        steps = number_steps(values)
        assert all(sum(step.holds(value) for step in steps) == 1 for value in values)

    def test_few_values_stand_alone(self):
        assert number_steps([3, 1, 1]) == [Step(1, 1), Step(3, 3)]
        assert number_steps(range(24))[:2] == [Step(0, 2), Step(2, 4)]

    @given(st.dictionaries(st.integers(0, 200), st.integers(1, 30), min_size=1))
    def test_steps_are_widened_until_ten_are_in_each(self, values):
        steps = widened(number_steps(values), values, SMALLEST)
        counts = [sum(count for value, count in values.items() if step.holds(value)) for step in steps]
        assert sum(counts) == sum(values.values())
        assert len(counts) == 1 or min(counts) >= SMALLEST

    @given(st.lists(st.dates(), min_size=1, max_size=8))
    def test_each_day_is_in_one_step(self, days):
        _size, steps = day_steps(days)
        assert len(steps) <= 12
        assert all(sum(step.holds(day) for step in steps) == 1 for day in days if day.year < 9990)
