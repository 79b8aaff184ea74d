"""The admin: every right comes from a role in a body, none from Django's permissions."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import RequestFactory
from django.urls import reverse
from django.utils.translation import override
from modeltranslation.admin import TranslationAdmin

from newsletter.choices import BlockKind
from newsletter.models import Block, Issue
from newsletter.services.issues import make_next
from portal.accounts.choices import OrganisationKind, Role, Verification
from portal.accounts.models import Contact, Membership, Organisation, Person, Team
from portal.audit.models import Entry
from portal.messaging.models import Message
from surveys.models import Survey
from tests.factories import ContactFactory, OrganisationFactory, PersonFactory, staff
from tests.surveys.factories import standard


@pytest.fixture
def ministry():
    """The ministry, whose roles hold in all its bodies."""
    return OrganisationFactory(kind=OrganisationKind.MINISTRY)


@pytest.fixture
def body(ministry):
    """A body of the ministry."""
    return OrganisationFactory(parent=ministry)


def listed(client, model):
    """Return the objects in the admin's list, None where it is refused."""
    page = client.get(reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist"))
    return set(page.context["cl"].result_list) if page.status_code == 200 else None


def saved(person, **fields):
    """The form of a person with one inline that adds nothing."""
    inline = {
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
        "memberships-MIN_NUM_FORMS": "0",
        "memberships-MAX_NUM_FORMS": "1000",
    }
    return {"verification": person.verification, "is_active": "on", **inline, **fields}


@pytest.mark.django_db
class TestWhoSeesWhat:
    @pytest.mark.parametrize("role", [Role.AGENT, Role.MODERATOR, Role.EDITOR, Role.MANAGER])
    def test_people_and_mail_are_for_administrators(self, client, ministry, role):
        client.force_login(staff(role, ministry))
        assert [listed(client, model) for model in (Person, Contact, Message)] == [None, None, None]

    def test_administrators_of_one_body_see_no_people(self, client, body):
        client.force_login(staff(Role.ADMINISTRATOR, body))
        assert listed(client, Person) is None

    def test_administrators_of_the_ministry_see_all(self, client, ministry):
        me = staff(Role.ADMINISTRATOR, ministry)
        guest = ContactFactory()
        client.force_login(me)
        assert listed(client, Person) == {me}
        assert listed(client, Contact) == {guest}

    def test_staff_see_their_bodies_alone(self, client, ministry, body):
        OrganisationFactory()
        client.force_login(staff(Role.EDITOR, body))
        assert listed(client, Organisation) == {body}
        client.force_login(staff(Role.EDITOR, ministry))
        assert listed(client, Organisation) == {ministry, body}

    def test_permissions_of_django_open_nothing(self, client, body):
        person = staff(Role.EDITOR, body)
        person.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
        client.force_login(person)
        assert listed(client, Person) is None

    def test_an_inactive_member_of_staff_is_out(self, client, ministry):
        person = staff(Role.ADMINISTRATOR, ministry)
        client.force_login(person)
        Person.objects.update(is_active=False)
        assert client.get(reverse("admin:index")).status_code == 302

    def test_groups_and_addresses_are_not_there(self):
        assert not admin.site.is_registered(Group)
        assert not [model for model in admin.site._registry if model._meta.app_label == "account"]

    def test_nothing_can_be_deleted(self, client, ministry, body):
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        assert client.post(reverse("admin:accounts_organisation_delete", args=[body.pk])).status_code == 403


@pytest.mark.django_db
class TestPeople:
    def test_no_hash_and_nothing_a_person_wrote_can_be_changed(self, client, ministry):
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        person = PersonFactory(display_name="Sara")
        url = reverse("admin:accounts_person_change", args=[person.pk])
        page = client.get(url)
        assert "md5$" not in page.content.decode()
        assert list(page.context["adminform"].form.fields) == ["verification", "is_active"]
        client.post(url, saved(person, display_name="Other", email="other@example.org"))
        person.refresh_from_db()
        assert person.display_name == "Sara"

    def test_standing_is_changed_and_written_down(self, client, ministry):
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        person = PersonFactory()
        url = reverse("admin:accounts_person_change", args=[person.pk])
        response = client.post(url, saved(person, verification=Verification.IDENTITY, is_active=""))
        assert response.status_code == 302
        person.refresh_from_db()
        assert (person.is_active, person.verification) == (False, Verification.IDENTITY)
        assert Entry.objects.get(action="person.standing_changed").data == {
            "before": {"is_active": True, "verification": "email"},
            "after": {"is_active": False, "verification": "identity"},
        }

    def test_roles_are_given_and_taken_through_the_services(self, client, ministry, body):
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        person = PersonFactory()
        url = reverse("admin:accounts_person_change", args=[person.pk])
        row = {"memberships-TOTAL_FORMS": "1", "memberships-0-organisation": body.pk, "memberships-0-role": "agent"}
        assert client.post(url, saved(person, **row)).status_code == 302
        membership = Membership.objects.get(person=person)
        person.refresh_from_db()
        assert person.is_staff is True
        row = {
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "1",
            "memberships-0-id": membership.pk,
            "memberships-0-person": person.pk,
            "memberships-0-DELETE": "on",
        }
        assert client.post(url, saved(person, **row)).status_code == 302
        person.refresh_from_db()
        assert person.is_staff is False
        actions = Entry.objects.filter(target_kind="accounts.membership").order_by("id")
        assert list(actions.values_list("action", flat=True)) == ["membership.granted", "membership.revoked"]

    def test_an_erased_person_can_only_be_seen(self, client, ministry):
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        person = PersonFactory(is_active=False, display_name="", erased_at="2026-01-01T00:00:00Z")
        page = client.get(reverse("admin:accounts_person_change", args=[person.pk]))
        assert page.status_code == 200
        assert page.context["has_change_permission"] is False


@pytest.mark.django_db
class TestBodies:
    def test_choices_are_limited_to_ones_own_bodies(self, client, ministry, body):
        foreign = OrganisationFactory()
        client.force_login(staff(Role.ADMINISTRATOR, body))
        field = client.get(reverse("admin:accounts_team_add")).context["adminform"].form.fields["organisation"]
        assert set(field.queryset) == {body}
        data = {"name_ar": "فريق", "organisation": foreign.pk}
        assert client.post(reverse("admin:accounts_team_add"), data).status_code == 200
        assert not Team.objects.exists()

    def test_autocomplete_is_limited_too(self, client, ministry, body):
        OrganisationFactory()
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        found = client.get(
            reverse("admin:autocomplete"),
            {"app_label": "accounts", "model_name": "membership", "field_name": "organisation", "term": ""},
        )
        assert {item["id"] for item in found.json()["results"]} == {str(ministry.pk), str(body.pk)}

    def test_a_foreign_body_cannot_be_opened(self, client, body):
        foreign = OrganisationFactory()
        client.force_login(staff(Role.ADMINISTRATOR, body))
        assert client.get(reverse("admin:accounts_organisation_change", args=[foreign.pk])).status_code == 302

    def test_administrators_of_a_body_change_its_words_alone(self, client, ministry, body):
        client.force_login(staff(Role.ADMINISTRATOR, body))
        url = reverse("admin:accounts_organisation_change", args=[body.pk])
        data = {"name_ar": "اسم", "name_en": "Name", "name_zh_hans": "名称"}
        client.post(url, data | {"code": "other", "kind": "ministry", "parent": ""})
        changed = Organisation.objects.get(pk=body.pk)
        assert (changed.code, changed.kind, changed.parent) == (body.code, OrganisationKind.BODY, ministry)
        assert changed.name_en == "Name"

    @pytest.mark.parametrize(
        ("kind", "parent", "problem"),
        [
            ("ministry", "", "There is a ministry already, and there can be only one."),
            ("body", "itself", "An organisation can be part of the ministry only."),
            ("body", "another", "An organisation can be part of the ministry only."),
        ],
    )
    def test_no_second_ministry_and_no_circle(self, client, ministry, body, kind, parent, problem):
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        parents = {"itself": body.pk, "another": OrganisationFactory(parent=ministry).pk, "": ""}
        url = f"/en/admin/accounts/organisation/{body.pk}/change/"
        names = dict.fromkeys(("name_ar", "name_en", "name_zh_hans"), "Name")
        page = client.post(url, {"code": "new-code", "kind": kind, "parent": parents[parent]} | names)
        assert (page.status_code, problem in page.content.decode()) == (200, True)
        assert Organisation.objects.get(pk=body.pk).kind == OrganisationKind.BODY
        assert client.post(url, {"code": "new-code", "kind": "body", "parent": ministry.pk} | names).status_code == 302

    def test_the_ministry_stays_the_ministry(self, client, ministry, body):
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        url = reverse("admin:accounts_organisation_change", args=[ministry.pk])
        names = dict.fromkeys(("name_ar", "name_en", "name_zh_hans"), "Name")
        for data in ({"kind": "body", "parent": ""}, {"kind": "ministry", "parent": body.pk}):
            assert client.post(url, {"code": "ministry"} | data | names).status_code == 200
        assert Organisation.objects.get(pk=ministry.pk).parent is None

    def test_only_the_ministry_adds_organisations(self, client, ministry, body):
        client.force_login(staff(Role.ADMINISTRATOR, body))
        assert client.get(reverse("admin:accounts_organisation_add")).status_code == 403
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        assert client.get(reverse("admin:accounts_organisation_add")).status_code == 200


@pytest.mark.django_db
class TestFilters:
    def test_every_filter_of_every_list_works(self, client, ministry):
        """The filters' own links lead somewhere, so that nothing they need is refused."""
        administrator = staff(Role.ADMINISTRATOR, ministry)
        client.force_login(administrator)
        followed = 0
        for model, options in admin.site._registry.items():
            url = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
            page = client.get(url)
            changes = page.context.get("cl") if page.status_code == 200 and page.context else None
            for spec in changes.filter_specs if changes else []:
                for choice in spec.choices(changes):
                    # A list that is refused leads elsewhere; to draw each that is not would take half a minute.
                    request = RequestFactory().get(url + choice["query_string"])
                    request.user = administrator
                    assert options.changelist_view(request).status_code == 200, choice
                    followed += 1
        assert followed > 20

    @pytest.mark.parametrize("query", ["kind__startswith=i", "kind__gt=a", "email__contains=a", "memberships__role=x"])
    def test_nothing_but_the_filters_can_be_asked(self, client, ministry, query):
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        url = reverse("admin:accounts_person_changelist")
        assert client.get(f"{url}?{query}").status_code == 400
        assert client.get(f"{url}?kind__exact=individual&q=a&o=1&p=1").status_code in (200, 302)


LANGUAGES = [("ar", "rtl"), ("en", "ltr"), ("zh-hans", "ltr")]


@pytest.mark.django_db
class TestLanguages:
    @pytest.mark.parametrize("language", ["ar", "en", "zh-hans"])
    def test_every_input_has_the_language_and_the_direction_of_what_is_typed(self, client, ministry, language):
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        wrong = []
        for model, options in admin.site._registry.items():
            if not isinstance(options, TranslationAdmin):
                continue
            with override(language):
                pages = [client.get(address) for address in self.addresses(model, ministry)]
            for page in pages:
                if page.status_code == 403:
                    # Grounds and indicators are given: staff word them, and add none.
                    continue
                forms = [page.context["adminform"].form]
                forms += [formset.formset.empty_form for formset in page.context["inline_admin_formsets"]]
                wrong += [(model, *each) for form in forms for each in self.wrong(form)]
        assert wrong == []

    def addresses(self, model, ministry):
        """Return where a model's forms are; an issue is made by the clock, and its parts have a form by kind."""
        name = f"admin:{model._meta.label_lower.replace('.', '_')}"
        if model._meta.app_label == "surveys":
            # A survey begins from a template, and its parts within it: texts are typed into what is there.
            _begun = Survey.objects.first() or standard(organisation=ministry)
            return [reverse(f"{name}_change", args=[model.objects.first().pk])]
        if model not in (Issue, Block):
            return [reverse(f"{name}_add")]
        issue = Issue.objects.first() or make_next()
        if model is Issue:
            return [reverse(f"{name}_change", args=[issue.pk])]
        return [f"{reverse(f'{name}_add')}?issue={issue.code}&kind={kind}" for kind in BlockKind]

    def wrong(self, form):
        """Yield the fields without the language and direction that their names say."""
        for name, field in form.fields.items():
            wanted = next((pair for pair in LANGUAGES if name.endswith(f"_{pair[0].replace('-', '_')}")), None)
            found = field.widget.attrs.get("lang"), field.widget.attrs.get("dir")
            if wanted and found != wanted:
                yield name, found

    @pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.EDITOR])
    def test_labels_name_the_language(self, client, ministry, role):
        client.force_login(staff(role, ministry))
        page = client.get(f"/en/admin/accounts/organisation/{ministry.pk}/change/").content.decode()
        for field, text in (("name", "Name"), ("about", "About")):
            group = re.search(
                rf'<fieldset class="languages field-{field}"><legend>{text}</legend>.*?</fieldset>', page, re.S
            )
            named = re.findall(r'class="language-name"><(?:b|label)[^>]*>([^<]+)<', group[0])
            assert named == ["Arabic", "English", "Chinese"]
        assert "[zh-hans]" not in page

    def test_attributes_reach_the_page(self, client, ministry):
        client.force_login(staff(Role.ADMINISTRATOR, ministry))
        page = client.get(f"/en/admin/accounts/organisation/{ministry.pk}/change/").content.decode()
        field = re.search(r'<input[^>]*name="name_ar"[^>]*>', page)[0]
        assert 'lang="ar"' in field and 'dir="rtl"' in field
