"""Answers as files: who may have them, what is in them, and what never is."""

import csv
import json
from collections import Counter
from datetime import date, timedelta
from io import BytesIO, StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook

from portal.accounts.choices import Role
from portal.audit.models import Entry
from portal.urns.models import Sealed, Urn
from surveys.choices import URN, Audience, Channel, Mode, SheetState
from surveys.models import Answer, Participation, Sheet
from surveys.rules.values import Answer as Given
from surveys.services.handing_in import Content, record_sheets
from tests.factories import PersonFactory, staff
from tests.surveys.factories import make_page, make_question, make_survey, past, published, standard
from tests.surveys.test_editor import BACKEND

pytestmark = pytest.mark.django_db
WEEK = date(2026, 11, 2)
HARD = {"ease": Given(options=("hard",)), "why": Given(text="=HYPERLINK(1)"), "hours": Given(number=2)}


def content(survey, answers=None, language="ar", **fields):
    given = HARD if answers is None else answers
    fields = {"channel": "web", "week": WEEK, "minutes": 3, "dropped": 0} | fields
    return Content(version=survey.version_id, language=language, answers=given, **fields)


def anonymous(count=12, **fields):
    survey = published(standard())
    record_sheets(survey, [content(survey, **fields) for _sheet in range(count)])
    return past(survey)


def identified(person=None, answers=None):
    survey = published(standard(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN))
    person = person or PersonFactory(email="amal@example.com", display_name="Amal")
    participation = Participation.objects.create(survey=survey, person=person)
    record_sheets(survey, [content(survey, answers)], participation=participation)
    return survey


def address(survey, name="export", *args):
    with override("en"):
        return reverse(f"admin:surveys_survey_{name}", args=[survey.pk, *args])


def asked(client, survey, role=Role.EDITOR, language="en", **fields):
    client.force_login(staff(role, survey.organisation), backend=BACKEND)
    return client.post(address(survey), {"kind": "csv", "heads": "codes", "language": language, **fields})


def body(response):
    assert response.status_code == 200
    return b"".join(response.streaming_content)


def table(response):
    text = body(response).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(StringIO(text[1:], newline="")))


def test_one_row_a_sheet_and_one_column_a_code(client):
    head, row = table(asked(client, identified()))
    assert head == [
        *("_version", "_language", "_channel", "_organisation_kind", "_week"),
        *("_minutes", "_state", "_consent_version", "_dropped"),
        *("ease", "why", "features.send", "features.forward", "features.other", "features.none"),
        *("features.other.text", "parts.speed", "parts.look", "hours", "ideas"),
    ]
    said = ["1", "ar", "web", "", "2026-11-02", "3", "counted", "0", "0"]
    assert row == [*said, "hard", "'=HYPERLINK(1)", "", "", "", "", "", "", "", "2", ""]


def test_a_sheet_without_answers_is_a_row_too(client):
    assert [row[9:] for row in table(asked(client, identified(answers={})))[1:]] == [[""] * 11]


def test_names_are_for_managers_who_ask_and_the_trail_says_so(client):
    survey = identified()
    assert "Amal" not in body(asked(client, survey)).decode()
    # What the form does not offer is not taken.
    assert "Amal" not in body(asked(client, survey, with_names="on")).decode()
    assert "Amal" not in body(asked(client, survey, Role.MANAGER)).decode()
    head, row = table(asked(client, survey, Role.MANAGER, with_names="on"))
    named = dict(zip(head, row, strict=True))
    assert (named["_name"], named["_email"]) == ("Amal", "amal@example.com")
    entries = Entry.objects.filter(action="survey.exported").order_by("pk")
    assert [entry.data["names"] for entry in entries] == [False, False, False, True]


def test_addresses_and_files_go_with_names_alone(client):
    survey = make_survey(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN)
    make_question(make_page(survey), "mail", "email")
    survey = published(survey)
    participation = Participation.objects.create(survey=survey, person=PersonFactory())
    record_sheets(survey, [content(survey, {"mail": Given(text="a@b.example")})], participation=participation)
    assert "mail" not in table(asked(client, survey))[0]
    assert table(asked(client, survey, Role.MANAGER, with_names="on"))[1][-1] == "a@b.example"


