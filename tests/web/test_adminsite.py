"""The staff area's doors."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from engagement.consultations.models import Consultation
from moderation.models import Case
from portal import registry
from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.models import Team
from portal.audit import services as audit
from portal.audit.models import Entry
from portal.calendars.models import Deadline
from portal.messaging.models import Message
from portal.registry import InboxEntry
from portal.text import new_code
from tests.factories import (
    ConsultationFactory,
    DeadlineFactory,
    OrganisationFactory,
    PageFactory,
    PersonFactory,
    days,
    staff,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    """Addresses and words in English."""
    with translation.override("en"):
        yield


def test_strangers_are_sent_to_sign_in_and_back(client):
    response = client.get("/en/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/en/account/login/?next=%2Fen%2Fadmin%2F"


@pytest.mark.parametrize("after", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_way_back_stays_here(client, after):
    response = client.get("/en/admin/login/", {"next": after})
    assert response["Location"] == "/en/account/login/?next=%2Fen%2Fadmin%2F"


@pytest.mark.parametrize("flags", [{"is_staff": False}, {"is_staff": True, "is_active": False}])
def test_who_is_no_active_staff_stays_outside(client, flags):
    client.force_login(PersonFactory(**flags))
    assert client.get("/en/admin/").status_code == 302


@pytest.mark.parametrize("path", ["", "login/", "accounts/person/", "moderation/case/queue/"])
def test_citizens_are_told_whom_it_is_for(client, path):
    client.force_login(PersonFactory())
    response = client.get(f"/en/admin/{path}", follow=True)
    page = response.content.decode()
    assert (response.status_code, "The staff area is for people who work for a body." in page) == (403, True)
    assert 'class="site-header"' in page
    assert "/account/login/" not in page


def test_who_may_no_longer_sign_in_is_a_visitor(client):
    client.force_login(PersonFactory(is_staff=True, is_active=False))
    response = client.get("/en/admin/", follow=True)
    assert response.redirect_chain[-1][0] == "/en/account/login/?next=%2Fen%2Fadmin%2F"


class TestTrail:
    """The audit trail."""

    LIST = "/en/admin/audit/entry/"

    @pytest.fixture
    def ministry(self):
        return OrganisationFactory(kind=OrganisationKind.MINISTRY)

    def test_names_stand_beside_ids(self, client, ministry):
        hostile = PersonFactory(display_name="<script>alert(1)</script>")
        erased = PersonFactory(display_name="Gone", erased_at=timezone.now())
        for person in (hostile, erased, None):
            audit.record("organisation.changed", ministry, by=person)
        audit.record("team.changed", Team(organisation=ministry, pk=1), by=hostile)
        Entry.objects.create(action="a.b", target_kind="k", target_key="1", actor_id=10**9, organisation_id=10**9)
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        page = client.get(self.LIST).content.decode()
        assert f"{hostile.pk} <bdi>&lt;script&gt;alert(1)&lt;/script&gt;</bdi>" in page
        assert f"{erased.pk} <bdi>A former participant</bdi>" in page
        assert "1000000000 <bdi></bdi>" in page
        assert f'<td class="field-body">{ministry.name_en}</td>' in page
        assert "<script>alert(1)" not in page

    def test_the_same_queries_for_one_entry_and_for_forty(self, client, ministry):
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        counted = []
        for count in (1, 39):
            for _ in range(count):
                audit.record("organisation.changed", OrganisationFactory(), by=PersonFactory())
                audit.record("team.changed", Team(organisation=OrganisationFactory(), pk=1), by=PersonFactory())
            with CaptureQueriesContext(connection) as captured:
                client.get(self.LIST)
            counted.append(len(captured))
        assert counted[0] == counted[1]

    def test_administrators_of_a_body_read_its_entries_alone(self, client, ministry):
        body = OrganisationFactory()
        audit.record("organisation.changed", ministry, by=None)
        own = audit.record("team.changed", Team(organisation=body, pk=1), by=None)
        client.force_login(staff(Role.ADMINISTRATOR, body))
        assert list(client.get(self.LIST).context["cl"].result_list) == [own]


def test_roles_are_asked_once_for_a_page(client):
    client.force_login(staff(Role.ADMINISTRATOR, OrganisationFactory(kind=OrganisationKind.MINISTRY)))
    # The start page names them besides.
    times = {"/en/admin/": 2, "/en/admin/consultations/consultation/add/": 1, "/en/admin/accounts/person/": 1}
    for address, expected in times.items():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        asked = [query for query in captured if 'FROM "accounts_membership"' in query["sql"]]
        assert len(asked) == expected


def test_the_start_page_shows_what_waits(client, monkeypatch):
    fresh = registry.Registry("inbox")
    fresh.register("a", InboxEntry("Cases to decide", lambda: "/a/", lambda user: 1200))
    fresh.register("b", InboxEntry("Not yours", lambda: "/b/", lambda user: None))
    monkeypatch.setattr(registry, "inbox", fresh)
    client.force_login(PersonFactory(is_staff=True))
    page = client.get("/en/admin/").content.decode()
    assert "Cases to decide" in page and "1,200" in page
    assert "Not yours" not in page
    assert "css/admin.css" in page


def test_each_role_finds_its_own_work(client):
    body, other = OrganisationFactory(), OrganisationFactory()
    for organisation in (body, other):
        ConsultationFactory(organisation=organisation, status="draft", title_en=f"Draft of {organisation.code}")
        late = ConsultationFactory(organisation=organisation, title_en=f"Waits at {organisation.code}")
        Consultation.objects.filter(pk=late.pk).update(closes_at=timezone.now() - days(1))
        long_ago = {"started_at": timezone.now() - days(9), "due_at": timezone.now() - days(1)}
        Deadline.objects.filter(consultation=late).update(**long_ago)
        PageFactory(owner=organisation, title_en=f"Page of {organisation.code}", review_on=timezone.localdate())
    shown = {}
    for role in (Role.AGENT, Role.MODERATOR, Role.EDITOR, Role.MANAGER, Role.ADMINISTRATOR):
        client.force_login(staff(role, body))
        response = client.get("/en/admin/")
        assert other.code not in response.content.decode()
        work = {str(kind.label): [item.title for item in kind.items] for kind in response.context["work"]}
        shown[role] = (work, [str(shortcut["label"]) for shortcut in response.context["shortcuts"]])
    of_editors = {
        "Consultations that wait for a response": [f"Waits at {body.code}"],
        "Pages to review": [f"Page of {body.code}"],
        "Drafts": [f"Draft of {body.code}"],
    }
    assert shown == {
        Role.AGENT: ({}, []),
        Role.MODERATOR: ({}, ["Decided cases"]),
        Role.EDITOR: (of_editors, ["New consultation"]),
        Role.MANAGER: ({}, ["Monthly reports"]),
        Role.ADMINISTRATOR: (of_editors, ["New consultation", "Decided cases", "Monthly reports", "Audit trail"]),
    }


def test_what_is_overdue_comes_first_and_says_so(client):
    body = OrganisationFactory()
    PageFactory(owner=body, title_en="Soon", review_on=timezone.localdate())
    PageFactory(owner=body, title_en="Late", review_on=timezone.localdate() - days(3))
    PageFactory(owner=body, title_en="Later", review_on=timezone.localdate() + days(1))
    client.force_login(staff(Role.EDITOR, body))
    response = client.get("/en/admin/")
    assert [item.title for item in response.context["work"][0].items] == ["Late", "Soon"]
    assert "Overdue" in response.content.decode()


def test_only_the_first_are_shown(client):
    body = OrganisationFactory()
    PageFactory.create_batch(7, owner=body, review_on=timezone.localdate())
    client.force_login(staff(Role.EDITOR, body))
    response = client.get("/en/admin/")
    kind = response.context["work"][0]
    assert (kind.count, len(kind.items), kind.more, "2 more" in response.content.decode()) == (7, 5, 2, True)


def test_messages_given_up_wait_for_administrators_of_the_ministry(client):
    for state in ("failed", "queued"):
        Message.objects.create(address="a@example.org", subject="s", text="t", language="en", state=state)
    for kind, expected in ((OrganisationKind.BODY, []), (OrganisationKind.MINISTRY, [1])):
        client.force_login(staff(Role.ADMINISTRATOR, OrganisationFactory(kind=kind)))
        work = client.get("/en/admin/").context["work"]
        assert [entry.count for entry in work if "could not be sent" in str(entry.label)] == expected


def test_an_empty_desk_says_what_will_come(client):
    client.force_login(staff(Role.AGENT, OrganisationFactory()))
    assert "Nothing waits for you" in client.get("/en/admin/").content.decode()


def test_the_start_page_asks_the_same_for_one_and_for_three(client):
    body = OrganisationFactory()
    client.force_login(staff(Role.ADMINISTRATOR, body))
    counted = []
    for more in (1, 2):
        for _ in range(more):
            ConsultationFactory(organisation=body, status="draft")
            late = ConsultationFactory(organisation=body, summary_en="")
            Consultation.objects.filter(pk=late.pk).update(closes_at=timezone.now() - days(1))
            PageFactory(owner=body, title_en="", review_on=timezone.localdate())
            Case.objects.create(
                kind="comment", key=new_code(), organisation=body, text="t", language="en", deadline=DeadlineFactory()
            )
        with CaptureQueriesContext(connection) as captured:
            response = client.get("/en/admin/")
        assert len(response.context["work"]) >= 4
        counted.append(len(captured))
    assert counted[0] == counted[1]


def test_signing_out_and_passwords_are_the_portals_own(client):
    client.force_login(PersonFactory(is_staff=True))
    assert client.post(reverse("admin:logout"))["Location"] == reverse("account_logout")
    assert client.get(reverse("admin:password_change"))["Location"] == reverse("account_change_password")
