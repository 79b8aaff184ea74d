"""Pages in the admin: by the editors of their body, through the service."""

import pytest
from django.urls import reverse
from django.utils.translation import override

from portal.accounts.choices import Role
from portal.pages.models import Page, Service, Topic
from portal.pages.services import save_page
from tests.factories import OrganisationFactory, PageFactory, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def page():
    """A page with one version."""
    return save_page(PageFactory.build(owner=OrganisationFactory(), key="rules"), by=None)


@pytest.fixture
def editor(client, page):
    """An editor of the page's body, signed in."""
    person = staff(Role.EDITOR, page.owner)
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return person


def address(name: str, *args) -> str:
    """Return an address of the admin in English."""
    with override("en"):
        return reverse(f"admin:pages_{name}", args=args)


def answers(page, **changes) -> dict:
    """Return the form as a browser sends it, with these changes."""
    fields = [f"{name}_{code}" for name in ("title", "summary", "body", "approver", "change_note") for code in CODES]
    filled = {name: getattr(page, name) or "" for name in fields}
    inline = {f"versions-{name}": "0" for name in ("TOTAL_FORMS", "INITIAL_FORMS")}
    rest = {"version": page.version, "review_on": "", "owner": page.owner_id, "position": page.position}
    return {**filled, **rest, **inline, **changes}


CODES = ("ar", "en", "zh_hans")


def test_an_editor_saves_a_new_version_through_the_service(client, page, editor):
    changed = answers(page, body_en="New words", version="1.1", change_note_en="New words")
    response = client.post(address("page_change", page.pk), changed)
    assert response.status_code == 302, response.context["adminform"].form.errors
    kept = page.versions.first()
    assert (kept.version, kept.saved_by_id, kept.texts["body"]["en"]) == ("1.1", editor.pk, "New words")


def test_a_changed_text_under_the_old_number_is_given_back(client, page, editor):
    response = client.post(address("page_change", page.pk), answers(page, body_en="New words"))
    assert list(response.context["adminform"].form.errors) == ["version"]
    assert "New words" in response.content.decode()
    assert page.versions.count() == 1


def test_a_link_to_no_page_is_refused(client, page, editor):
    changed = answers(page, body_zh_hans="[文字](page:nowhere)", version="1.1")
    response = client.post(address("page_change", page.pk), changed)
    assert list(response.context["adminform"].form.errors) == ["body_zh_hans"]


def test_an_editor_of_another_body_does_not_even_see_it(client, page):
    other = staff(Role.EDITOR, OrganisationFactory())
    client.force_login(other, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(address("page_change", page.pk)).status_code == 302
    assert client.post(address("page_change", page.pk), answers(page, title_en="Mine now")).status_code in (302, 403)
    assert Page.objects.get(pk=page.pk).title_en == "Policy"


def test_an_agent_reads_and_does_not_write(client, page):
    agent = staff(Role.AGENT, page.owner)
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(address("page_change", page.pk)).status_code == 200
    assert client.post(address("page_change", page.pk), answers(page, title_en="Mine now")).status_code == 403


def test_services_are_saved_with_a_trace(client, page, editor):
    data = {"code": "permits", "organisation": page.owner_id, "topic": ""}
    data |= {f"name_{code}": "Permits" for code in CODES} | {f"summary_{code}": "" for code in CODES}
    assert client.post(address("service_add"), data).status_code == 302
    assert Service.objects.get().organisation == page.owner


def test_topics_belong_to_the_ministrys_editors(client, page, editor):
    assert client.get(address("topic_add")).status_code == 403
    ministry = OrganisationFactory(kind="ministry")
    client.force_login(staff(Role.EDITOR, ministry), backend="allauth.account.auth_backends.AuthenticationBackend")
    data = {"code": "water"} | {f"{name}_{code}": "Water" for name in ("name", "description") for code in CODES}
    assert client.post(address("topic_add"), data).status_code == 302
    assert Topic.objects.get().code == "water"
