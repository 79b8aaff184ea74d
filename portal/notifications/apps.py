"""The app, and what it offers to the ground floor."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Notices, what people follow, and what they chose."""

    name = "portal.notifications"
    label = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        """Register what the area offers."""
        from portal import registry
        from portal.notifications import tasks  # noqa: F401, the web process knows only tasks it has loaded
        from portal.notifications.selectors import lateness
        from portal.notifications.services import erasure
        from portal.registry.watched import Gauge, gauges

        registry.personal_data.register(
            "notifications",
            registry.PersonalData(_("Notifications"), export=erasure.export_notices, erase=erasure.erase_notices),
        )
        gauges.register("notices_late_seconds", Gauge("How late the oldest notice to a person is", lateness))
        registry.navigation.register(
            "notifications",
            registry.NavigationEntry(
                label=_("Notification choices"),
                url=lambda: reverse("notifications:choices"),
                position=25,
                section="account",
                prefix="account/notifications/",
            ),
        )
