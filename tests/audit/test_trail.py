"""The trail: what it stores, who reads it, and that nobody edits it."""

import pytest
from django.db import DatabaseError, transaction

from portal.accounts.choices import OrganisationKind, Role
from portal.audit.models import Entry
from portal.audit.services import record
from tests.factories import CommentFactory, OrganisationFactory, PersonFactory, PollFactory, staff

pytestmark = pytest.mark.django_db


def test_an_entry_names_the_thing_by_its_public_code_and_its_body():
    poll, person = PollFactory(), PersonFactory()
    entry = record("poll.voted", poll, by=person, data={"n": 1})
    stored = Entry.objects.get()
    assert stored == entry
    assert (stored.target_kind, stored.target_key) == ("polls.poll", poll.code)
    assert (stored.actor_id, stored.organisation_id, stored.data) == (person.pk, poll.organisation_id, {"n": 1})


def test_the_portal_itself_acts_as_nobody():
    assert record("poll.closed", PollFactory(), by=None).actor_id is None


def test_entries_about_one_thing_newest_first():
    one, other = CommentFactory(), CommentFactory()
    for action, target in [("first", one), ("other", other), ("second", one)]:
        record(action, target, by=None)
    assert [entry.action for entry in Entry.objects.about(one)] == ["second", "first"]


def test_nobody_changes_or_deletes_an_entry():
    entry = record("poll.voted", PollFactory(), by=None)
    entry.action = "something else"
    with pytest.raises(TypeError):
        entry.save()
    for act in (lambda: Entry.objects.update(action="x"), Entry.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert Entry.objects.get().action == "poll.voted"


def test_an_act_that_fails_leaves_no_trace():
    poll = PollFactory()
    with pytest.raises(RuntimeError), transaction.atomic():
        record("poll.voted", poll, by=None)
        raise RuntimeError
    assert Entry.objects.count() == 0


@pytest.mark.parametrize(
    ("role", "seen"), [(Role.ADMINISTRATOR, 200), (Role.MODERATOR, 403), (Role.EDITOR, 403), (Role.MANAGER, 403)]
)
def test_administrators_read_it_in_the_admin(client, role, seen):
    record("poll.voted", PollFactory(), by=None)
    client.force_login(staff(role, OrganisationFactory(kind=OrganisationKind.MINISTRY)))
    assert client.get("/en/admin/audit/entry/").status_code == seen
    assert client.get("/en/admin/audit/entry/add/").status_code == 403


def test_an_administrator_of_one_body_sees_its_entries_alone(client):
    mine, other = PollFactory(), PollFactory()
    for poll in (mine, other):
        record("poll.voted", poll, by=None)
    client.force_login(staff(Role.ADMINISTRATOR, mine.organisation))
    page = client.get("/en/admin/audit/entry/").content.decode()
    assert mine.code in page
    assert other.code not in page
