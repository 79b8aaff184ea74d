"""Reports, from the request to the file."""

import logging
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation

from portal.accounts.models import Organisation, Person
from portal.audit.services import record
from portal.celery import enqueue
from portal.files.services import store
from portal.insight.choices import WAITING_STATES, ReportState
from portal.insight.models import Report
from portal.insight.rules import may_report_on
from portal.insight.selectors import ReportContent, month_period, report_content
from portal.insight.selectors.notes import noted_at
from portal.insight.selectors.periods import FutureMonth, first_of, this_month

log = logging.getLogger("sawt.insight")

# A report whose worker was killed is taken up again after this long; its PDF must be made well within it.
LEASE = timedelta(minutes=10)
PDF_SECONDS = 240
MAXIMUM_ATTEMPTS = 3


class PdfFailed(RuntimeError):
    """The process that makes the PDF failed or took too long."""


def request_report(*, month: date, organisation: Organisation | None, language: str, by: Person) -> Report:
    """Ask for a report; ``organisation`` None means all bodies together.

    The same report is given back while it waits, and once it was made after the end of its month and the last note
    on it: nothing in it changes any more. Raises ``PermissionDenied`` for whoever does not manage the body,
    ``FutureMonth`` for a month that has not begun.
    """
    if not may_report_on(by, organisation):
        raise PermissionDenied
    month = first_of(month)
    if month > this_month():
        raise FutureMonth(month)
    same = Report.objects.filter(month=month, organisation=organisation, language=language)
    return _standing(same, month, organisation) or _request(month, organisation, language, by) or same.latest("pk")


def _standing(same: QuerySet[Report], month: date, organisation: Organisation | None) -> Report | None:
    settled = max(filter(None, (month_period(month).end, noted_at(month, organisation))))
    final = Q(state=ReportState.READY, started_at__gte=settled)
    return same.filter(Q(state__in=WAITING_STATES) | final).first()


def _request(month: date, organisation: Organisation | None, language: str, by: Person) -> Report | None:
    """Create the request; None when another was a moment earlier, by the word of the database."""
    try:
        with transaction.atomic():
            report = Report.objects.create(month=month, organisation=organisation, language=language, requested_by=by)
            record("report.requested", report, by=by, data={"month": f"{month:%Y-%m}", "language": language})
            enqueue("insight.build_due_reports")
    except IntegrityError:
        return None
    return report


@transaction.atomic
def claim_report(*, without: Iterable[int] = ()) -> Report | None:
    """Take the next report that waits, or whose worker has not been heard of for ten minutes.

    One that was tried three times is marked as failed instead. None when nothing waits.
    """
    lost = Q(state=ReportState.BUILDING, started_at__lt=timezone.now() - LEASE)
    tried = Report.objects.filter(lost, attempts__gte=MAXIMUM_ATTEMPTS)
    tried.update(state=ReportState.FAILED, finished_at=timezone.now())
    due = Report.objects.filter(Q(state=ReportState.QUEUED) | lost).exclude(pk__in=list(without)).order_by("pk")
    report = due.select_for_update(skip_locked=True, no_key=True, of=("self",)).first()
    if report is not None:
        report.state, report.started_at, report.finished_at = ReportState.BUILDING, timezone.now(), None
        report.attempts, report.progress = report.attempts + 1, 0
        report.save(update_fields=["state", "started_at", "finished_at", "attempts", "progress"])
    return report


def build_report(report: Report) -> bool:
    """Make a claimed report; on failure it waits for the next turn, or has failed for good after three.

    Returns False when it failed, or when another worker has taken it over in the meantime.
    """
    try:
        return _keep(report, _make(report))
    except Exception:
        log.exception("report %s could not be made (attempt %s)", report.code, report.attempts)
        _give_back(report)
        return False


def _make(report: Report) -> bytes:
    with translation.override(report.language):
        data = report_content(report.month, report.organisation)
        _progress(report, 30)
        html = report_html(data, report.language)
    _progress(report, 60)
    content = make_pdf(html, report.language)
    _progress(report, 90)
    return content


def report_html(data: ReportContent, language: str) -> str:
    """Lay out a report's content; the active language must be the same."""
    return render_to_string("insight/report.html", {"report": data, "language": language})


def make_pdf(html: str, language: str) -> bytes:
    """Turn a page into a tagged PDF in a process of its own, which gives its memory back; raises ``PdfFailed``."""
    with tempfile.TemporaryDirectory(prefix="sawt-report-") as folder:
        target = Path(folder) / "report.pdf"
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "html_to_pdf"]
        command += ["--language", language, "--output", str(target)]
        try:
            done = subprocess.run(
                command, input=html.encode(), capture_output=True, timeout=PDF_SECONDS, cwd=folder, check=False
            )
        except subprocess.TimeoutExpired as late:
            raise PdfFailed(f"no PDF after {PDF_SECONDS} seconds") from late
        if done.returncode or not target.exists():
            raise PdfFailed(done.stderr.decode(errors="replace")[-2000:])
        return target.read_bytes()


def report_name(report: Report) -> str:
    """Return the name under which the file is downloaded."""
    body = report.organisation.code if report.organisation else "all"
    return f"sawt-report-{report.month:%Y-%m}-{body}-{report.language}.pdf"


@transaction.atomic
def _keep(report: Report, content: bytes) -> bool:
    if not _still_mine(report):
        return False
    report.file = store(content, report_name(report), content_type="application/pdf")
    report.progress = 100
    _finish(report, ReportState.READY)
    record("report.ready", report, by=None, data={"month": f"{report.month:%Y-%m}", "language": report.language})
    return True


@transaction.atomic
def _give_back(report: Report) -> None:
    if not _still_mine(report):
        return
    if report.attempts >= MAXIMUM_ATTEMPTS:
        _finish(report, ReportState.FAILED)
        return
    report.state, report.progress = ReportState.QUEUED, 0
    report.save(update_fields=["state", "progress"])


def _still_mine(report: Report) -> bool:
    """Tell whether this worker's turn is still the current one, and keep it so until the end of the transaction."""
    mine = Report.objects.filter(pk=report.pk, attempts=report.attempts, state=ReportState.BUILDING)
    return mine.select_for_update(no_key=True).exists()


def _progress(report: Report, percent: int) -> None:
    Report.objects.filter(pk=report.pk, attempts=report.attempts, state=ReportState.BUILDING).update(progress=percent)


def _finish(report: Report, state: ReportState) -> None:
    report.state, report.finished_at = state, timezone.now()
    report.save(update_fields=["state", "finished_at", "progress", "file"])
