"""Alarms of canaries, to read."""

from django.contrib import admin

from newsletter.models import CanaryAlarm
from portal.accounts.choices import Role
from portal.accounts.staff.bodies import ReadOnlyAdmin


@admin.register(CanaryAlarm)
class CanaryAlarmAdmin(ReadOnlyAdmin):
    """Those of the bodies for which somebody edits."""

    view_roles = (Role.EDITOR,)
    list_display = ("mailing", "language", "reason", "raised_at", "settled_at")
    list_filter = ("reason", "language")
    list_select_related = ("mailing",)
    fields = ("mailing", "organisation", "language", "reason", "raised_at", "settled_at")
    ordering = ("-id",)
