"""What is shown, what is dropped, how far somebody is."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.ordering import options_for, rows_for, shuffled
from surveys.rules.shapes import Condition, Option, Page, Row, from_json, to_json
from surveys.rules.showing import (
    first_unanswered,
    holds,
    page_after,
    page_before,
    progress,
    visible,
    visible_codes,
    without_hidden,
)
from surveys.rules.values import Answer
from tests.surveys.factories import form, shape, when


def chose(*options):
    return Answer(options=options)


@pytest.mark.parametrize(
    ("kind", "operator", "value", "answer", "expected"),
    [
        ("single", "equal", "a", chose("a"), True),
        ("single", "equal", "a", chose("b"), False),
        ("single", "not_equal", "a", chose("b"), True),
        ("single", "not_equal", "a", Answer(), False),
        ("multiple", "contains", "a", chose("a", "b"), True),
        ("multiple", "contains", "a", chose("b"), False),
        ("multiple", "lacks", "a", chose("b"), True),
        ("multiple", "lacks", "a", Answer(), False),
        ("nps", "greater", "8", Answer(number=Decimal(9)), True),
        ("nps", "greater", "8", Answer(number=Decimal(8)), False),
        ("nps", "less", "7", Answer(number=Decimal(0)), True),
        ("nps", "equal", "0", Answer(number=Decimal(0)), True),
        ("number", "equal", "1.50", Answer(number=Decimal("1.5")), True),
        ("date", "less", "2026-01-01", Answer(day=date(2025, 12, 31)), True),
        ("date", "greater", "2026-01-01", Answer(day=date(2026, 1, 1)), False),
        ("short", "contains", "مدرسة", Answer(text="المَدْرَسَه القريبة"), True),
        ("short", "equal", "YES", Answer(text="yes"), True),
        ("short", "lacks", "bus", Answer(text="a Bus"), False),
        ("number", "greater", "nonsense", Answer(number=Decimal(3)), False),
    ],
)
def test_conditions_at_their_edges(kind, operator, value, answer, expected):
    assert holds(Condition("q", operator, value), shape("q", kind), answer) is expected


def test_a_line_of_a_table_is_compared_by_itself():
    table = shape("t", "matrix", rows=(Row("r1"), Row("r2")))
    answer = Answer(rows={"r1": "a"})
    assert holds(Condition("t", "equal", "a", "r1"), table, answer)
    assert not holds(Condition("t", "not_equal", "b", "r2"), table, answer)


def test_conditions_of_an_alternative_are_and_and_alternatives_are_or():
    show_if = (
        (Condition("x", "equal", "a"), Condition("y", "equal", "a")),
        (Condition("y", "equal", "b"),),
    )
    questionnaire = form([shape("x"), shape("y"), shape("z", show_if=show_if)])
    shown = {(x, y): "z" in visible_codes(questionnaire, {"x": chose(x), "y": chose(y)}) for x in "ab" for y in "ab"}
    assert shown == {("a", "a"): True, ("a", "b"): True, ("b", "a"): False, ("b", "b"): True}


CHAIN = form(
    [shape("x")],
    [shape("y", show_if=when(("x", "equal", "a")))],
    [shape("z", show_if=when(("y", "equal", "a")))],
    [shape("end")],
)


def test_a_hidden_answer_decides_nothing():
    answers = {"x": chose("b"), "y": chose("a"), "z": chose("a"), "end": chose("a")}
    assert visible_codes(CHAIN, answers) == {"x", "end"}
    assert without_hidden(CHAIN, answers) == ({"x": chose("b"), "end": chose("a")}, 2)


def test_progress_counts_pages_really_ahead():
    assert (progress(CHAIN, {}, "p1").done, progress(CHAIN, {}, "p1").total) == (0, 2)
    full = {"x": chose("a"), "y": chose("a")}
    assert (
        progress(CHAIN, full, "p4").done,
        progress(CHAIN, full, "p4").total,
        progress(CHAIN, full, "p4").percent,
    ) == (
        3,
        4,
        75,
    )


def test_the_way_back_and_forth_leaves_out_what_is_hidden():
    assert page_after(CHAIN, {"x": chose("b")}, "p1").code == "p4"
    assert page_before(CHAIN, {"x": chose("b")}, "p4").code == "p1"
    assert page_after(CHAIN, {"x": chose("a")}, "p1").code == "p2"
    assert page_after(CHAIN, {}, "p4") is None
    assert page_before(CHAIN, {}, "p1") is None


def test_page_three_first_leads_to_the_first_that_was_not_saved():
    assert first_unanswered(CHAIN, {}, []).code == "p1"
    assert first_unanswered(CHAIN, {"x": chose("a")}, ["p1"]).code == "p2"
    assert first_unanswered(CHAIN, {"x": chose("b")}, ["p1", "p4"]) is None


def test_a_page_with_a_text_alone_is_shown_and_an_empty_one_is_not():
    hidden = shape("y", show_if=when(("x", "equal", "a")))
    questionnaire = form(
        [shape("x")],
        Page("told", text={"en": "Thank you so far"}, questions=(hidden,)),
        Page("bare", questions=(hidden,)),
    )
    assert [page.code for page, _questions in visible(questionnaire, {"x": chose("b")})] == ["p1", "told"]


def test_a_page_is_shown_by_its_own_rule():
    questionnaire = form([shape("x")], Page("p2", questions=(shape("y"),), show_if=when(("x", "equal", "b"))))
    assert visible_codes(questionnaire, {"x": chose("a"), "y": chose("a")}) == {"x"}
    assert visible_codes(questionnaire, {"x": chose("b")}) == {"x", "y"}


codes = st.sampled_from("ab")


@st.composite
def questionnaires(draw):
    """Questions of two choices, each perhaps with conditions on earlier ones."""
    pages, known = [], []
    for number in range(draw(st.integers(1, 3))):
        questions = []
        for place in range(draw(st.integers(1, 2))):
            conditions = st.builds(
                Condition, st.sampled_from(known or ["-"]), st.sampled_from(["equal", "not_equal"]), codes
            )
            alternatives = st.lists(st.lists(conditions, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple)
            code = f"q{number}{place}"
            questions.append(shape(code, show_if=draw(alternatives) if known else ()))
            known.append(code)
        pages.append(questions)
    return form(*pages)


@given(questionnaires(), st.data())
def test_what_is_hidden_never_decides_and_dropping_it_changes_nothing(questionnaire, data):
    answers = {code: chose(data.draw(codes)) for code in questionnaire.questions if data.draw(st.booleans())}
    kept, dropped = without_hidden(questionnaire, answers)
    assert len(kept) + dropped == len(answers)
    assert visible_codes(questionnaire, kept) == visible_codes(questionnaire, answers)
    assert set(kept) <= visible_codes(questionnaire, kept)
    assert without_hidden(questionnaire, kept) == (kept, 0)


@given(questionnaires(), st.data())
def test_going_forward_meets_every_page_shown_once_and_back_again(questionnaire, data):
    answers = {code: chose(data.draw(codes)) for code in questionnaire.questions}
    shown = [page.code for page, _questions in visible(questionnaire, answers)]
    walked, page = [shown[0]], page_after(questionnaire, answers, shown[0])
    while page is not None:
        walked.append(page.code)
        assert page_before(questionnaire, answers, page.code).code == walked[-2]
        assert progress(questionnaire, answers, page.code).done == len(walked) - 1
        page = page_after(questionnaire, answers, page.code)
    assert walked == shown


@given(questionnaires())
def test_a_questionnaire_comes_back_as_it_was_kept(questionnaire):
    assert from_json(to_json(questionnaire)) == questionnaire


def test_bounds_of_zero_and_flags_come_back():
    question = shape(
        "n",
        "number",
        minimum=Decimal(0),
        maximum=Decimal("100"),
        decimals=2,
        earliest=date(2026, 1, 1),
        is_required=True,
        title={"en": "How many?"},
    )
    assert from_json(to_json(form([question]))) == form([question])


# Random order


@given(st.lists(st.booleans(), min_size=1, max_size=8), st.text(max_size=5))
def test_what_is_anchored_stays_and_nothing_is_lost(anchors, seed):
    options = [Option(f"o{place}", is_anchored=anchored) for place, anchored in enumerate(anchors)]
    order = shuffled(options, seed)
    assert sorted(order, key=options.index) == options
    assert [one for one in order if one.is_anchored] == [one for one in options if one.is_anchored]
    assert all(order[place] == options[place] for place, anchored in enumerate(anchors) if anchored)
    assert order == shuffled(options, seed)


def test_people_see_different_orders_and_tables_turn_their_lines():
    question = shape("q", options=tuple("abcdef"), is_random=True)
    orders = {tuple(one.code for one in options_for(question, str(seed))) for seed in range(20)}
    assert len(orders) > 10
    table = shape("t", "matrix", options=tuple("abcdef"), rows=tuple(Row(c) for c in "uvwxyz"), is_random=True)
    assert [one.code for one in options_for(table, "1")] == list("abcdef")
    assert len({tuple(one.code for one in rows_for(table, str(seed))) for seed in range(20)}) > 10
