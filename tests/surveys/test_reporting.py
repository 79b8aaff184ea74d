"""Results as PDF: asked for by staff, in three languages, with what is withheld said."""

import re
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils.translation import override
from pypdf import PdfReader

from portal.accounts.choices import Role
from portal.audit.models import Entry
from portal.insight.services.reports import PdfFailed
from surveys.choices import JobKind, JobState
from surveys.models import Job, Survey
from surveys.rules.values import Answer as Given
from surveys.services import reporting, theming
from surveys.services.handing_in import record_sheets
from surveys.services.reporting import results_html
from surveys.tasks import work
from tests.factories import staff
from tests.surveys.factories import published, standard
from tests.surveys.test_editor import BACKEND
from tests.surveys.test_exporting import content
from tests.surveys.voices import said

pytestmark = pytest.mark.django_db
LANGUAGES = ["ar", "en", "zh-hans"]


def answered(counts=(30, 14), **fields):
    """Return a survey in which so many found it easy and so many hard, with texts on three things in each language."""
    survey = published(standard(**fields))
    made = [
        content(survey, {"ease": Given(options=(option,)), "parts": Given(rows={"speed": "good", "look": "bad"})})
        for option, count in zip(("easy", "hard"), counts, strict=True)
        for _sheet in range(count)
    ]
    made += [
        content(survey, {"ideas": Given(text=text)}, language=language)
        for language in LANGUAGES
        for text in said(language)
    ]
    record_sheets(survey, made)
    return Survey.objects.get(pk=survey.pk)


def plain(html):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>|\u2068|\u2069", " ", html))


def address(survey, name, *args):
    with override("en"):
        return reverse(f"admin:surveys_survey_{name}", args=[survey.pk, *args])


@pytest.fixture
def survey():
    return answered()


@pytest.fixture
def editor(client, survey):
    person = staff(Role.EDITOR, survey.organisation)
    client.force_login(person, backend=BACKEND)
    return person


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr"), ("zh-hans", "ltr")])
def test_the_page_of_the_pdf_has_questions_figures_and_method(survey, language, direction):
    html = results_html(survey, language)
    assert f'dir="{direction}"' in html
    text = plain(html)
    word = {"ar": "easy ع", "en": "easy", "zh-hans": "easy中"}[language]
    assert word in text
    assert "Wilson" in text or language != "en"
    assert "style=" not in html and "<script" not in html


def test_small_counts_and_too_few_answers_are_said_to_be_withheld(survey):
    assert "Counts below 10 are withheld" in plain(results_html(survey, "en"))
    few = plain(results_html(answered_by(9), "en"))
    assert "Fewer than 10 people have answered" in few
    assert "hard" not in few
    assert "Nobody has answered yet." in plain(results_html(published(standard()), "en"))


def answered_by(count):
    survey = published(standard())
    record_sheets(survey, [content(survey) for _sheet in range(count)])
    return survey


def test_themes_are_told_without_texts_and_small_ones_without_numbers(survey, editor):
    theming.ask_for_themes(survey, by=editor)
    work()
    theme = survey.themes.filter(language="en").first()
    theming.name_theme(theme, name="<b>Waiting</b>", by=editor)
    html = results_html(survey, "en")
    text = plain(html)
    assert "queue" in text and "مواقف" in text and "上传" in text
    assert "&lt;b&gt;Waiting&lt;/b&gt;" in html
    assert "withheld" in text
    assert not any(one in text for one in said("en"))


def test_a_pdf_is_made_once_kept_and_sent(client, survey, editor):
    client.post(address(survey, "pdf"), {"language": "en"})
    work()
    job = survey.jobs.get(kind=JobKind.PDF)
    assert job.state == JobState.DONE
    page = client.get(address(survey, "export")).content.decode()
    assert address(survey, "pdf_file", job.pk) in page
    sent = client.get(address(survey, "pdf_file", job.pk))
    reader = PdfReader(BytesIO(b"".join(sent.streaming_content)))
    assert "Satisfaction" in "".join(one.extract_text() for one in reader.pages)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert Entry.objects.filter(action="survey.pdf_asked_for").count() == 1
    # The next takes its place.
    client.post(address(survey, "pdf"), {"language": "en"})
    work()
    assert Job.objects.filter(kind=JobKind.PDF, file__isnull=False).count() == 1
    assert client.get(address(survey, "pdf_file", job.pk)).status_code == 404


def test_what_fails_is_said_and_leaves_the_old_file(client, survey, editor, monkeypatch):
    monkeypatch.setattr(reporting, "make_pdf", lambda html, language: b"%PDF-1.7 one")
    reporting.ask_for_pdf(survey, language="ar", by=editor)
    work()

    def fails(html, language):
        raise PdfFailed("no font")

    monkeypatch.setattr(reporting, "make_pdf", fails)
    reporting.ask_for_pdf(survey, language="ar", by=editor)
    for _turn in range(3):
        work()
    assert [job.state for job in survey.jobs.order_by("pk")] == [JobState.DONE, JobState.FAILED]
    assert survey.jobs.filter(file__isnull=False).count() == 1


def test_strangers_ask_for_nothing_and_get_nothing(client, survey, editor, monkeypatch):
    monkeypatch.setattr(reporting, "make_pdf", lambda html, language: b"%PDF-1.7 one")
    reporting.ask_for_pdf(survey, language="ar", by=editor)
    work()
    job = survey.jobs.get()
    other = published(standard())
    assert client.get(address(other, "pdf_file", job.pk)).status_code == 404
    client.force_login(staff(Role.MANAGER, other.organisation), backend=BACKEND)
    assert client.get(address(survey, "pdf_file", job.pk)).status_code == 404
    assert client.get(address(other, "pdf_file", job.pk)).status_code == 404
    assert client.post(address(survey, "pdf"), {"language": "en"}).status_code == 404
    assert client.post(address(other, "pdf"), {"language": "xx"}).status_code == 404
    assert Job.objects.count() == 1
