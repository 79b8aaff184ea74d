"""The managers' pages: who may enter, what is offered, what is refused."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from portal.accounts.choices import OrganisationKind, Role
from portal.insight import services, tasks
from portal.insight.choices import ReportState
from portal.insight.models import Report
from portal.insight.rules import may_see_reports
from portal.registry import navigation
from tests.factories import OrganisationFactory, PersonFactory, staff
from tests.insight.records import month_ago
from tests.insight.test_services import PDF, ask

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    """Take addresses in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def ministry():
    """The ministry."""
    return OrganisationFactory(kind=OrganisationKind.MINISTRY)


@pytest.fixture
def body(ministry):
    """One of its bodies, with a name that tries to be markup."""
    return OrganisationFactory(parent=ministry, name_en="<b>Roads</b> & \u202eparks")


@pytest.fixture
def manager(body, client):
    """Its manager, signed in."""
    person = staff(Role.MANAGER, body)
    client.force_login(person)
    return person


@pytest.fixture
def no_pdf(monkeypatch):
    """Make reports without the process that draws them."""
    monkeypatch.setattr(services.reports, "make_pdf", lambda html, language: PDF)


def url(name="reports", report=None):
    """Return an address of the app."""
    return reverse(f"insight:{name}", args=[report.code] if report else [])


def fields(organisation, **changes):
    """Return a form as it is sent."""
    return {"month": f"{month_ago(1):%Y-%m}", "body": organisation.code, "language": "ar", **changes}


def test_addresses():
    assert url() == "/en/reports/"


def test_visitors_are_asked_to_sign_in(client, body):
    report = ask(body)
    for address in (url(), url("report", report), url("progress", report), url("download", report)):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/en/account/")
        assert f"next={address}" in response["Location"]


@pytest.mark.parametrize("role", [None, Role.CONTACT, Role.AGENT, Role.MODERATOR, Role.EDITOR])
def test_others_are_refused(client, body, role):
    report = ask(body)
    client.force_login(staff(role, body) if role else PersonFactory())
    for address in (url(), url("report", report), url("progress", report), url("download", report)):
        assert client.get(address).status_code == 403
    assert client.post(url(), fields(body)).status_code == 403
    assert Report.objects.count() == 1


def test_a_manager_of_another_body_is_refused(client, ministry, body, no_pdf):
    report = ask(body)
    tasks.build_due_reports()
    client.force_login(staff(Role.MANAGER, OrganisationFactory(parent=ministry)))
    for name in ("report", "progress", "download"):
        assert client.get(url(name, report)).status_code == 403
    assert report.code not in client.get(url()).content.decode()


def test_a_manager_of_the_ministry_sees_all(client, ministry, body):
    reports = [ask(body), ask(None, staff(Role.MANAGER, ministry))]
    client.force_login(staff(Role.MANAGER, ministry))
    page = client.get(url()).content.decode()
    assert [report.code in page for report in reports] == [True, True]


def test_the_form_offers_24_months_the_own_bodies_and_three_languages(client, ministry, body, manager):
    OrganisationFactory(parent=ministry)
    form = client.get(url()).context["form"]
    months = [value for value, _ in form.fields["month"].choices]
    assert (len(months), months[0], months[-1]) == (24, f"{month_ago(0):%Y-%m}", f"{month_ago(23):%Y-%m}")
    assert [value for value, _ in form.fields["body"].choices] == [body.code]
    assert [value for value, _ in form.fields["language"].choices] == ["ar", "en", "zh-hans"]
    assert (form["month"].value(), form["language"].value()) == (f"{month_ago(1):%Y-%m}", "en")


def test_the_ministry_is_offered_all_bodies_together(client, ministry, body):
    client.force_login(staff(Role.MANAGER, ministry))
    choices = client.get(url()).context["form"].fields["body"].choices
    assert [value for value, _ in choices] == ["all", ministry.code, body.code]
    client.post(url(), fields(body, body="all"))
    assert Report.objects.get().organisation is None


