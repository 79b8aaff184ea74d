"""The outbox, for administrators to see whether mail goes out.

Neither text nor HTML is shown: a message may hold a link that opens somebody's account.
"""

from django.contrib import admin

from portal.accounts.choices import Role
from portal.accounts.staff.bodies import ReadOnlyAdmin
from portal.messaging.models import Message


@admin.register(Message)
class MessageAdmin(ReadOnlyAdmin):
    """Messages by state."""

    organisation_lookup = None
    view_roles = (Role.ADMINISTRATOR,)
    list_display = ("created_at", "template", "way", "address", "language", "state", "attempts", "due_at", "sent_at")
    list_filter = ("state", "way", "language", "template")
    search_fields = ("=address", "=code")
    ordering = ("-id",)
    fields = (
        *("code", "template", "way", "address", "language", "subject", "reply_to", "state"),
        *("attempts", "last_error", "created_at", "due_at", "sent_at"),
    )
