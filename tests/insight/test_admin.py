"""Indicators in the admin: the ministry's managers edit, others read, nobody touches a snapshot."""

import pytest
from django.urls import reverse
from django.utils import translation

from portal.accounts.choices import OrganisationKind, Role
from portal.insight.models import KpiDefinition, Snapshot
from portal.insight.services import load_definitions
from tests.factories import OrganisationFactory, staff
from tests.insight.records import month_ago

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_english():
    """Take addresses in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def ministry():
    """The ministry, with its indicators."""
    made = OrganisationFactory(code="ministry", kind=OrganisationKind.MINISTRY)
    load_definitions()
    return made


def page(definition):
    """Return the address of a definition's form."""
    return reverse("admin:insight_kpidefinition_change", args=[definition.pk])


def test_a_manager_of_the_ministry_sets_target_owner_and_review(client, ministry):
    client.force_login(staff(Role.MANAGER, ministry))
    definition = KpiDefinition.objects.get(code="response_share")
    form = client.get(page(definition)).context["adminform"].form
    data = {name: form[name].value() or "" for name in form.fields}
    owner = OrganisationFactory(parent=ministry)
    response = client.post(page(definition), {**data, "target": "90", "owner": owner.pk, "review_on": "2030-01-31"})
    assert response.status_code == 302
    definition.refresh_from_db()
    assert (definition.target, definition.owner, str(definition.review_on)) == (90, owner, "2030-01-31")


@pytest.mark.parametrize("name", ["code", "unit", "direction", "source"])
def test_what_belongs_to_the_program_is_read_only(client, ministry, name):
    client.force_login(staff(Role.MANAGER, ministry))
    form = client.get(page(KpiDefinition.objects.first())).context["adminform"].form
    assert name not in form.fields


def test_managers_of_a_body_do_not_edit(client, ministry):
    definition = KpiDefinition.objects.first()
    client.force_login(staff(Role.MANAGER, OrganisationFactory(parent=ministry)))
    assert client.get(page(definition)).status_code == 403
    assert client.post(page(definition), {"target": "1"}).status_code == 403
    assert client.get(reverse("admin:insight_kpidefinition_add")).status_code == 403


def test_snapshots_are_read_only(client, ministry):
    snapshot = Snapshot.objects.create(month=month_ago(1), code="comments", value=3)
    client.force_login(staff(Role.MANAGER, ministry))
    change = reverse("admin:insight_snapshot_change", args=[snapshot.pk])
    assert client.get(reverse("admin:insight_snapshot_changelist")).status_code == 200
    assert client.get(change).status_code == 200
    assert client.post(change, {"value": "9"}).status_code == 403
    assert client.get(reverse("admin:insight_snapshot_add")).status_code == 403
    assert client.post(reverse("admin:insight_snapshot_delete", args=[snapshot.pk])).status_code == 403
    snapshot.refresh_from_db()
    assert snapshot.value == 3
