"""Nobody reaches another body's things through the admin: lookups, autocompletes, filters, actions, foreign keys."""

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import translation

from engagement.consultations.choices import Status
from engagement.consultations.models import Consultation
from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.models import Organisation, Person, Team
from portal.accounts.staff.bodies import BodyAdmin, BodyRules
from portal.pages.models import Page, Service, Topic
from tests.factories import (
    CommentFactory,
    ConsultationFactory,
    OrganisationFactory,
    PageFactory,
    PersonFactory,
    PollFactory,
    ThreadFactory,
    TopicFactory,
    staff,
)

pytestmark = pytest.mark.django_db
# Pages repeat what was searched for, so a part of the name is.
SECRET, TERM = "Zanzibar", "Zanzi"
ROLES = (Role.AGENT, Role.MODERATOR, Role.EDITOR, Role.MANAGER, Role.ADMINISTRATOR)


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.fixture
def body():
    return OrganisationFactory()


@pytest.fixture
def theirs():
    """Another body with one of each kind of thing, all named alike."""
    other = OrganisationFactory(name_en=f"{SECRET} works", code="zanzibar-works")
    consultation = ConsultationFactory(organisation=other, status=Status.DRAFT, title_en=f"{SECRET} plan")
    thread = ThreadFactory(organisation=other)
    return {
        Consultation: consultation,
        Page: PageFactory(owner=other, title_en=f"{SECRET} page", key="zanzibar-page"),
        Service: Service.objects.create(organisation=other, code="zanzibar", name_en=f"{SECRET} service"),
        Team: Team.objects.create(organisation=other, name_en=f"{SECRET} team"),
        Person: staff(Role.AGENT, other),
        type(PollFactory()): PollFactory(organisation=other, question_en=f"{SECRET} question"),
        type(CommentFactory()): CommentFactory(thread=thread, body=f"{SECRET} comment"),
        Organisation: other,
    }


def page_of(model, name, *args):
    """Return an address of the admin of a model."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


@pytest.mark.parametrize("role", ROLES)
def test_lists_forms_and_histories(client, body, theirs, role):
    client.force_login(staff(role, body))
    for model, thing in theirs.items():
        addresses = [page_of(model, "changelist"), f"{page_of(model, 'changelist')}?q={TERM}"]
        addresses += [page_of(model, name, thing.pk) for name in ("change", "history", "delete")]
        for address in addresses:
            response = client.get(address, follow=True)
            assert SECRET not in response.content.decode(), address


@pytest.mark.parametrize("role", ROLES)
def test_autocompletes_offer_only_ones_own(client, body, theirs, role):
    client.force_login(staff(role, body))
    asked = {"term": TERM, "app_label": "accounts", "model_name": "membership", "field_name": "organisation"}
    response = client.get(reverse("admin:autocomplete"), asked)
    assert (response.status_code, SECRET in response.content.decode()) in ((200, False), (403, False))
    for field, model in (("team", "membership"), ("person", "membership"), ("lead", "team"), ("owner", "page")):
        response = client.get(reverse("admin:autocomplete"), {**asked, "model_name": model, "field_name": field})
        assert SECRET not in response.content.decode()


def test_the_ministrys_administrators_find_all(client, theirs):
    ministry = OrganisationFactory(kind=OrganisationKind.MINISTRY)
    Organisation.objects.filter(code="zanzibar-works").update(parent=ministry)
    client.force_login(staff(Role.ADMINISTRATOR, ministry))
    asked = {"term": TERM, "app_label": "accounts", "model_name": "membership", "field_name": "organisation"}
    found = client.get(reverse("admin:autocomplete"), asked).json()["results"]
    assert [result["text"] for result in found] == [f"{SECRET} works"]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", ["delete_selected", "nonsense", "export"])
def test_posted_actions_change_nothing(client, body, theirs, role, action):
    client.force_login(staff(role, body))
    for model, thing in theirs.items():
        before = model.objects.count()
        data = {"action": action, "_selected_action": [thing.pk], "select_across": "1", "index": "0", "post": "yes"}
        response = client.post(page_of(model, "changelist"), data, follow=True)
        assert model.objects.count() == before
        assert f"{SECRET} plan" not in response.content.decode()


@pytest.mark.parametrize(
    ("model", "lookups"),
    [
        (Consultation, ("organisation__code__startswith", "response_en__contains", "thread__comments__body__contains")),
        (Page, ("owner__memberships__person__email__startswith", "body_en__contains", "owner__id__exact")),
        (Service, ("topic__services__organisation__code", "organisation__memberships__person__password__startswith")),
        (Team, ("lead__email__startswith", "organisation__code__startswith", "lead__password__startswith")),
    ],
)
def test_addresses_ask_nothing_but_the_filters(client, body, theirs, model, lookups):
    client.force_login(staff(Role.ADMINISTRATOR, body))
    for lookup in lookups:
        response = client.get(page_of(model, "changelist"), {lookup: "z"})
        assert response.status_code in (302, 400), lookup


def test_filters_of_a_list_name_no_other_body(client, body, theirs):
    for role in ROLES:
        client.force_login(staff(role, body))
        for model in theirs:
            assert "zanzibar" not in client.get(page_of(model, "changelist"), follow=True).content.decode().lower()


def test_foreign_keys_of_other_bodies_are_refused(client, body, theirs):
    administrator = staff(Role.ADMINISTRATOR, body)
    client.force_login(administrator)
    citizen = PersonFactory()
    names = {f"name_{code}": "Team" for code in ("ar", "en", "zh_hans")}
    for organisation, lead in ((theirs[Organisation].pk, ""), (body.pk, theirs[Person].pk), (body.pk, citizen.pk)):
        response = client.post(page_of(Team, "add"), {**names, "organisation": organisation, "lead": lead})
        assert response.status_code == 200 and Team.objects.count() == 1
    response = client.post(page_of(Team, "add"), {**names, "organisation": body.pk, "lead": administrator.pk})
    assert (response.status_code, Team.objects.get(organisation=body).lead) == (302, administrator)
    for model, field in ((Page, "owner"), (Service, "organisation")):
        page = client.get(page_of(model, "add")).content.decode()
        assert SECRET not in page and f'name="{field}"' in page


def test_topics_of_the_portal_are_written_by_the_ministry_alone(client, body):
    topic = TopicFactory()
    for role in ROLES:
        client.force_login(staff(role, body))
        assert client.post(page_of(Topic, "change", topic.pk), {"code": "taken"}).status_code in (302, 403)
    assert Topic.objects.get().code == topic.code


def test_every_page_of_the_admin_knows_bodies():
    """A model registered without these rules would be open to whoever Django's own permissions let in."""
    outside = [
        model._meta.label
        for model, model_admin in admin.site._registry.items()
        if not isinstance(model_admin, BodyAdmin)
        or not all(issubclass(inline, BodyRules) for inline in model_admin.inlines)
    ]
    assert outside == []


def test_nothing_is_deleted_from_lists(rf):
    for model_admin in admin.site._registry.values():
        request = rf.get("/")
        request.user = staff(Role.ADMINISTRATOR, OrganisationFactory())
        assert "delete_selected" not in model_admin.get_actions(request), model_admin
