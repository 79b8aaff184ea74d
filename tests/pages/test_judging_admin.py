"""Remarks in the admin: read by the editors of the body, marked, and changed by nobody."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from portal.accounts.choices import Role
from portal.pages.choices import Scale
from portal.pages.models import Remark
from portal.pages.selectors.judging import first_new_remarks, new_remarks
from portal.pages.services import judging
from tests.factories import OrganisationFactory, PageFactory, PersonFactory, staff

pytestmark = pytest.mark.django_db
HOSTILE = "<img src=x onerror=alert(1)>"


def remark(page, source="one", text=HOSTILE):
    """Write a remark on a page."""
    return judging.remark(
        "page", page.key, scale=Scale.USEFUL, value=0, language="ar", source=source, reason="unclear", text=text
    )


def signed_in(role, body) -> Client:
    """Return the browser of somebody who holds a role."""
    client = Client()
    client.force_login(staff(role, body), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def address(name: str, *args) -> str:
    """Return an address of the admin in English."""
    with override("en"):
        return reverse(f"admin:pages_remark_{name}", args=args)


@pytest.fixture
def page():
    """A page of a body."""
    return PageFactory(key="rules", title_en="Rules")


def test_editors_of_the_body_read_them_escaped_with_their_language(page):
    found = remark(page)
    html = signed_in(Role.EDITOR, page.owner).get(address("changelist")).content.decode()
    assert "&lt;img src=x onerror=alert(1)&gt;" in html
    assert HOSTILE not in html
    assert '<div lang="ar" dir="auto" class="written">' in html
    assert "<bdi>Rules</bdi>" in html
    assert signed_in(Role.EDITOR, page.owner).get(address("change", found.pk)).status_code == 200


def test_nobody_else_does(page):
    found = remark(page)
    others = [(Role.EDITOR, OrganisationFactory()), (Role.AGENT, page.owner), (Role.MODERATOR, page.owner)]
    for role, body in others:
        client = signed_in(role, body)
        assert client.get(address("change", found.pk)).status_code in (302, 403), role
        assert "onerror" not in client.get(address("changelist")).content.decode()
    assert Client().get(address("changelist")).status_code == 302


def test_are_marked_one_by_one_and_together_and_their_words_stay(page):
    first, second = remark(page), remark(page, "two")
    client = signed_in(Role.EDITOR, page.owner)
    assert client.post(address("change", first.pk), {"state": "read", "text": "Other", "value": 1}).status_code == 302
    chosen = {"action": "mark_done", "_selected_action": [first.pk, second.pk]}
    assert client.post(address("changelist"), chosen).status_code == 302
    assert list(Remark.objects.order_by("pk").values_list("state", "text", "value")) == [("done", HOSTILE, 0)] * 2


def test_nobody_writes_or_deletes_them_there(page):
    found = remark(page)
    client = signed_in(Role.EDITOR, page.owner)
    assert client.get(address("add")).status_code == 403
    assert client.post(address("delete", found.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize(
    "query", ["state__exact=new", "reason__exact=unclear", "language__exact=ar", "kind=page", "q=rules"]
)
def test_are_found_by_page_language_reason_and_state(page, query):
    remark(page)
    response = signed_in(Role.EDITOR, page.owner).get(f"{address('changelist')}?{query}")
    assert response.context["cl"].result_count == 1


def test_another_kind_of_page_has_none(page):
    remark(page)
    response = signed_in(Role.EDITOR, page.owner).get(f"{address('changelist')}?kind=service")
    assert response.context["cl"].result_count == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(page, rows, django_assert_num_queries):
    for number in range(rows):
        remark(PageFactory(key=f"page-{number}", owner=page.owner))
    client = signed_in(Role.EDITOR, page.owner)
    client.get(address("changelist"))
    with django_assert_num_queries(18):
        client.get(address("changelist"))


@pytest.mark.usefixtures("english")
def test_new_ones_wait_for_their_editors(page):
    found = remark(page)
    editor = staff(Role.EDITOR, page.owner)
    assert (new_remarks(editor), new_remarks(staff(Role.EDITOR, OrganisationFactory()))) == (1, 0)
    assert new_remarks(PersonFactory()) is None
    (item,) = first_new_remarks(editor, 5)
    assert item.title == "Rules"
    judging.set_remark_state(found, "read", by=editor)
    assert (new_remarks(editor), first_new_remarks(editor, 5)) == (0, [])
