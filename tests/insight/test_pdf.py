"""The document itself: its text, its tags, its fonts, and what it refuses to fetch."""

import io
import re
import subprocess
import sys
from datetime import date, timedelta

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone, translation
from pypdf import PdfReader

from moderation.choices import Outcome
from portal.accounts.choices import OrganisationKind, Role
from portal.insight import tasks
from portal.insight.management import pdf
from portal.insight.models import KpiDefinition, Report
from portal.insight.selectors import report_content
from portal.insight.services import load_definitions, report_html, save_note
from tests.factories import CommentFactory, OrganisationFactory, staff
from tests.insight import records
from tests.insight.records import bounds, month_ago
from tests.insight.test_services import ask

pytestmark = pytest.mark.django_db
HOSTILE = '<img src="http://evil.example/x.png"><script>alert(1)</script>'


@pytest.fixture
def ministry():
    """The ministry, its indicators, and a month in which something of everything happened."""
    made = OrganisationFactory(
        code="ministry",
        kind=OrganisationKind.MINISTRY,
        name_ar="وزارة الخدمات",
        name_en="Ministry",
        name_zh_hans="服务部",
    )
    load_definitions()
    start, _ = bounds(month_ago(1))
    for language, count in (("ar", 7), ("en", 4), ("zh-hans", 2)):
        for _ in range(count):
            records.comment(made, start, language=language)
    records.comment(made, start - timedelta(hours=1))
    records.decide(records.case(made, start, "a"), start + timedelta(hours=5, minutes=30), Outcome.HIDE)
    records.consultation(made, start - timedelta(days=60), start - timedelta(days=40), responded=start)
    late = records.consultation(
        made, start - timedelta(days=160), start - timedelta(days=120), due=start - timedelta(days=36)
    )
    late.title_en = late.title_ar = late.title_zh_hans = HOSTILE
    late.save()
    return made


def command(tmp_path, **changes):
    """Run the command and return the file it wrote."""
    output = tmp_path / "report.pdf"
    options = {"month": f"{month_ago(1):%Y-%m}", "language": "en", "output": str(output), **changes}
    call_command("kpi_report", *[f"--{name}={text}" for name, text in options.items()], stdout=io.StringIO())
    return PdfReader(output)


def words(reader):
    """Return all text, its white space folded."""
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def fonts(reader):
    """Return each font's name and whether its file is in the document."""
    found = {}
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"]
            found[str(descriptor["/FontName"])] = any(key.startswith("/FontFile") for key in descriptor)
    return found


@pytest.mark.parametrize(
    ("language", "lang", "family"),
    [("en", "en", "Sawt-Latin"), ("ar", "ar", "Sawt-Arabic"), ("zh-hans", "zh-Hans", "Sawt-Chinese")],
)
def test_a_report_is_tagged_and_holds_its_fonts(ministry, tmp_path, language, lang, family):
    reader = command(tmp_path, language=language)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712, pypdf's own boolean
    assert root["/Lang"] == lang
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert "/StructTreeRoot" in root
    assert re.search(r'pdfuaid:part(>1<|="1")', root["/Metadata"].get_data().decode())
    assert f"{month_ago(1):%Y}" in reader.metadata.title
    embedded = fonts(reader)
    assert all(embedded.values())
    assert any(family in name for name in embedded)
    # Every family is one of those we name: nothing fell back in silence.
    assert [name for name in embedded if "Sawt" not in name] == []


def test_the_figures_are_text(ministry, tmp_path):
    text = words(command(tmp_path))
    assert "Participants 13 – 1" in text
    assert "Comments 13 – 1" in text
    text = re.sub(r" review: [0-9]+ [A-Z][a-z]+ [0-9]+", "", text)
    assert "Hours to a decision (1 case) 5.5 hours 24 hours No data Target met" in text
    assert "Responses published in time (1 / 1) 100% 95% No data Target met" in text
    assert "Arabic 7 53.8%" in text
    assert "Ground 2 1 100%" in text
    assert f"late by {36 + (bounds(month_ago(1))[1] - bounds(month_ago(1))[0]).days - 1} days" in text
    assert "Definitions" in text and "Collection method" in text
    assert "Indicators not measured yet" in text
    pages = len(PdfReader(tmp_path / "report.pdf").pages)
    assert f"1 / {pages}" in text and f"{pages} / {pages}" in text


def test_people_consultations_and_bodies_have_their_sections(ministry, tmp_path):
    body = OrganisationFactory(parent=ministry, code="roads", name_en="Roads")
    OrganisationFactory(parent=ministry, code="parks", name_en="Parks")
    start, _ = bounds(month_ago(1))
    made = records.consultation(body, start, start + timedelta(days=20))
    CommentFactory.create_batch(3, thread=made.thread, created_at=start + timedelta(days=1))
    records.comment(body, start, official_for=body)
    text = words(command(tmp_path))
    assert "Who took part, and who signed up" in text
    assert "First time or again" in text and "For the first time 16 100%" in text
    assert f"{made.title_en} 3 100%" in text
    assert "Comments per consultation (3 / 1) 3" in text
    assert "Comparison by body" in text
    assert "Ministry 13 13 0 0 100% 1 5.5 hours" in text
    assert "Roads 3 4 1 1 No data 0 No data" in text
    assert "Nothing was recorded of: Parks" in text
    alone = words(command(tmp_path, organisation="roads"))
    assert "Comparison by body" not in alone
    assert "Sign-ups" not in alone.partition("Definitions")[0]


