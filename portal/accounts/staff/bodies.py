"""Who may do what in the admin, and what all its pages share.

Django's own permissions on models say nothing of bodies, so they are never asked: every right comes from
``portal.accounts.rules``. All apps build on ``BodyAdmin``, ``BodyInline`` and ``ReadOnlyAdmin``.
"""

from typing import Any

from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.db.models import Model, QuerySet, TextField
from django.forms import Field, SplitDateTimeField
from django.http import HttpRequest
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from modeltranslation.fields import TranslationField

from portal.accounts.choices import Role
from portal.accounts.models import Organisation
from portal.accounts.rules import bodies_for, holds, holds_in_ministry
from portal.accounts.staff.preview import Previews
from portal.accounts.staff.texts import SideBySide, TextLists
from portal.accounts.staff.trail import Trail

# How the filters of the admin ask: by value, by the key of what is related, by emptiness, by date.
FILTER_LOOKUPS = {"", "exact", "id", "isnull", "gte", "lt", "year", "month", "day"}


def write_in(field: Field, language: str) -> None:
    """Let a form field be read, spelt and typed in the language it is for, whatever that of the page is."""
    bidi = get_language_info(language)["bidi"]
    field.widget.attrs |= {"lang": language, "dir": "rtl" if bidi else "ltr"}


class Lines(AdminTextareaWidget):
    """Text of several lines, its lines ended as they are stored: what was only looked at has not changed."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str | None:
        """Return what was typed."""
        typed = super().value_from_datadict(data, files, name)
        return typed.replace("\r\n", "\n") if typed else typed


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
        if isinstance(db_field, TextField):
            kwargs.setdefault("widget", Lines())
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


class BodyAdmin(SideBySide, TextLists, Previews, Trail, BodyRules, admin.ModelAdmin):
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


class BodyInline(SideBySide, BodyRules):
    """Rules for inlines: put it before ``TabularInline`` and the like. The lookup leads from the parent."""


class ReadOnlyAdmin(BodyAdmin):
    """Things that can be read in the admin and changed nowhere in it."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody."""
        return False
