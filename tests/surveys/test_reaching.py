"""Rules that look ahead, make no sense, or leave something that nobody can reach."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings

from surveys.rules.reaching import Flaw, flaws
from surveys.rules.shapes import Condition, Option, Page, Row
from surveys.rules.showing import visible_codes
from surveys.rules.values import Answer
from tests.surveys.factories import form, shape, when
from tests.surveys.test_showing import questionnaires


def after(source, *conditions, **fields):
    """Return what is wrong when a question with these conditions follows the source."""
    return flaws(form([source], [shape("target", show_if=when(*conditions), **fields)]))


UNREACHABLE = [Flaw("unreachable", question="target")]


def test_a_rule_on_a_later_question_is_refused():
    assert flaws(form([shape("x", show_if=when(("y", "equal", "a")))], [shape("y")])) == [
        Flaw("later", question="x", source="y")
    ]
    assert flaws(form([shape("x", show_if=when(("x", "equal", "a")))])) == [Flaw("later", question="x", source="x")]


def test_an_earlier_question_of_the_same_page_may_be_asked_about():
    assert flaws(form([shape("x"), shape("y", show_if=when(("x", "equal", "a")))])) == []


def test_a_page_cannot_look_at_its_own_questions():
    page = Page("p1", questions=(shape("x"),), show_if=when(("x", "equal", "a")))
    assert flaws(form(page)) == [Flaw("later", page="p1", source="x")]


def test_a_rule_on_nothing_is_refused():
    assert after(shape("x"), ("gone", "equal", "a")) == [Flaw("no_source", question="target", source="gone")]


@pytest.mark.parametrize(
    ("source", "condition"),
    [
        (shape("x"), ("x", "greater", "a")),
        (shape("x"), ("x", "equal", "zz")),
        (shape("x", "multiple"), ("x", "equal", "a")),
        (shape("x", "nps"), ("x", "equal", "many")),
        (shape("x", "date"), ("x", "less", "22/11/2026")),
        (shape("x", "short"), ("x", "equal", " ")),
        (shape("x", "file"), ("x", "equal", "a")),
        (shape("x", "section"), ("x", "equal", "a")),
        (shape("x", "matrix", rows=(Row("r"),)), ("x", "equal", "a")),
    ],
)
def test_a_comparison_that_fits_no_answer_is_refused(source, condition):
    assert after(source, condition) == [Flaw("senseless", question="target", source="x")]


@pytest.mark.parametrize(
    ("source", "conditions", "is_reachable"),
    [
        (shape("x"), [("x", "equal", "a"), ("x", "equal", "b")], False),
        (shape("x"), [("x", "not_equal", "a"), ("x", "not_equal", "b")], False),
        (shape("x"), [("x", "not_equal", "a")], True),
        (shape("x", "multiple"), [("x", "contains", "a"), ("x", "contains", "b")], True),
        (shape("x", "multiple", maximum=Decimal(1)), [("x", "contains", "a"), ("x", "contains", "b")], False),
        (shape("x", "multiple"), [("x", "lacks", "a"), ("x", "lacks", "b")], False),
        (shape("x", "multiple", minimum=Decimal(2)), [("x", "lacks", "a")], False),
        (
            shape("x", "multiple", ("a", Option("none", is_exclusive=True))),
            [("x", "contains", "a"), ("x", "contains", "none")],
            False,
        ),
        (
            shape("x", "multiple", ("a", Option("none", is_exclusive=True)), minimum=Decimal(1)),
            [("x", "lacks", "a")],
            True,
        ),
        (shape("x", "scale"), [("x", "greater", "4")], True),
        (shape("x", "scale"), [("x", "greater", "5")], False),
        (shape("x", "nps"), [("x", "greater", "6"), ("x", "less", "8"), ("x", "not_equal", "7")], False),
        (shape("x", "nps"), [("x", "greater", "6"), ("x", "less", "9"), ("x", "not_equal", "7")], True),
        (shape("x", "number"), [("x", "greater", "1"), ("x", "less", "2")], False),
        (shape("x", "number", decimals=1), [("x", "greater", "1"), ("x", "less", "2")], True),
        (shape("x", "number", maximum=Decimal(10)), [("x", "greater", "10")], False),
        (shape("x", "number", maximum=Decimal(10)), [("x", "greater", "9.5")], True),
        (shape("x", "date"), [("x", "greater", "2026-01-01"), ("x", "less", "2026-01-02")], False),
        (shape("x", "date"), [("x", "greater", "2026-01-01"), ("x", "less", "2026-01-03")], True),
        (shape("x", "short"), [("x", "equal", "yes"), ("x", "contains", "no")], False),
        (shape("x", "short"), [("x", "contains", "yes"), ("x", "lacks", "no")], True),
        (shape("x", "short"), [("x", "not_equal", "yes"), ("x", "contains", "yes")], True),
        (shape("x", "email"), [("x", "contains", "@example.org")], True),
        (shape("x", "matrix", rows=(Row("r"), Row("s"))), [("x", "equal", "a", "r"), ("x", "equal", "b", "s")], True),
        (shape("x", "matrix", rows=(Row("r"), Row("s"))), [("x", "equal", "a", "r"), ("x", "equal", "b", "r")], False),
    ],
)
def test_contradictions_are_told_and_nothing_else(source, conditions, is_reachable):
    assert after(source, *conditions) == ([] if is_reachable else UNREACHABLE)


def test_what_must_hold_before_the_source_is_shown_counts_too():
    questionnaire = form(
        [shape("x")],
        [shape("y", show_if=when(("x", "equal", "a")))],
        [shape("target", show_if=when(("y", "equal", "a"), ("x", "equal", "b")))],
    )
    assert flaws(questionnaire) == UNREACHABLE


def test_a_question_that_contradicts_its_page_cannot_be_reached():
    page = Page(
        "p2", questions=(shape("target", show_if=when(("x", "equal", "b"))),), show_if=when(("x", "equal", "a"))
    )
    assert flaws(form([shape("x")], page)) == UNREACHABLE


def test_one_alternative_that_can_hold_is_enough():
    show_if = (
        (Condition("x", "equal", "a"), Condition("x", "equal", "b")),
        (Condition("x", "equal", "b"),),
    )
    assert flaws(form([shape("x")], [shape("target", show_if=show_if)])) == []


def test_many_alternatives_end():
    questions = [shape("q0")]
    for number in range(1, 40):
        earlier = [f"q{n}" for n in range(max(0, number - 4), number)]
        show_if = tuple((Condition(code, "equal", letter),) for code in earlier for letter in "ab")
        questions.append(shape(f"q{number}", show_if=show_if))
    assert flaws(form(questions)) == []


@settings(max_examples=150)
@given(questionnaires())
def test_reachable_is_exactly_what_some_answers_show(questionnaire):
    codes = list(questionnaire.questions)
    shown = set()
    for chosen in product("ab", repeat=len(codes)):
        answers = {code: Answer(options=(letter,)) for code, letter in zip(codes, chosen, strict=True)}
        shown |= visible_codes(questionnaire, answers)
    told = {flaw.question for flaw in flaws(questionnaire) if flaw.reason == "unreachable"}
    first = next((code for code in codes if code not in shown), None)
    # What hangs on something unreachable may be told or not; the first always is, and nothing is told wrongly.
    assert told <= set(codes) - shown
    assert first is None or first in told
