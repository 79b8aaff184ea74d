"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import registry


class ModerationConfig(AppConfig):
    """Moderation."""

    name = "moderation"
    label = "moderation"
    verbose_name = _("Moderation")

    def ready(self) -> None:
        """Register what waits for moderators, what is kept of a person, the grounds to start with, and the counter."""
        from moderation import emails, kpis, selectors, services
        from portal.accounts.choices import Role
        from portal.accounts.rules import holds
        from portal.notifications.choices import Subject
        from portal.registry.notices import NoticeEvent, notice_events

        registry.inbox.register(
            "moderation",
            registry.InboxEntry(
                label=_("Moderation queue"),
                url=lambda: reverse("admin:moderation_case_queue"),
                count=selectors.inbox_count,
                first=selectors.inbox_first,
            ),
        )
        registry.navigation.register(
            "moderation.decided",
            registry.NavigationEntry(
                label=_("Decided cases"),
                url=lambda: reverse("admin:moderation_case_decided_list"),
                position=40,
                section="staff",
                visible_to=lambda user: holds(user, Role.MODERATOR),
            ),
        )
        kept = registry.PersonalData(_("Reports and decisions"), selectors.personal_data_of, services.erase_words_of)
        registry.personal_data.register("moderation", kept)
        registry.deadline_owners.register(
            "moderation",
            registry.DeadlineOwner(
                relation="moderation_case",
                title=lambda case: case.code,
                url=lambda case: reverse("admin:moderation_case_waiting", args=[case.code]),
                moved=emails.tell_of_later_decision,
            ),
        )
        registry.starters.register("moderation", services.load_grounds)
        kpis.register()
        registry.recounts.register("moderation", services.drifts)
        decisions = registry.History(_("Decisions about their content"), selectors.deeds_of)
        registry.history.register("decisions", decisions)
        notice_events.register("decision", NoticeEvent(Subject.DECISIONS, selectors.shown_decisions))
