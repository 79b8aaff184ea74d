"""Indicators and their snapshots in the admin."""

from typing import Any

from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest
from modeltranslation.admin import TranslationAdmin

from portal.accounts.choices import STAFF_ROLES, Role
from portal.accounts.staff.bodies import BodyAdmin, ReadOnlyAdmin
from portal.insight import services
from portal.insight.models import KpiDefinition, Snapshot


@admin.register(KpiDefinition)
class KpiDefinitionAdmin(BodyAdmin, TranslationAdmin):
    """Staff of the ministry read the definitions; its managers set words, target, owner and date of review.

    Code, unit, direction and measuring function belong to the program: a change there would give old figures another
    meaning.
    """

    organisation_lookup = None
    view_roles = tuple(STAFF_ROLES)
    change_roles = (Role.MANAGER,)
    list_display = ["name", "code", "unit", "target", "owner", "review_on"]
    list_filter = ["unit", "owner"]
    search_fields = ["code", "name_ar", "name_en", "name_zh_hans"]
    readonly_fields = ["code", "unit", "direction", "source", "position"]
    list_select_related = ["owner"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: an indicator comes with what measures it."""
        return False

    def save_model(self, request: HttpRequest, obj: KpiDefinition, form: ModelForm, change: bool) -> None:
        """Write through the service."""
        services.save_definition(obj, by=request.user, changed=form.changed_data)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnlyAdmin):
    """Figures as they were taken: to be read, and recounted, never edited."""

    organisation_lookup = None
    view_roles = (Role.MANAGER,)
    list_display = ["month", "code", "dimension", "organisation", "value", "numerator", "denominator", "n", "taken_at"]
    list_filter = ["month", "organisation", "code"]
    list_select_related = ["organisation"]
    ordering = ["-month", "code", "organisation", "dimension"]
