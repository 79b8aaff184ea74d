"""Reading what forms send: digits of any script, codes that exist, texts that are cleaned."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.rules.shapes import Option, Row
from surveys.rules.values import LARGEST, Answer, Unreadable, from_json, names_of, read, read_day, read_number, to_json
from tests.surveys.factories import shape

OTHER = Option("other", is_other=True)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12", "12"),
        ("١٢٫٥", "12.5"),
        ("۱۲", "12"),
        ("１２", "12"),
        ("1,200", "1200"),
        ("١٬٢٠٠", "1200"),
        ("-3", "-3"),
        ("−3", "-3"),
        (" 7 ", "7"),
        ("0", "0"),
    ],
)
def test_numbers_are_read_in_any_script(typed, number):
    assert read_number(typed) == Decimal(number)


@pytest.mark.parametrize("typed", ["twelve", "1.2.3", "--1", "1e5", "NaN", "Infinity", str(LARGEST), "", "十二"])
def test_what_is_no_number_is_refused(typed):
    with pytest.raises(Unreadable, match="no_number"):
        read_number(typed)


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=3), st.sampled_from(["٠", "۰", "０", "0"]))
def test_every_number_comes_back_from_every_script(number, zero):
    typed = "".join(chr(ord(zero) + int(c)) if c.isdigit() else c for c in f"{number:f}")
    assert read_number(typed) == number


@pytest.mark.parametrize("typed", ["2026-11-22", "٢٠٢٦-١١-٢٢", "2026/11/22", "2026年11月22日", "2026.11.22"])
def test_days_are_read_year_first(typed):
    assert read_day(typed) == date(2026, 11, 22)


@pytest.mark.parametrize("typed", ["22/11/2026", "2026-02-30", "2026-13-01", "today", "0000-01-01"])
def test_what_is_no_day_is_refused(typed):
    with pytest.raises(Unreadable, match="no_date"):
        read_day(typed)


def test_options_are_kept_in_the_order_of_the_question():
    question = shape("q", "multiple", ("a", "b", "c"))
    assert read(question, {"q": ["c", "a", "a"]}) == Answer(options=("a", "c"))


@pytest.mark.parametrize("kind", ["single", "dropdown", "multiple"])
def test_an_option_of_another_question_is_refused(kind):
    with pytest.raises(Unreadable, match="unknown_option"):
        read(shape("q", kind), {"q": ["elsewhere"]})


def test_one_choice_is_one():
    with pytest.raises(Unreadable, match="too_many"):
        read(shape("q"), {"q": ["a", "b"]})


def test_what_was_written_beside_other_counts_where_it_is_chosen():
    question = shape("q", options=("a", OTHER))
    assert read(question, {"q": ["other"], "q.other": ["  My\nown "]}).text == "My own"
    assert read(question, {"q": ["a"], "q.other": ["left over"]}).text == ""
    with pytest.raises(Unreadable, match="too_long"):
        read(question, {"q": ["other"], "q.other": ["x" * 201]})


def test_a_table_is_read_by_its_lines():
    question = shape("t", "matrix", rows=(Row("r1"), Row("r2")))
    assert names_of(question) == ["t.r1", "t.r2"]
    assert read(question, {"t.r1": ["a"], "t.r9": ["b"]}) == Answer(rows={"r1": "a"})
    with pytest.raises(Unreadable, match="unknown_option"):
        read(question, {"t.r1": ["zz"]})


@pytest.mark.parametrize(("kind", "most"), [("short", 300), ("long", 5000)])
def test_texts_have_an_end(kind, most):
    assert len(read(shape("q", kind), {"q": ["x" * most]}).text) == most
    with pytest.raises(Unreadable, match="too_long"):
        read(shape("q", kind), {"q": ["x" * (most + 1)]})


def test_what_cannot_be_seen_is_no_answer():
    assert read(shape("q", "long"), {"q": [" \u200b\n"]}).is_empty


def test_text_loses_what_turns_directions_round():
    assert read(shape("q", "short"), {"q": ["a\u202eb"]}).text == "ab"


@pytest.mark.parametrize("typed", ["nobody", "a@", "a b@example.org"])
def test_an_address_is_one(typed):
    assert read(shape("q", "email"), {"q": ["a@example.org"]}).text == "a@example.org"
    with pytest.raises(Unreadable, match="no_email"):
        read(shape("q", "email"), {"q": [typed]})


def test_zero_points_are_an_answer():
    assert read(shape("q", "nps"), {"q": ["٠"]}) == Answer(number=Decimal(0))
    assert not read(shape("q", "nps"), {"q": ["0"]}).is_empty


@given(
    st.dictionaries(
        st.sampled_from(["a", "b"]),
        st.one_of(
            st.builds(Answer, options=st.sampled_from([(), ("x",), ("z", "x")]), text=st.text(max_size=9)),
            st.builds(Answer, number=st.decimals(allow_nan=False, allow_infinity=False, places=2)),
            st.builds(Answer, day=st.dates()),
            st.builds(Answer, rows=st.dictionaries(st.sampled_from("rs"), st.sampled_from("xy"))),
        ),
    )
)
def test_answers_come_back_as_they_were_kept(answers):
    given_ones = {code: answer for code, answer in answers.items() if not answer.is_empty}
    assert from_json(to_json(answers)) == given_ones