def test_strangers_have_neither_page_nor_file(client):
    survey = identified()
    client.force_login(staff(Role.MANAGER, make_survey().organisation), backend=BACKEND)
    for path in (address(survey), address(survey, "codebook", "csv")):
        assert client.get(path).status_code == 404
    assert client.post(address(survey), {"kind": "csv", "heads": "codes", "language": "en"}).status_code == 404
    client.force_login(staff(Role.AGENT, survey.organisation), backend=BACKEND)
    assert client.get(address(survey)).status_code in (302, 403, 404)


def test_a_get_sends_no_rows(client):
    survey = identified()
    client.force_login(staff(Role.EDITOR, survey.organisation), backend=BACKEND)
    response = client.get(address(survey), {"kind": "csv", "heads": "codes", "language": "en"})
    assert b"Export answers" in response.content
    assert not Entry.objects.filter(action="survey.exported").exists()


def test_wrong_choices_are_answered_with_the_page(client):
    survey = identified()
    for wrong in ({"kind": "exe"}, {"heads": "x"}, {"language": "xx"}, {"version": "9"}, {"version": "x"}):
        assert asked(client, survey, **wrong).status_code == 422


# Words


def test_words_stand_in_a_second_row_or_instead_of_codes(client):
    survey = identified()
    codes, labels, row = table(asked(client, survey, heads="both"))
    assert (codes[9], labels[9], row[9]) == ("ease", "ease", "hard")
    assert labels[11] == "features · send"
    labels, row = table(asked(client, survey, heads="labels", language="ar"))
    assert (labels[9], row[9]) == ("ease ع", "hard ع")


def test_labels_that_look_like_formulas_are_text(client):
    survey = make_survey(mode=Mode.IDENTIFIED, audience=Audience.SIGNED_IN)
    question = make_question(make_page(survey), "ease")
    question.title_en = "=1+1"
    question.save()
    survey = published(survey)
    participation = Participation.objects.create(survey=survey, person=PersonFactory())
    record_sheets(survey, [content(survey, {})], participation=participation)
    assert table(asked(client, survey, heads="labels"))[0][-1] == "'=1+1"


# XLSX and JSON


def test_a_workbook_has_texts_as_texts_and_the_codebook_beside_them(client):
    survey = identified(
        answers={"ease": Given(options=("hard",)), "why": Given(text="=1+1"), "ideas": Given(text="#N/A")}
    )
    book = load_workbook(BytesIO(body(asked(client, survey, kind="xlsx"))))
    answers, codes = book.worksheets
    cells = {head.value: cell for head, cell in zip(answers[1], answers[2], strict=True)}
    assert (cells["why"].value, cells["why"].data_type) == ("=1+1", "s")
    assert (cells["ideas"].value, cells["ideas"].data_type) == ("#N/A", "s")
    assert (cells["_minutes"].value, cells["_minutes"].data_type) == (3, "n")
    assert cells["_week"].value.date() == WEEK
    assert [cell.value for cell in codes[1]] == ["column", "part", "value", "kind", "versions", "ar", "en", "zh-hans"]
    assert [cell.value for cell in codes[3]] == ["ease", "value", "easy", "single", "1", "easy ع", "easy", "easy中"]


def test_a_workbook_in_arabic_words_reads_from_the_right(client):
    book = load_workbook(BytesIO(body(asked(client, identified(), kind="xlsx", heads="labels", language="ar"))))
    assert [sheet.sheet_view.rightToLeft for sheet in book.worksheets] == [True, None]


def test_json_tells_of_itself_and_leaves_out_what_is_empty(client):
    survey = identified()
    found = json.loads(body(asked(client, survey, kind="json", heads="both", language="zh-hans")))
    assert (found["survey"], found["anonymous"]) == (survey.code, False)
    assert found["labels"]["ease"] == "ease中"
    assert found["codebook"][0]["values"][0] == {
        "value": "easy",
        "labels": {"ar": "easy ع", "en": "easy", "zh-hans": "easy中"},
    }
    [row] = found["rows"]
    assert (row["ease"], row["why"], row["hours"]) == ("hard", "=HYPERLINK(1)", 2)
    assert "ideas" not in row


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx"])
def test_the_codebook_is_a_file_of_its_own(client, kind):
    survey = identified()
    client.force_login(staff(Role.EDITOR, survey.organisation), backend=BACKEND)
    content = body(client.get(address(survey, "codebook", kind)))
    if kind == "json":
        assert json.loads(content)["codebook"][0]["column"] == "ease"
    elif kind == "csv":
        assert content.decode().splitlines()[1] == "ease,column,,single,1,ease ع,ease,ease中"
    else:
        assert load_workbook(BytesIO(content)).worksheets[0]["A2"].value == "ease"
    assert client.get(address(survey, "codebook", "exe")).status_code == 404


