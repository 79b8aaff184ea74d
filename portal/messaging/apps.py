"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from portal import registry


class MessagingConfig(AppConfig):
    """Messages."""

    name = "portal.messaging"
    label = "messaging"
    verbose_name = _("Messages")

    def ready(self) -> None:
        """Register personal data, the task that services name, and the demonstration's mailbox."""
        from portal.messaging import kinds, selectors, tasks  # noqa: F401, the web process knows only tasks it has loaded

        registry.inbox.register(
            "messages",
            registry.InboxEntry(
                label=_("Messages that could not be sent"),
                url=lambda: f"{reverse('admin:messaging_message_changelist')}?state__exact=failed",
                count=selectors.failed,
            ),
        )
        registry.personal_data.register("messages", kinds.personal_data)
        registry.guest_data.register("messages", kinds.guest_data)
        registry.navigation.register(
            "mailbox",
            registry.NavigationEntry(
                label=_("Demonstration mailbox"),
                url=lambda: reverse("messaging:list"),
                position=900,
                section="footer",
                prefix="mailbox/",
                visible_to=lambda user: settings.DEMO,
            ),
        )
