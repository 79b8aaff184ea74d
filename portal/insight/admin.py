"""Indicators and their snapshots in the admin."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from portal.accounts.choices import STAFF_ROLES, Role
from portal.accounts.staff.bodies import BodyAdmin, ReadOnlyAdmin
from portal.insight import services
from portal.insight.models import KpiDefinition, ReportNote, Snapshot


class DueForReview(admin.SimpleListFilter):
    """Indicators whose date of review has come."""

    title = _("review")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """One choice."""
        return [("yes", _("due"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        """Keep those that are due."""
        return queryset.filter(review_on__lte=timezone.localdate()) if self.value() == "yes" else queryset


@admin.register(KpiDefinition)
class KpiDefinitionAdmin(BodyAdmin, TranslationAdmin):
    """Staff of the ministry read the definitions; its managers set words, target, owner and review date, and publish.

    Code, unit, direction and measuring function belong to the program: a change there would give old figures another
    meaning.
    """

    organisation_lookup = None
    view_roles = tuple(STAFF_ROLES)
    change_roles = (Role.MANAGER,)
    list_display = ["name", "code", "unit", "target", "owner", "review_on", "is_public"]
    list_filter = [DueForReview, "is_public", "unit", "owner"]
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


@admin.register(ReportNote)
class ReportNoteAdmin(ReadOnlyAdmin):
    """What was noted on each month, every version of it: written on the managers' page."""

    organisation_lookup = None
    view_roles = (Role.MANAGER,)
    list_display = ["month", "organisation", "number", "language", "author", "saved_at"]
    list_filter = ["month", "organisation"]
    list_select_related = ["organisation", "author"]
    ordering = ["-month", "organisation", "-number"]