# Anonymous


def test_anonymous_rows_hold_no_text_no_key_and_no_moment(client):
    survey = anonymous()
    text = body(asked(client, survey, Role.MANAGER, with_names="on")).decode()
    head, *rows = csv.reader(StringIO(text[1:], newline=""))
    assert head == [
        *("_version", "_language", "_channel", "_organisation_kind", "_week"),
        *("ease", "features.send", "features.forward", "features.other", "features.none"),
        *("parts.speed", "parts.look", "hours"),
    ]
    assert len(rows) == 12
    assert "HYPERLINK" not in text
    keys = {
        str(key) for key in [*Sheet.objects.values_list("pk", flat=True), *Answer.objects.values_list("pk", flat=True)]
    }
    assert not any(key in text for key in keys)


def test_the_order_of_anonymous_rows_is_another_each_time(client):
    survey = published(standard())
    record_sheets(survey, [content(survey, {"hours": Given(number=number % 24)}) for number in range(24)])
    past(survey)
    first, second = ([row[-1] for row in table(asked(client, survey))[1:]] for _file in range(2))
    assert sorted(first) == sorted(second)
    assert first != second


def test_nine_anonymous_sheets_are_too_few_and_ten_are_not(client):
    survey = anonymous(9)
    response = asked(client, survey)
    assert response.status_code == 409
    assert b"fewer than 10" in response.content
    assert len(table(asked(client, anonymous(10)))) == 11


def test_refused_sheets_do_not_make_ten(client):
    survey = anonymous(10)
    sheet = Sheet.objects.first()
    sheet.state = SheetState.REFUSED
    sheet.save()
    assert asked(client, survey).status_code == 409


def test_while_anonymous_answers_come_in_there_is_no_file(client):
    survey = published(standard())
    record_sheets(survey, [content(survey) for _sheet in range(30)])
    assert asked(client, survey).status_code == 409
    past(survey)
    urn = Urn.objects.create(owner=URN, code=survey.code)
    assert asked(client, survey).status_code == 409
    urn.is_closed = True
    urn.save()
    sealed = Sealed.objects.create(urn=urn, content=b"x")
    assert asked(client, survey).status_code == 409
    sealed.delete()
    assert len(table(asked(client, survey))) == 31
    assert Entry.objects.filter(action="survey.exported").count() == 1


def test_small_groups_say_nothing_of_themselves(client):
    survey = published(standard())
    made = [content(survey) for _sheet in range(25)] + [content(survey, language="en") for _sheet in range(14)]
    made += [content(survey, language="zh-hans"), content(survey, channel=Channel.PAPER, week=WEEK + timedelta(7))]
    record_sheets(survey, made)
    rows = table(asked(client, past(survey)))[1:]
    assert Counter(tuple(row[1:5]) for row in rows) == {("ar", "web", "", "2026-11-02"): 25, ("", "", "", ""): 16}


def test_versions_with_fewer_than_ten_sheets_are_left_out(client):
    survey = anonymous(12)
    Sheet.objects.filter(pk__in=Sheet.objects.values("pk")[:2]).update(number=2)
    assert {row[0] for row in table(asked(client, survey))[1:]} == {"1"}
    assert len(table(asked(client, survey))) == 11
    assert asked(client, survey, version="2").status_code == 422


# Many


def test_queries_do_not_grow_with_rows(client):
    counts = []
    # The first time settings of the portal are read too.
    for count in (10, 10, 40):
        survey = anonymous(count)
        with CaptureQueriesContext(connection) as queries:
            body(asked(client, survey))
        counts.append(len(queries))
    assert counts[1] == counts[2]
