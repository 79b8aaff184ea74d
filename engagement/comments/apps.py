"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommentsConfig(AppConfig):
    """Comments."""

    name = "engagement.comments"
    label = "comments"
    verbose_name = _("Comments")

    def ready(self) -> None:
        """Register the kind, what is known of one person, what people are told of, and the counters."""
        from engagement.comments import kpis
        from engagement.comments.kinds import CommentKind
        from engagement.comments.selectors import deeds_of, personal_export, shown_replies
        from engagement.comments.services import drifts, erase_comments_of
        from portal import registry
        from portal.notifications.choices import Subject
        from portal.registry.notices import NoticeEvent, notice_events

        registry.kinds.register("comment", CommentKind())
        registry.personal_data.register(
            "comments", registry.PersonalData(_("Comments"), personal_export, erase_comments_of)
        )
        registry.history.register("comments", registry.History(_("Comments"), deeds_of))
        notice_events.register("comment.reply", NoticeEvent(Subject.REPLIES, shown_replies))
        kpis.register()
        registry.recounts.register("comments", drifts)
