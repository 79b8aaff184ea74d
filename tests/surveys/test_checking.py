"""Whether a set of answers is what the questions ask for, and what people are told where it is not."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils.translation import override

from surveys.rules.checking import Problem, check_all, message, read_page
from surveys.rules.shapes import Option, Row
from surveys.rules.values import Answer
from tests.surveys.factories import form, shape, when

NONE = Option("none", is_exclusive=True)
OTHER = Option("other", is_other=True)


def reasons(question, sent):
    return [(problem.reason, problem.part) for problem in read_page([question], sent)[1]]


@pytest.mark.parametrize(
    ("question", "sent", "reason"),
    [
        (shape("q", is_required=True), {}, "required"),
        (shape("q"), {}, None),
        (shape("q", "multiple", ("a", "b", "c"), minimum=Decimal(2)), {"q": ["a"]}, "too_few"),
        (shape("q", "multiple", ("a", "b", "c"), minimum=Decimal(2)), {"q": ["a", "b"]}, None),
        (shape("q", "multiple", ("a", "b", "c"), maximum=Decimal(2)), {"q": ["a", "b", "c"]}, "too_many"),
        (shape("q", "multiple", ("a", "b", NONE), minimum=Decimal(2)), {"q": ["none"]}, None),
        (shape("q", "multiple", ("a", NONE)), {"q": ["a", "none"]}, "exclusive"),
        (shape("q", options=("a", OTHER)), {"q": ["other"]}, "other_empty"),
        (shape("q", options=("a", OTHER)), {"q": ["other"], "q.other": ["mine"]}, None),
        (shape("q", "scale"), {"q": ["5"]}, None),
        (shape("q", "scale"), {"q": ["6"]}, "unknown_option"),
        (shape("q", "scale"), {"q": ["0"]}, "unknown_option"),
        (shape("q", "nps"), {"q": ["10"]}, None),
        (shape("q", "nps"), {"q": ["11"]}, "unknown_option"),
        (shape("q", "ces"), {"q": ["8"]}, "unknown_option"),
        (shape("q", "rating"), {"q": ["2.5"]}, "unknown_option"),
        (shape("q", "number", minimum=Decimal(0)), {"q": ["-1"]}, "too_small"),
        (shape("q", "number", minimum=Decimal(0)), {"q": ["0"]}, None),
        (shape("q", "number", maximum=Decimal(24)), {"q": ["٢٥"]}, "too_large"),
        (shape("q", "number"), {"q": ["1.5"]}, "decimals"),
        (shape("q", "number", decimals=1), {"q": ["1.5"]}, None),
        (shape("q", "date", earliest=date(2026, 1, 1)), {"q": ["2025-12-31"]}, "too_early"),
        (shape("q", "date", latest=date(2026, 1, 1)), {"q": ["2026-01-01"]}, None),
        (shape("q", "date", latest=date(2026, 1, 1)), {"q": ["2026-01-02"]}, "too_late"),
        (shape("q", "short", minimum=Decimal(3)), {"q": ["ab"]}, "too_short"),
        (shape("q", "short", maximum=Decimal(3)), {"q": ["abcd"]}, "too_long"),
        (shape("q", "section", is_required=True), {}, None),
    ],
)
def test_limits_at_their_edges(question, sent, reason):
    assert [found for found, _part in reasons(question, sent)] == ([reason] if reason else [])


def test_every_line_of_a_required_table_is_asked_for():
    table = shape("t", "matrix", rows=(Row("r1"), Row("r2")), is_required=True)
    assert reasons(table, {}) == [("required", "r1")]
    assert reasons(table, {"t.r1": ["a"]}) == [("required_rows", "r2")]
    assert reasons(table, {"t.r1": ["a"], "t.r2": ["b"]}) == []
    assert Problem("t", "required_rows", "r2").field == "t.r2"


def test_what_is_wrong_is_not_among_the_answers_and_the_rest_is():
    answers, problems = read_page([shape("x"), shape("n", "number")], {"x": ["a"], "n": ["many"]})
    assert (answers, problems) == ({"x": Answer(options=("a",))}, [Problem("n", "no_number")])


BRANCH = form([shape("x")], [shape("y", show_if=when(("x", "equal", "a")), is_required=True)])


def test_a_hidden_question_asks_for_nothing_and_its_answer_is_dropped_and_counted():
    checked = check_all(BRANCH, {"x": Answer(options=("b",)), "y": Answer(options=("a",))})
    assert (checked.answers, checked.dropped, checked.problems) == ({"x": Answer(options=("b",))}, 1, ())
    assert check_all(BRANCH, {"x": Answer(options=("a",))}).problems == (Problem("y", "required"),)


def test_an_option_that_is_not_there_is_refused_in_the_whole_as_well():
    assert check_all(BRANCH, {"x": Answer(options=("zz",))}).problems == (Problem("x", "unknown_option"),)


@pytest.mark.parametrize(
    ("question", "reason", "told"),
    [
        (shape("q", "multiple", minimum=Decimal(1)), "too_few", "Choose at least 1 answer."),
        (shape("q", "multiple", maximum=Decimal(3)), "too_many", "Choose at most 3 answers."),
        (shape("q"), "too_many", "Please choose one answer only."),
        (shape("q", "short", maximum=Decimal("100.000000")), "too_long", "Write at most 100 characters."),
        (shape("q", "long"), "too_long", "This is too long. Please shorten it."),
        (shape("q", "number", minimum=Decimal("0.5")), "too_small", "The number must be 0.5 or more."),
        (shape("q", "date", earliest=date(2026, 1, 2)), "too_early", "The date must be 2 January 2026 or later."),
    ],
)
def test_people_are_told_what_to_do(question, reason, told):
    with override("en"):
        assert message(Problem("q", reason), question) == told


def test_every_reason_has_its_sentence():
    full = {"minimum": Decimal(1), "maximum": Decimal(2), "earliest": date(2026, 1, 1), "latest": date(2026, 1, 2)}
    known = (
        "required required_rows unknown_option exclusive other_empty too_many too_few too_long too_short no_number"
        " decimals too_small too_large no_date too_early too_late no_email no_file"
    )
    with override("en"):
        assert all(message(Problem("q", reason), shape("q", **full)) for reason in known.split())
