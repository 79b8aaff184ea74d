"""The audit trail in the admin. It stands here because the trail itself knows of no people and no roles."""

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from portal.accounts.admin import ReadOnlyAdmin
from portal.accounts.choices import OrganisationKind, Role
from portal.accounts.rules import bodies_for
from portal.audit.models import Entry


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """Administrators read the trail of their bodies; those of the ministry all of it. Nobody edits it."""

    list_display = ["at", "action", "actor_id", "target_kind", "target_key", "organisation_id"]
    list_filter = ["action", "target_kind"]
    search_fields = ["=target_key", "=actor_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        """Limit by the plain id of the body; entries of no body are the ministry's."""
        entries = admin.ModelAdmin.get_queryset(self, request)
        bodies = bodies_for(request.user, Role.ADMINISTRATOR)
        if request.user.is_superuser or bodies.filter(kind=OrganisationKind.MINISTRY).exists():
            return entries
        return entries.filter(organisation_id__in=bodies.values("pk"))

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Administrators of any body."""
        return bodies_for(request.user, Role.ADMINISTRATOR).exists()