def test_a_report_is_asked_for_followed_and_downloaded(client, body, manager, no_pdf):
    response = client.post(url(), fields(body))
    report = Report.objects.get()
    assert (response.status_code, response["Location"]) == (302, url("report", report))
    assert (report.month, report.organisation, report.language, report.requested_by) == (
        month_ago(1),
        body,
        "ar",
        manager,
    )
    waiting = client.get(url("progress", report)).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    assert "Download" not in waiting
    assert client.get(url("download", report)).status_code == 404
    assert client.get(url("progress", report) + "?seen=0").status_code == 204
    tasks.build_due_reports()
    done = client.get(url("progress", report)).content.decode()
    assert "hx-trigger" not in done
    assert url("download", report) in done
    file = client.get(url("download", report))
    assert b"".join(file.streaming_content) == PDF
    assert file["Content-Type"] == "application/pdf"
    assert f'filename="sawt-report-{month_ago(1):%Y-%m}-{body.code}-ar.pdf"' in file["Content-Disposition"]


def test_without_a_script_the_pages_offer_to_refresh(client, body, manager):
    report = ask(body, manager)
    for address in (url(), url("report", report)):
        assert "Refresh" in client.get(address).content.decode()


def test_a_failed_report_says_what_to_do(client, body, manager):
    report = ask(body, manager)
    Report.objects.update(state=ReportState.FAILED)
    page = client.get(url("report", report)).content.decode()
    assert "The report could not be made. Please ask for it again" in page
    assert client.get(url("download", report)).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"month": "2026-13"},
        {"month": "2199-01"},
        {"month": "1999-01"},
        {"month": ""},
        {"month": "x\0"},
        {"month": "9" * 10_000},
        {"language": "fr"},
        {"language": ""},
        {"body": "all"},
        {"body": "nobody"},
        {"body": ""},
    ],
)
def test_a_wrong_choice_is_a_form_error(client, body, manager, wrong):
    response = client.post(url(), fields(body, **wrong))
    assert response.status_code in (200, 400)
    assert Report.objects.count() == 0
    if response.status_code == 200:
        assert list(response.context["form"].errors) == list(wrong)


def test_a_body_of_others_is_no_choice(client, ministry, body, manager):
    other = OrganisationFactory(parent=ministry)
    assert client.post(url(), fields(other)).status_code == 200
    assert Report.objects.count() == 0


def test_a_doubled_submit_is_one_report(client, body, manager):
    assert client.post(url(), fields(body))["Location"] == client.post(url(), fields(body))["Location"]
    assert Report.objects.count() == 1


def test_the_token_is_asked_for(body):
    client = Client(enforce_csrf_checks=True)
    client.force_login(staff(Role.MANAGER, body))
    assert client.post(url(), fields(body)).status_code == 403
    assert Report.objects.count() == 0


def test_only_get_where_nothing_is_written(client, body, manager):
    report = ask(body, manager)
    for name in ("report", "progress", "download"):
        assert client.post(url(name, report)).status_code == 405
    assert client.put(url()).status_code == 405


def test_an_unknown_report_is_not_found(client, manager):
    for name in ("report", "progress", "download"):
        assert client.get(reverse(f"insight:{name}", args=["unknown"])).status_code == 404


def test_a_hostile_name_is_inert(client, body, manager):
    ask(body, manager)
    page = client.get(url()).content.decode()
    assert "<b>Roads</b>" not in page
    assert "&lt;b&gt;Roads&lt;/b&gt; &amp;" in page


def test_the_list_costs_the_same_with_more_reports(client, body, manager):
    costs = []
    for back in (1, 2, 3):
        ask(body, manager, month=month_ago(back))
        client.get(url())
        with CaptureQueriesContext(connection) as queries:
            client.get(url())
        costs.append(len(queries))
    assert costs == [costs[0]] * 3
    # Session, person, notices, the navigation's and the page's own question of what may be seen, and the list.
    assert costs[0] <= 12


def test_navigation_is_for_managers(ministry, body):
    entry = navigation["insight"]
    assert entry.visible_to is may_see_reports
    assert may_see_reports(staff(Role.MANAGER, body))
    assert may_see_reports(staff(Role.ADMINISTRATOR, ministry))
    assert not may_see_reports(staff(Role.EDITOR, body))
    assert not may_see_reports(PersonFactory())
    assert entry.url() == "/en/reports/"
