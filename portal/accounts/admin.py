"""Who may do what in the admin, and the admin of people and organisations.

Django's own permissions on models say nothing of bodies, so they are never asked: every right comes from
``portal.accounts.rules``. Other apps build on ``BodyAdmin`` and ``BodyInline``.
"""

from typing import Any

import allauth.account.admin  # noqa: F401, and the next, so that they have registered what is taken out below
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Model, QuerySet
from django.forms import BaseModelFormSet, Field, ModelForm, SplitDateTimeField
from django.http import HttpRequest
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin
from modeltranslation.fields import TranslationField

from portal.accounts import services
from portal.accounts.choices import STAFF_ROLES, Role
from portal.accounts.forms import OrganisationForm
from portal.accounts.models import Contact, Membership, Organisation, Person, Team
from portal.accounts.rules import administers_ministry, bodies_for, holds, holds_in_ministry

# Groups cannot say “agent of this body”, and addresses are changed by their owner alone.
admin.site.unregister([Group, EmailAddress])

# How the filters of the admin ask: by value, by the key of what is related, by emptiness, by date.
FILTER_LOOKUPS = {"", "exact", "id", "isnull", "gte", "lt", "year", "month", "day"}


def write_in(field: Field, language: str) -> None:
    """Let a form field be read, spelt and typed in the language it is for, whatever that of the page is."""
    bidi = get_language_info(language)["bidi"]
    field.widget.attrs |= {"lang": language, "dir": "rtl" if bidi else "ltr"}


class BodyRules:
    """Rights by role in the body a thing belongs to.

    ``organisation_lookup`` leads from the model to its body; None means that the thing belongs to the whole portal,
    and the role must be held in the ministry. ``change_roles`` may see as well. Administrators may do everything
    that a staff role may. Nothing is deleted unless a subclass says so.
    """

    organisation_lookup: str | None = "organisation"
    view_roles: tuple[Role, ...] = ()
    change_roles: tuple[Role, ...] = ()

    def body_of(self, obj: Model) -> Organisation | None:
        """Return the body this object belongs to, None for one that belongs to the whole portal."""
        found: Any = obj
        for name in (self.organisation_lookup or "").split("__"):
            if found is None or isinstance(found, Organisation) or not name:
                break
            found = getattr(found, name)
        return found if isinstance(found, Organisation) else None

    def allows(self, request: HttpRequest, roles: tuple[Role, ...], obj: Model | None) -> bool:
        """Tell whether the person holds one of these roles for this object, or for any when there is none."""
        if self.organisation_lookup is None:
            return holds_in_ministry(request.user, *roles)
        if obj is None or obj.pk is None:
            return holds(request.user, *roles)
        body = self.body_of(obj)
        return body is not None and holds(request.user, *roles, organisation=body)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """By role."""
        return self.allows(request, (*self.view_roles, *self.change_roles), obj)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """By role."""
        return self.allows(request, self.change_roles, obj)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """By role."""
        return self.allows(request, self.change_roles, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing goes by default: states and erasure take the place of deletion."""
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Field | None:
        """Give each language's input its own language and direction, and name both parts of a moment."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(db_field, TranslationField):
            write_in(field, db_field.language)
        if isinstance(field, SplitDateTimeField):
            for widget, label in zip(field.widget.widgets, (_("Date"), _("Time")), strict=True):
                widget.attrs["aria-label"] = label
        return field

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet | None:
        """Offer only what belongs to the bodies for which the person may write."""
        queryset = super().get_field_queryset(db, db_field, request)
        model = db_field.remote_field.model
        lookup = getattr(self.admin_site._registry.get(model), "organisation_lookup", None)
        if lookup is None:
            return queryset
        if queryset is None:
            queryset = model._default_manager.using(db)
        return queryset.filter(**{f"{lookup}__in": bodies_for(request.user, *self.change_roles)})


class BodyAdmin(BodyRules, admin.ModelAdmin):
    """Admin of things that belong to a body: put it before ``TranslationAdmin`` among the bases."""

    show_full_result_count = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the section to those who may see something in it."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Limit to the bodies of which the person may see things."""
        queryset = super().get_queryset(request)
        roles = (*self.view_roles, *self.change_roles)
        if self.organisation_lookup is None:
            return queryset if holds_in_ministry(request.user, *roles) else queryset.none()
        return queryset.filter(**{f"{self.organisation_lookup}__in": bodies_for(request.user, *roles)})

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Let addresses ask for what the page's own filters ask for, and nothing else.

        Django allows every column of the model: whatever no page shows could be guessed letter by letter.
        """
        filters = [item[0] if isinstance(item, tuple) else item for item in self.get_list_filter(request)]
        names = {getattr(item, "parameter_name", item) for item in filters} | {self.date_hierarchy}
        name = max((name for name in names if name and f"{lookup}__".startswith(f"{name}__")), key=len, default=None)
        return name is not None and set(lookup[len(name) :].split("__")) <= FILTER_LOOKUPS


class BodyInline(BodyRules):
    """Rules for inlines: put it before ``TabularInline`` and the like. The lookup leads from the parent."""


class ReadOnlyAdmin(BodyAdmin):
    """Things that can be read in the admin and changed nowhere in it."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False


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
        *("verification", "is_active", "is_staff", "date_joined", "last_login", "erased_at"),
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
    raw_id_fields = ["lead"]

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
