"""Managers' notes: who writes them, what is kept, and which report carries them."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from portal.accounts.choices import OrganisationKind, Role
from portal.audit.models import Entry
from portal.insight import services, tasks
from portal.insight.models import Report, ReportNote
from portal.insight.selectors.notes import notes_in_force
from portal.insight.services import FutureMonth, NoteChanged, NoteTooLong, save_note
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
    return OrganisationFactory(code="ministry", kind=OrganisationKind.MINISTRY)


@pytest.fixture
def body(ministry):
    """One of its bodies."""
    return OrganisationFactory(parent=ministry, code="roads")


@pytest.fixture
def manager(body, client):
    """Its manager, signed in."""
    person = staff(Role.MANAGER, body)
    client.force_login(person)
    return person


def write(text, body, by, based_on=0, month=None, language="ar"):
    """Write a note on last month."""
    return save_note(
        month=month or month_ago(1), organisation=body, text=text, language=language, based_on=based_on, by=by
    )


def url(body="roads", month=None):
    """Return the address of a note."""
    return reverse("insight:note", args=[f"{month or month_ago(1):%Y-%m}", body])


def in_force(body):
    """Return the texts a report of last month carries."""
    return [note.text for note in notes_in_force(month_ago(1), body)]


def test_each_change_is_a_row_and_the_newest_is_in_force(body, manager):
    write("One", body, manager)
    write("Two", body, manager, based_on=1)
    assert list(ReportNote.objects.order_by("number").values_list("number", "text", "author")) == [
        (1, "One", manager.pk),
        (2, "Two", manager.pk),
    ]
    assert in_force(body) == ["Two"]
    assert [entry.data["number"] for entry in Entry.objects.filter(action="report_note.saved").order_by("pk")] == [1, 2]


def test_the_same_again_changes_nothing(body, manager):
    first = write("One", body, manager)
    assert write(" One\n", body, manager) == first
    assert ReportNote.objects.count() == Entry.objects.filter(action="report_note.saved").count() == 1


def test_an_empty_note_takes_it_out_and_keeps_what_it_said(body, manager):
    assert write("  ", body, manager) is None
    write("One", body, manager)
    write("", body, manager, based_on=1)
    assert (in_force(body), ReportNote.objects.count()) == ([], 2)


def test_whoever_did_not_see_the_newest_does_not_write_over_it(body, manager):
    write("Mine", body, manager)
    with pytest.raises(NoteChanged) as told:
        write("Late", body, staff(Role.MANAGER, body))
    assert told.value.newest.text == "Mine"
    assert in_force(body) == ["Mine"]


def test_two_at_once_are_kept_apart_by_the_database(body, manager):
    write("One", body, manager)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReportNote.objects.create(
            month=month_ago(1), organisation=body, number=1, language="en", text="Two", author=manager
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        for _ in range(2):
            ReportNote.objects.create(month=month_ago(1), number=1, language="en", text="All", author=manager)


def test_who_may_write(ministry, body):
    manager = staff(Role.MANAGER, body)
    for organisation, person in (
        (None, manager),
        (ministry, manager),
        (body, staff(Role.EDITOR, body)),
        (body, PersonFactory()),
    ):
        with pytest.raises(PermissionDenied):
            write("x", organisation, person)
    write("All", None, staff(Role.MANAGER, ministry))
    assert ReportNote.objects.count() == 1


def test_neither_a_month_to_come_nor_a_book(body, manager):
    with pytest.raises(FutureMonth):
        write("x", body, manager, month=month_ago(0).replace(year=month_ago(0).year + 1))
    write("x" * 4000, body, manager)
    with pytest.raises(NoteTooLong):
        write("x" * 4001, body, manager, based_on=1)


def test_the_report_on_all_bodies_carries_theirs_too(ministry, body):
    boss = staff(Role.MANAGER, ministry)
    other = OrganisationFactory(parent=ministry)
    write("Other", other, boss), write("Roads", body, boss), write("All", None, boss)
    assert in_force(None) == ["All", "Roads", "Other"]
    assert in_force(body) == ["Roads"]


def test_a_final_report_is_made_anew_after_a_note(body, manager, monkeypatch):
    monkeypatch.setattr(services.reports, "make_pdf", lambda html, language: PDF)
    first = ask(body, manager)
    tasks.build_due_reports()
    assert ask(body, manager) == first
    write("One", OrganisationFactory(parent=body.parent), staff(Role.MANAGER, body.parent))
    assert ask(body, manager) == first
    write("One", body, manager)
    second = ask(body, manager)
    tasks.build_due_reports()
    assert second != first and ask(body, manager) == second
    assert Report.objects.get(pk=first.pk).file_id is not None


# The page


def test_a_note_is_written_on_its_page(client, body, manager):
    response = client.post(url(), {"language": "ar", "text": "إجازة", "based_on": "0"})
    assert (response.status_code, response["Location"]) == (302, url())
    words = client.get(url()).content.decode()
    assert '<div class="quote" lang="ar" dir="auto"><p>إجازة</p></div>' in words
    assert 'name="based_on" value="1"' in words


def test_a_conflict_gives_back_what_was_typed_beside_the_newest(client, body, manager):
    write("Theirs", body, staff(Role.MANAGER, body))
    words = client.post(url(), {"language": "en", "text": "Mine", "based_on": "0"}).content.decode()
    assert "Somebody else has changed the note meanwhile" in words
    assert "Mine" in words and "Theirs" in words
    assert 'name="based_on" value="1"' in words
    client.post(url(), {"language": "en", "text": "Mine", "based_on": "1"})
    assert in_force(body) == ["Mine"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "x" * 4001},
        {"language": "fr"},
        {"based_on": "-1"},
        {"based_on": "x"},
        {"based_on": ""},
        {"text": "x\0"},
    ],
)
def test_a_wrong_form_is_an_error_and_no_note(client, body, manager, wrong):
    response = client.post(url(), {"language": "en", "text": "Mine", "based_on": "0", **wrong})
    assert response.status_code in (200, 400)
    assert ReportNote.objects.count() == 0


@pytest.mark.parametrize(
    ("month", "code", "status"),
    [
        ("2026-13", "roads", 404),
        ("2199-01", "roads", 404),
        ("x", "roads", 404),
        ("2026-01", "nobody", 404),
        ("2026-01", "all", 403),
        ("2026-01", "ministry", 403),
        ("2026-01", "roads", 200),
    ],
)
def test_addresses_are_checked(client, body, manager, month, code, status):
    assert client.get(f"/en/reports/notes/{month}/{code}/").status_code == status


def test_others_are_refused(client, body):
    assert client.get(url()).status_code == 302
    for role in (Role.EDITOR, Role.AGENT, Role.MODERATOR):
        client.force_login(staff(role, body))
        assert client.get(url()).status_code == 403
        assert client.post(url(), {"language": "en", "text": "x", "based_on": "0"}).status_code == 403
    assert ReportNote.objects.count() == 0


def test_a_hostile_note_is_inert(client, body, manager):
    write("<script>alert(1)</script>\u202e", body, manager)
    words = client.get(url()).content.decode()
    assert "<script>alert" not in words and "&lt;script&gt;alert" in words


def test_the_managers_page_leads_to_the_note(client, body, manager):
    chosen = {"month": f"{month_ago(2):%Y-%m}", "body": "roads", "language": "ar", "note": "1"}
    response = client.post(reverse("insight:reports"), chosen)
    assert response["Location"] == url(month=month_ago(2))
    assert Report.objects.count() == 0
    report = ask(body, manager)
    assert url() in client.get(reverse("insight:report", args=[report.code])).content.decode()


def test_the_page_costs_the_same_with_more_versions(client, body, manager):
    costs = []
    for number in range(3):
        write(f"Version {number}", body, staff(Role.MANAGER, body), based_on=number)
        client.get(url())
        with CaptureQueriesContext(connection) as queries:
            client.get(url())
        costs.append(len(queries))
    assert costs == [costs[0]] * 3
