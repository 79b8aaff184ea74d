"""Definitions, snapshots, and reports from the request to the file."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.utils import timezone

from portal.accounts.choices import OrganisationKind, Role
from portal.audit.models import Entry
from portal.insight import services, tasks
from portal.insight.choices import ReportState
from portal.insight.management import demo
from portal.insight.models import KpiDefinition, Report, Snapshot
from portal.insight.selectors.periods import first_of
from portal.insight.services import FutureMonth, PdfFailed, claim_report, request_report
from portal.registry import DemoStage
from tests.factories import OrganisationFactory, PersonFactory, staff
from tests.insight import records
from tests.insight.records import bounds, month_ago

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def ministry():
    """The ministry."""
    return OrganisationFactory(code="ministry", kind=OrganisationKind.MINISTRY)


@pytest.fixture
def body(ministry):
    """One of its bodies."""
    return OrganisationFactory(parent=ministry)


@pytest.fixture
def no_pdf(monkeypatch):
    """Make reports without the process that draws them."""
    monkeypatch.setattr(services.reports, "make_pdf", lambda html, language: PDF)


def ask(body, by=None, **changes):
    """Ask for a report of last month in English."""
    fields = {"month": month_ago(1), "organisation": body, "language": "en", **changes}
    return request_report(by=by or staff(Role.MANAGER, body), **fields)


def age(report, minutes):
    """Let a report have been started so many minutes ago."""
    Report.objects.filter(pk=report.pk).update(started_at=timezone.now() - timedelta(minutes=minutes))


# Definitions


def test_definitions_are_created_once_and_left_as_edited(ministry):
    services.load_definitions()
    assert KpiDefinition.objects.count() == 55
    assert KpiDefinition.objects.exclude(source="").count() == 47
    assert set(KpiDefinition.objects.values_list("owner__code", flat=True)) == {"ministry"}
    KpiDefinition.objects.filter(code="comments").update(target=7, name_en="Ours")
    KpiDefinition.objects.filter(code="reports").delete()
    services.load_definitions()
    edited = KpiDefinition.objects.get(code="comments")
    assert (KpiDefinition.objects.count(), edited.target, edited.name_en) == (55, 7, "Ours")


def test_every_definition_is_complete_in_three_languages(ministry):
    services.load_definitions()
    fields = [
        f"{name}_{code}" for name in ("name", "definition", "formula", "method") for code in ("ar", "en", "zh_hans")
    ]
    missing = [(kpi.code, field) for kpi in KpiDefinition.objects.all() for field in fields if not getattr(kpi, field)]
    assert missing == []
    assert [kpi.code for kpi in KpiDefinition.objects.filter(review_on__lte=timezone.localdate())] == []


def test_without_a_body_nothing_is_created():
    services.load_definitions()
    assert KpiDefinition.objects.count() == 0


# Snapshots


def kept(month, code="comments", organisation=None):
    """Return the value taken of a month."""
    return Snapshot.objects.get(month=month, code=code, organisation=organisation, dimension="").value


def test_snapshots_of_all_bodies_and_of_each(body):
    company = OrganisationFactory(kind=OrganisationKind.COMPANY)
    records.comment(body, bounds(month_ago(0))[0])
    services.take_snapshots(timezone.localdate())
    assert (kept(month_ago(0)), kept(month_ago(0), organisation=body)) == (1, 1)
    assert kept(month_ago(0), organisation=body.parent) == 0
    assert not Snapshot.objects.filter(organisation=company).exists()


def test_taken_twice_a_month_has_its_last_figures_once(body):
    services.take_month(month_ago(0))
    count = Snapshot.objects.count()
    records.comment(body, bounds(month_ago(0))[0])
    services.take_month(month_ago(0))
    services.take_month(month_ago(0))
    assert (Snapshot.objects.count(), kept(month_ago(0))) == (count, 1)


@pytest.mark.parametrize(("day", "expected"), [(1, 1), (3, 1), (4, 0)])
def test_the_first_days_finish_the_month_before(body, day, expected):
    services.take_month(month_ago(1))
    records.comment(body, bounds(month_ago(0))[0] - timedelta(seconds=1))
    services.take_snapshots(month_ago(0).replace(day=day))
    assert kept(month_ago(1)) == expected


def test_a_part_that_is_gone_does_not_linger(body):
    now = timezone.now()
    late = records.consultation(body, now - timedelta(days=60), now - timedelta(days=40), due=now - timedelta(days=1))
    services.take_month(month_ago(0))
    assert Snapshot.objects.filter(code="overdue_responses", dimension=late.code).count() == 2
    late.response_deadline.due_at = now + timedelta(days=1)
    late.response_deadline.save()
    services.take_month(month_ago(0))
    assert not Snapshot.objects.filter(code="overdue_responses").exists()


def test_the_task_may_run_twice(body):
    tasks.take_snapshots()
    before = Snapshot.objects.count()
    tasks.take_snapshots()
    assert Snapshot.objects.count() == before > 0


# Asking


def test_a_manager_asks_for_the_own_body_alone(ministry, body):
    manager, other = staff(Role.MANAGER, body), OrganisationFactory(parent=ministry)
    assert ask(body, manager).organisation == body
    for organisation in (other, ministry, None):
        with pytest.raises(PermissionDenied):
            ask(organisation, manager)
    assert Report.objects.count() == 1


def test_a_manager_of_the_ministry_asks_for_all(ministry, body):
    manager = staff(Role.MANAGER, ministry)
    assert [ask(each, manager).organisation for each in (None, ministry, body)] == [None, ministry, body]


@pytest.mark.parametrize("role", [Role.CONTACT, Role.AGENT, Role.MODERATOR, Role.EDITOR])
def test_other_roles_ask_for_nothing(body, role):
    with pytest.raises(PermissionDenied):
        ask(body, staff(role, body))


def test_a_company_is_no_body_to_report_on():
    company = OrganisationFactory(kind=OrganisationKind.COMPANY)
    with pytest.raises(PermissionDenied):
        ask(company, staff(Role.MANAGER, company))


def test_a_month_to_come_is_refused(body):
    with pytest.raises(FutureMonth):
        ask(body, month=(month_ago(0) + timedelta(days=40)).replace(day=1))


def test_the_same_request_is_one_report(body, no_pdf):
    manager, colleague = staff(Role.MANAGER, body), staff(Role.MANAGER, body)
    first = ask(body, manager)
    assert ask(body, colleague, month=month_ago(1).replace(day=20)) == first
    tasks.build_due_reports()
    assert ask(body, manager) == first
    assert ask(body, manager, language="ar") != first
    assert Entry.objects.filter(action="report.requested").count() == 2


def test_a_report_of_a_running_month_is_made_anew(body, no_pdf):
    first = ask(body, month=month_ago(0))
    tasks.build_due_reports()
    assert ask(body, month=month_ago(0)) != first


def test_a_report_made_before_its_month_was_over_is_made_anew(body, no_pdf):
    first = ask(body)
    tasks.build_due_reports()
    Report.objects.update(started_at=bounds(month_ago(1))[1] - timedelta(microseconds=1))
    assert ask(body) != first


def test_a_failed_report_can_be_asked_for_again(body):
    first = ask(body)
    Report.objects.update(state=ReportState.FAILED)
    assert ask(body) != first


@pytest.mark.django_db(transaction=True)
def test_two_requests_at_once_are_one_report(monkeypatch):
    monkeypatch.setattr(services.reports, "enqueue", lambda name: None)
    body = OrganisationFactory()
    managers = [staff(Role.MANAGER, body) for _ in range(8)]

    def one(manager):
        try:
            return ask(body, manager).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(one, managers))
    assert len(found) == 1
    assert Report.objects.count() == 1


# Making


def test_a_report_is_made_and_kept(body, no_pdf):
    report = ask(body)
    tasks.build_due_reports()
    report.refresh_from_db()
    assert (report.state, report.progress, report.attempts) == (ReportState.READY, 100, 1)
    assert report.file.name == f"sawt-report-{month_ago(1):%Y-%m}-{body.code}-en.pdf"
    assert report.file.content.read() == PDF
    assert report.finished_at >= report.started_at
    assert Entry.objects.filter(action="report.ready", target_key=report.code).count() == 1


def test_running_the_task_again_changes_nothing(body, no_pdf):
    report = ask(body)
    tasks.build_due_reports()
    made = Report.objects.get(pk=report.pk)
    tasks.build_due_reports()
    assert Report.objects.get(pk=report.pk).finished_at == made.finished_at


def test_progress_is_told_at_each_step(body, monkeypatch):
    seen, content = [], services.reports.report_content

    def watched(answer):
        def step(*arguments):
            seen.append(Report.objects.get().progress)
            return answer(*arguments)

        return step

    monkeypatch.setattr(services.reports, "report_content", watched(content))
    monkeypatch.setattr(services.reports, "report_html", watched(lambda data, language: ""))
    monkeypatch.setattr(services.reports, "make_pdf", watched(lambda html, language: PDF))
    monkeypatch.setattr(services.reports, "_keep", watched(lambda report, content: True))
    ask(body)
    services.build_report(claim_report())
    assert seen == [0, 30, 60, 90]


def test_a_failure_is_tried_three_times(body, monkeypatch):
    def fail(html, language):
        raise PdfFailed("no font")

    monkeypatch.setattr(services.reports, "make_pdf", fail)
    report, states = ask(body), []
    for _ in range(4):
        tasks.build_due_reports()
        report.refresh_from_db()
        states.append((report.state, report.attempts))
    assert states == [("queued", 1), ("queued", 2), ("failed", 3), ("failed", 3)]
    assert (report.file, report.finished_at is not None) == (None, True)


@pytest.mark.parametrize(("minutes", "is_claimed"), [(9, False), (11, True)])
def test_a_report_whose_worker_was_killed_is_taken_up_after_ten_minutes(body, no_pdf, minutes, is_claimed):
    report = ask(body)
    claim_report()
    age(report, minutes)
    tasks.build_due_reports()
    report.refresh_from_db()
    assert (report.state == ReportState.READY) is is_claimed
    assert report.attempts == 1 + is_claimed


def test_a_report_that_kills_its_workers_fails_after_three(body, no_pdf):
    report = ask(body)
    for _ in range(3):
        assert claim_report().pk == report.pk
        age(report, 11)
    assert claim_report() is None
    report.refresh_from_db()
    assert (report.state, report.attempts) == (ReportState.FAILED, 3)


def test_a_worker_that_comes_back_too_late_keeps_nothing(body, no_pdf):
    report = ask(body)
    slow = claim_report()
    age(report, 11)
    quick = claim_report()
    assert services.build_report(slow) is False
    report.refresh_from_db()
    assert (report.state, report.file) == (ReportState.BUILDING, None)
    assert services.build_report(quick) is True
    assert services.build_report(slow) is False
    assert Report.objects.get().state == ReportState.READY


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_take_the_same_report(monkeypatch):
    monkeypatch.setattr(services.reports, "enqueue", lambda name: None)
    body = OrganisationFactory()
    manager = staff(Role.MANAGER, body)
    for back in range(1, 7):
        ask(body, manager, month=month_ago(back))

    def one(_):
        try:
            claimed = claim_report()
            return claimed and claimed.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        found = [pk for pk in pool.map(one, range(6)) if pk]
    assert len(found) == len(set(found)) > 0
    assert set(Report.objects.filter(attempts=1).values_list("pk", flat=True)) == set(found)


def test_a_process_that_fails_says_why(monkeypatch, tmp_path):
    monkeypatch.setattr(services.reports.settings, "BASE_DIR", tmp_path)
    with pytest.raises(PdfFailed, match=r"manage\.py"):
        services.reports.make_pdf("<p>x</p>", "en")


def test_an_edited_definition_leaves_a_trace(ministry):
    services.load_definitions()
    definition, editor = KpiDefinition.objects.get(code="comments"), PersonFactory()
    definition.target = 12
    services.save_definition(definition, by=editor, changed=["target", "review_on"])
    assert KpiDefinition.objects.get(code="comments").target == 12
    entry = Entry.objects.get(action="indicator.changed")
    assert (entry.actor_id, entry.data) == (editor.pk, {"fields": ["review_on", "target"], "target": [None, 12]})


def test_months_are_first_days():
    assert first_of(date(2026, 2, 28)) == date(2026, 2, 1)


def test_the_demonstration_takes_13_months_and_its_own_once(body):
    stage = DemoStage(timezone.now(), random.Random(1), "")
    demo.load(stage)
    assert Snapshot.objects.values("month").distinct().count() == 14
    records.comment(body, bounds(month_ago(13))[0])
    demo.load(stage)
    assert kept(month_ago(13)) == 0
