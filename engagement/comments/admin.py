"""Comments in the admin: read there, changed by their authors and by decisions of moderators only."""

from django.contrib import admin

from engagement.comments.models import Comment
from portal.accounts.choices import Role
from portal.accounts.staff.bodies import ReadOnlyAdmin


@admin.register(Comment)
class CommentAdmin(ReadOnlyAdmin):
    """Comments in the threads of the person's bodies."""

    organisation_lookup = "thread__organisation"
    view_roles = (Role.AGENT, Role.MODERATOR, Role.EDITOR, Role.MANAGER)
    list_display = ["code", "excerpt", "author", "language", "state", "up", "down", "created_at"]
    list_filter = ["state", "language"]
    search_fields = ["=code", "body", "author__display_name"]
    list_select_related = ["author", "thread__organisation"]
    show_full_result_count = False
    readonly_fields = ["code", "created_at", "edited_at", "hidden_at"]

    @admin.display(description=Comment._meta.get_field("body").verbose_name)
    def excerpt(self, comment: Comment) -> str:
        """Return the first words."""
        return comment.body[:80]
