"""Comments, as the ground floor and moderation see them."""

from typing import Any

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from engagement.comments.models import Comment
from engagement.comments.selectors import author_figures
from engagement.comments.services import hide_comment, restore_comment
from portal.registry import Kind, Place, place_of


class CommentKind(Kind):
    """A comment or a reply."""

    name = "comment"
    label = _("Comment")

    def get(self, key: str) -> Comment | None:
        """Return the comment of this code."""
        related = ("author", "thread__organisation", "parent", "hidden_ground")
        return Comment.objects.select_related(*related).filter(code=key).first()

    def title(self, obj: Comment) -> str:
        """Return its first words."""
        return Truncator(obj.body).words(12)

    def text(self, obj: Comment) -> str:
        """Return the text."""
        return obj.body

    def language(self, obj: Comment) -> str:
        """Return its author's language."""
        return obj.language

    def url(self, obj: Comment) -> str:
        """Return the comment's own page."""
        return reverse("comments:comment", args=[obj.code])

    def author(self, obj: Comment) -> Any:
        """Return who wrote it."""
        return obj.author

    def organisation(self, obj: Comment) -> Any:
        """Return the body in whose thread it stands."""
        return obj.thread.organisation

    def context(self, obj: Comment) -> str:
        """Return the comment it answers."""
        return obj.parent.body if obj.parent else ""

    def place(self, obj: Comment) -> Place | None:
        """Return the page of its thread."""
        return place_of(obj.thread)

    def reportable_by(self, obj: Comment, user: Any) -> bool:
        """Everybody who reads it, but for official replies and one's own."""
        return obj.thread.is_public and obj.is_shown and obj.official_for_id is None and obj.author_id != user.pk

    def hide(self, obj: Comment, *, ground: Any, by: Any) -> None:
        """Hide the text."""
        hide_comment(obj, ground=ground, by=by)

    def restore(self, obj: Comment, *, by: Any) -> None:
        """Show the text again."""
        restore_comment(obj, by=by)

    def author_figures(self, obj: Comment) -> dict[str, Any]:
        """Return what the author wrote so far."""
        return author_figures(obj.author)
