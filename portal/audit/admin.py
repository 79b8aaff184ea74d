"""The trail can be read in the admin, by administrators, and edited by nobody."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from portal.audit.models import Entry


@admin.register(Entry)
class EntryAdmin(admin.ModelAdmin):
    """Read-only for those whom ``SAWT`` roles let in; bodies see their own."""

    list_display = ["at", "action", "actor_id", "target_kind", "target_key", "organisation_id"]
    list_filter = ["action", "target_kind"]
    search_fields = ["=target_key", "=actor_id"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody writes by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False