def test_targets_are_shown_with_their_review(ministry, tmp_path):
    KpiDefinition.objects.filter(code="response_share").update(review_on=date(2031, 5, 6))
    assert "95% review: 6 May 2031" in words(command(tmp_path))


def test_notes_stand_in_the_report_in_their_own_language(ministry, tmp_path):
    manager = staff(Role.MANAGER, ministry)
    body = OrganisationFactory(parent=ministry, code="roads", name_en="Roads")
    for organisation, note in ((None, "Whole"), (body, HOSTILE)):
        save_note(month=month_ago(1), organisation=organisation, text=note, language="en", based_on=0, by=manager)
    text = words(command(tmp_path))
    assert "Notes by the manager Whole" in text
    assert "Roads <img" in text
    alone = words(command(tmp_path, organisation="roads", month=f"{month_ago(1):%Y-%m}"))
    assert "Whole" not in alone


def test_a_hostile_title_is_inert(ministry, tmp_path):
    assert "<script>alert(1)</script>" in words(command(tmp_path))
    with translation.override("en"):
        html = report_html(report_content(month_ago(1), None), "en")
    assert "<script>" not in html
    assert "<img" not in html


def test_an_empty_month_says_no_data(ministry, tmp_path):
    reader = command(tmp_path, month=f"{month_ago(20):%Y-%m}")
    text = words(reader)
    assert len(reader.pages) == 1
    assert "No data" in text
    assert "Indicators and targets" not in text


def test_a_report_of_one_body_holds_its_own_rows(ministry, tmp_path):
    body = OrganisationFactory(parent=ministry, code="roads", name_en="Roads")
    records.comment(body, bounds(month_ago(1))[0])
    text = words(command(tmp_path, organisation="roads"))
    assert "Participants 1 – 0" in text
    assert "Roads" in PdfReader(tmp_path / "report.pdf").metadata.title


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"month": "2026-13"}, "is no month: write it as 2026-10"),
        ({"month": "October"}, "is no month: write it as 2026-10"),
        ({"month": f"{timezone.now().year + 2}-01"}, "has not begun yet"),
        ({"language": "fr"}, "invalid choice"),
        ({"organisation": "nobody"}, "no public body with the code “nobody”"),
        ({"output": "/nowhere/at/all.pdf"}, "no folder /nowhere/at"),
    ],
)
def test_wrong_arguments_are_named(ministry, tmp_path, changes, message):
    with pytest.raises(CommandError, match=message):
        command(tmp_path, **changes)
    assert not (tmp_path / "report.pdf").exists()


def test_a_missing_font_is_named(ministry, tmp_path, monkeypatch):
    monkeypatch.setattr(pdf, "SYSTEM_FOLDERS", ())
    monkeypatch.setattr(settings, "PDF_FONTS", str(tmp_path))
    with pytest.raises(CommandError, match=r"NotoKufiArabic-Regular\.ttf is missing: install it"):
        command(tmp_path, language="ar")


def test_fonts_of_the_deployment_come_first(tmp_path, monkeypatch):
    own = tmp_path / "deep" / "DejaVuSans.ttf"
    own.parent.mkdir()
    own.write_bytes(pdf.find_fonts()["Sawt Signs"].read_bytes())
    monkeypatch.setattr(settings, "PDF_FONTS", str(tmp_path))
    assert pdf.find_fonts()["Sawt Signs"] == own


@pytest.mark.parametrize(
    "address",
    [
        "http://evil.example/x.png",
        "https://static.invalid.evil.example/css/report-print.css",
        "file:///etc/passwd",
        "data:text/css,body{}",
        "ftp://static.invalid/x",
        "https://static.invalid/../../etc/passwd",
        "https://static.invalid/%2e%2e/settings/base.py",
        "//static.invalid/x",
    ],
)
def test_nothing_but_our_own_files_is_fetched(address):
    with pytest.raises(pdf.AddressRefused):
        pdf.OwnFilesOnly(pdf.find_fonts()).fetch(address)


def test_our_own_files_are_fetched():
    fetcher = pdf.OwnFilesOnly(pdf.find_fonts())
    assert b"@page" in fetcher.fetch("https://static.invalid/css/report-print.css").read()
    with pytest.raises(pdf.StaticFileMissing):
        fetcher.fetch("https://static.invalid/css/nothing.css")


def test_the_worker_makes_it_in_a_process_of_its_own(ministry):
    report = ask(ministry, staff(Role.MANAGER, ministry), language="zh-hans")
    tasks.build_due_reports()
    report = Report.objects.get(pk=report.pk)
    assert (report.state, report.progress) == ("ready", 100)
    reader = PdfReader(report.file.content)
    assert reader.trailer["/Root"]["/Lang"] == "zh-Hans"


def test_web_and_worker_never_load_weasyprint():
    code = (
        "import django, sys; django.setup(); import portal.urls, portal.insight.tasks, portal.insight.admin;"
        " from django.urls import get_resolver; get_resolver().url_patterns; print('weasyprint' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, cwd=settings.BASE_DIR, check=False
    )
    assert done.stdout.strip() == "False", done.stderr
