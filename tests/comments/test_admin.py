"""Comments in the staff area: read by those who work for the body of the thread, changed by nobody."""

import pytest

from portal.accounts.choices import STAFF_ROLES, Role
from tests.factories import CommentFactory, OrganisationFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db
LIST = "/en/admin/comments/comment/"


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_every_role_of_the_body_reads_them(client, role):
    comment = CommentFactory()
    CommentFactory()
    client.force_login(staff(role, comment.thread.organisation))
    assert list(client.get(LIST).context["cl"].result_list) == [comment]
    page = client.get(f"{LIST}{comment.pk}/change/")
    assert (page.status_code, page.context["has_change_permission"]) == (200, False)
    assert client.post(f"{LIST}{comment.pk}/change/", {"body": "Other words."}).status_code == 403


def test_who_only_speaks_for_an_organisation_does_not(client):
    comment = CommentFactory()
    client.force_login(staff(Role.CONTACT, comment.thread.organisation))
    assert client.get(LIST).status_code == 403
    client.force_login(staff(Role.AGENT, OrganisationFactory()))
    assert list(client.get(LIST).context["cl"].result_list) == []
    client.force_login(PersonFactory())
    assert client.get(LIST).status_code in (302, 403)
