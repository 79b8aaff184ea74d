"""Tables of answers, as plain values: columns, cells, codebook, and what an anonymous row may say."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from secrets import token_hex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from surveys.rules.cells import for_csv, harmless, writable
from surveys.rules.hiding import NOTHING_SAID, SMALLEST, hidden_by_step
from surveys.rules.shapes import Option, Question, Row
from surveys.rules.tabulating import codebook, layout, words_for
from surveys.services.workbooks import Page, workbook
from tests.surveys.factories import form, shape, words


def labelled(*codes, **fields):
    return tuple(Option(code, words(code), **fields) for code in codes)


EASE = Question("ease", "single", words("Ease"), options=labelled("easy", "hard"))
MORE = Question(
    "more", "multiple", words("More"), options=(*labelled("send", "keep"), *labelled("other", is_other=True))
)
PARTS = Question(
    "parts", "matrix", words("Parts"), options=labelled("good", "bad"), rows=(Row("speed", words("Speed")),)
)
SCALE = Question("calm", "scale", words("Calm"), scale="agreement")


def row(question, line="", option="", number=None, day=None, text="", file=None):
    return (question, line, option, number, day, text, file)


def test_every_question_line_and_choice_has_a_column():
    asked = form([EASE, MORE], [PARTS, SCALE, shape("note", "section"), shape("mail", "email"), shape("why", "short")])
    made = layout({1: asked})
    codes = ["ease", "more.send", "more.keep", "more.other", "more.other.text", "parts.speed", "calm", "mail", "why"]
    assert [column.code for column in made.columns] == codes
    assert [column.code for column in layout({1: asked}, has_telling=False).columns] == [
        code for code in codes if code != "mail"
    ]
    closed = ["ease", "more.send", "more.keep", "more.other", "parts.speed", "calm"]
    assert [column.code for column in layout({1: asked}, has_texts=False).columns] == closed
    assert [column.label("en") for column in made.columns][:6] == [
        *("Ease", "More · send", "More · keep", "More · other", "More · other", "Parts · Speed"),
    ]


def test_cells_hold_what_was_answered_and_nothing_else():
    made = layout({1: form([EASE, MORE], [PARTS, SCALE, shape("hours", "number"), shape("day", "date")])})
    answers = [
        row("ease", option="hard"),
        row("more", option="keep"),
        row("more", option="other", text="By post"),
        row("parts", "speed", "bad"),
        row("calm", number=Decimal("4.000000")),
        row("hours", number=Decimal("1.500000")),
        row("day", day=date(2026, 11, 3)),
        row("gone", option="x"),
    ]
    assert made.cells(1, answers, {}) == ["hard", 0, 1, 1, "By post", "bad", 4, 1.5, date(2026, 11, 3)]
    assert made.cells(1, [], {}) == [None] * 9
    told = {("ease", "hard"): "Hard", ("calm", "4"): "Agree"}
    assert made.cells(1, answers, told)[0] == "Hard"
    assert made.cells(1, answers, told)[6] == "Agree"


def test_versions_share_a_table_and_what_was_not_asked_stays_empty():
    newer = Question("more", "multiple", words("More"), options=labelled("send", "call"))
    made = layout({1: form([MORE, EASE]), 2: form([newer])})
    assert [column.code for column in made.columns] == [
        *("more.send", "more.call", "more.keep", "more.other", "more.other.text", "ease"),
    ]
    assert [column.versions for column in made.columns] == [(1, 2), (2,), (1,), (1,), (1,), (1,)]
    assert made.cells(1, [row("more", option="keep")], {}) == [0, None, 1, 0, None, None]
    assert made.cells(2, [row("more", option="send")], {}) == [1, 0, None, None, None, None]


def test_the_codebook_tells_columns_and_values_in_each_language():
    asked = {1: form([EASE, MORE, SCALE])}
    spoken = {"en": words_for(asked, "en"), "ar": words_for(asked, "ar")}
    entries = codebook(layout(asked), ["en", "ar"], spoken)
    assert [(one.column, one.part, one.value) for one in entries][:3] == [
        *(("ease", "column", ""), ("ease", "value", "easy"), ("ease", "value", "hard")),
    ]
    assert entries[1].texts == {"en": "easy", "ar": "easy ع"}
    assert [one.value for one in entries if one.column == "calm"] == ["", "1", "2", "3", "4", "5"]
    assert [one.texts["en"] for one in entries if one.column == "calm"][1] == "Strongly disagree"


# Formulas


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "  =1",
        "\u200f=1",
        "\ufeff=cmd",
        "\t=1",
        "＝1+1",
        " \u00a0@x",
    ],
)
def test_nothing_a_person_wrote_is_a_formula(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "fine", "a=b", "1-2", "خدمة=جيدة", "很好", "'=1"])
def test_other_texts_stay_as_they_are(text):
    assert harmless(text) == text


def test_numbers_and_days_are_no_texts():
    assert [for_csv(cell) for cell in (-5, 0, 1.5, None, date(2026, 1, 2))] == [-5, 0, 1.5, "", "2026-01-02"]


def test_what_xml_cannot_hold_is_left_out():
    assert writable("a\x00b\x0bc\ud800d\uffffe\tf\ng") == "abcde\tf\ng"
    assert len(writable("x" * 40_000)) == 32_767


# What an anonymous row may say


def combination(language, channel="web", kind="", week="2026-11-02"):
    return (language, channel, kind, week)


def test_a_group_of_ten_is_said_whole_and_one_of_nine_is_not():
    large, small = combination("ar"), combination("en")
    assert hidden_by_step({large: 10, small: 10}) == {large: large, small: small}
    assert hidden_by_step({large: 10, small: 9}) == {large: NOTHING_SAID, small: NOTHING_SAID}
    assert hidden_by_step({large: 9}) is None


def test_the_week_is_left_out_first_and_then_all_but_the_language():
    weeks = [combination("ar", week=f"2026-11-0{day}") for day in (1, 2)]
    assert set(hidden_by_step(dict.fromkeys(weeks, 5)).values()) == {("ar", "web", "", "")}
    channels = [combination("ar", "web"), combination("ar", "paper")]
    assert set(hidden_by_step({channels[0]: 6, channels[1]: 5}).values()) == {("ar", "", "", "")}


def test_what_is_left_takes_the_smallest_group_with_it():
    counts = {combination("ar"): 50, combination("en"): 12, combination("zh-hans"): 1}
    assert hidden_by_step(counts) == {
        combination("ar"): combination("ar"),
        combination("en"): NOTHING_SAID,
        combination("zh-hans"): NOTHING_SAID,
    }


combinations = st.tuples(
    st.sampled_from(["ar", "en", "zh-hans"]),
    st.sampled_from(["web", "paper"]),
    st.sampled_from(["", "body"]),
    st.sampled_from(["w1", "w2", "w3"]),
)


@given(st.dictionaries(combinations, st.integers(1, 30), max_size=36))
def test_no_group_that_is_shown_is_small_and_none_says_what_is_not_so(counts):
    said = hidden_by_step(counts)
    if sum(counts.values()) < SMALLEST:
        assert said is None
        return
    assert set(said) == set(counts)
    groups = Counter()
    for one, told in said.items():
        groups[told] += counts[one]
        assert all(word in ("", true) for word, true in zip(told, one, strict=True))
    assert min(groups.values()) >= SMALLEST


# Workbooks


def read(pages):
    return load_workbook(BytesIO(b"".join(workbook(pages))))


def test_a_workbook_gives_back_what_was_written():
    moment = datetime(2026, 11, 3, 21, 30, tzinfo=UTC)
    row = ["=1+1 <b>&", 3, 1.5, None, date(2026, 11, 3), moment, "سطر\nآخر", "", "#REF!", "a\x00b"]
    sheet = read([Page("Answers & more", [["head"], row])]).worksheets[0]
    assert sheet.title == "Answers & more"
    told = [cell.value for cell in sheet[2]]
    assert told[:4] == ["=1+1 <b>&", 3, 1.5, None]
    assert (told[4], told[5]) == (datetime(2026, 11, 3), datetime(2026, 11, 4, 0, 30))
    assert told[6:] == ["سطر\nآخر", None, "#REF!", "ab"]
    assert {sheet.cell(2, place).data_type for place in (1, 9)} == {"s"}


def test_columns_beyond_z_keep_their_places():
    sheet = read([Page("Many", [list(range(800))])]).worksheets[0]
    assert (sheet["Z1"].value, sheet["AA1"].value, sheet["ZZ1"].value, sheet["AAA1"].value) == (25, 26, 701, 702)


def test_what_is_too_long_goes_on_in_a_further_sheet(monkeypatch):
    monkeypatch.setattr("surveys.services.workbooks.MOST_ROWS", 3)
    book = read([Page("Long", [[number] for number in range(7)]), Page("Empty", [])])
    assert book.sheetnames == ["Long", "Long 2", "Long 3", "Empty"]
    assert [[row[0].value for row in sheet.rows] for sheet in book.worksheets[:3]] == [[0, 1, 2], [3, 4, 5], [6]]


def test_a_workbook_comes_in_pieces():
    # So random that compressing does not hold it back.
    rows = ([token_hex(200)] for _number in range(3000))
    assert len(list(workbook([Page("Long", rows)]))) > 3
