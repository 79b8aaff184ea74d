"""The admin of people and organisations. What it is built on, as all apps' admins are, stands in ``staff``."""

from typing import Any

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, ModelForm
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from portal.accounts import services
from portal.accounts.choices import STAFF_ROLES, Role
from portal.accounts.forms import OrganisationForm
from portal.accounts.models import Contact, Membership, Organisation, Person, Team
from portal.accounts.rules import administers_ministry, bodies_for
from portal.accounts.services import factors
from portal.accounts.staff.bodies import BodyAdmin, BodyInline, ReadOnlyAdmin
from portal.accounts.views.lost_factor import remove_lost

# Groups cannot say “agent of this body”; addresses and factors are changed by their owner alone.
admin.site.unregister([Group, EmailAddress, Authenticator])


class MembershipInline(BodyInline, admin.TabularInline):
    """Roles are given and taken away, never turned into others, so that the trail can be read."""

    model = Membership
    organisation_lookup = None
    change_roles = (Role.ADMINISTRATOR,)
    extra = 0
    autocomplete_fields = ["organisation"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody: take the role away and give another."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Administrators take roles away."""
        return self.allows(request, self.change_roles, obj)


@admin.register(Person)
class PersonAdmin(BodyAdmin):
    """People write their own names and addresses; administrators see them and decide who may sign in."""

    organisation_lookup = None
    change_roles = (Role.ADMINISTRATOR,)
    list_display = ["display_name", "email", "kind", "language", "is_active", "is_staff"]
    list_filter = ["kind", "language", "verification", "is_active", "is_staff"]
    search_fields = ["display_name", "full_name", "email"]
    ordering = ["-id"]
    fields = [
        *("code", "display_name", "full_name", "email", "language", "kind"),
        *("verification", "is_active", "is_staff", "second_factor", "date_joined", "last_login", "erased_at"),
    ]
    inlines = [MembershipInline]

    def get_readonly_fields(self, request: HttpRequest, obj: Person | None = None) -> list[str]:
        """Open only what an administrator decides."""
        return [name for name in self.fields if name not in ("verification", "is_active")]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody: people sign up themselves."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Person | None = None) -> bool:
        """Administrators, as long as the person has not been erased."""
        erased = obj is not None and obj.erased_at is not None
        return not erased and super().has_change_permission(request, obj)

    @admin.display(description=_("second factor"))
    def second_factor(self, obj: Person) -> str:
        """Tell whether there is one; a lost one is removed on a page of its own."""
        if not factors.has_factor(obj):
            return gettext("None")
        link = reverse("admin:accounts_person_lost_factor", args=[obj.pk])
        return format_html('{} · <a href="{}">{}</a>', gettext("Set up"), link, gettext("Remove a lost second factor"))

    def get_urls(self) -> list[URLPattern]:
        """Add that page."""
        view = self.admin_site.admin_view(self.lost_factor)
        return [path("<int:pk>/lost-factor/", view, name="accounts_person_lost_factor"), *super().get_urls()]

    def lost_factor(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Remove a lost second factor."""
        return remove_lost(request, pk, self.admin_site.each_context(request))

    def save_model(self, request: HttpRequest, obj: Person, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        services.set_standing(obj, is_active=obj.is_active, verification=obj.verification, by=request.user)

    def save_formset(self, request: HttpRequest, form: ModelForm, formset: BaseModelFormSet, change: bool) -> None:
        """Give and take roles through the services."""
        granted = formset.save(commit=False)
        for membership in formset.deleted_objects:
            services.revoke_membership(membership, by=request.user)
        for membership in granted:
            services.grant_membership(
                membership.person,
                organisation=membership.organisation,
                role=membership.role,
                team=membership.team,
                by=request.user,
            )


@admin.register(Organisation)
class OrganisationAdmin(BodyAdmin, TranslationAdmin):
    """Staff see their bodies; administrators change them.

    Those of the ministry alone add new ones, and decide what one is, its code and what it is part of.
    """

    form = OrganisationForm
    organisation_lookup = "pk"
    view_roles = tuple(STAFF_ROLES)
    change_roles = (Role.ADMINISTRATOR,)
    list_display = ["name", "code", "kind", "parent"]
    list_filter = ["kind"]
    list_select_related = ["parent"]
    search_fields = ["code", "name_ar", "name_en", "name_zh_hans"]

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Administrators of the ministry."""
        return administers_ministry(request.user)

    def get_readonly_fields(self, request: HttpRequest, obj: Organisation | None = None) -> list[str]:
        """Close to others what decides how far roles reach."""
        return [] if administers_ministry(request.user) else ["code", "kind", "parent"]

    def save_model(self, request: HttpRequest, obj: Organisation, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        services.save_organisation(obj, by=request.user)


@admin.register(Team)
class TeamAdmin(BodyAdmin, TranslationAdmin):
    """Teams of a body."""

    view_roles = (Role.MANAGER,)
    change_roles = (Role.ADMINISTRATOR,)
    list_display = ["name", "organisation", "lead"]
    list_select_related = ["organisation", "lead"]
    search_fields = ["name_ar", "name_en", "name_zh_hans"]

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet | None:
        """Offer as lead those who work for the administrator's bodies, and nobody else."""
        if db_field.name != "lead":
            return super().get_field_queryset(db, db_field, request)
        bodies = bodies_for(request.user, *self.change_roles)
        held = Membership.objects.filter(role__in=STAFF_ROLES, organisation__in=bodies)
        return Person.objects.filter(pk__in=held.values("person")).order_by("display_name", "pk")

    def save_model(self, request: HttpRequest, obj: Team, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        services.save_team(obj, by=request.user)


@admin.register(Contact)
class ContactAdmin(ReadOnlyAdmin):
    """Guests, for administrators to look up."""

    organisation_lookup = None
    view_roles = (Role.ADMINISTRATOR,)
    list_display = ["email", "display_name", "language", "created_at"]
    search_fields = ["email", "display_name"]
    ordering = ["-id"]
